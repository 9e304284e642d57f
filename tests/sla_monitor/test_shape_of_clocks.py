"""A clock has one shape, `clock.Clock`: what is stored and what is shown of it has the same fields."""

import types
from typing import Any, get_args, get_type_hints

import pytest

from shared import schema
from sla_monitor.clock import SHOWN, Clock
from sla_monitor.clocks.schemas import ClockView
from sla_monitor.recompute.rows import STORED

SHAPE = get_type_hints(Clock)
COLUMNS = schema.Clock.__table__.columns
#: Stored under another name, in parts, or with the policy.
NOT_STORED = {"holder", "agency", "stopped_seq", "place", "pauses", "steps", "unit", "legal_basis", "limit"}


def _may_be_null(hint: Any) -> bool:
    return types.NoneType in get_args(hint)


def test_every_field_of_a_clock_is_stored_or_known_not_to_be() -> None:
    assert set(Clock._fields) - set(STORED) == NOT_STORED


@pytest.mark.parametrize("name", sorted({*STORED} - {"days"}))  # a row of an older release may lack its days
def test_a_column_may_be_null_where_the_field_may(name: str) -> None:
    assert COLUMNS[name].nullable == _may_be_null(SHAPE[name])


@pytest.mark.parametrize("name", SHOWN)
def test_a_field_is_shown_as_what_it_is(name: str) -> None:
    assert ClockView.model_fields[name].annotation == SHAPE[name]
