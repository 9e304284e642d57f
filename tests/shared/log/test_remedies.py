"""What a reporter may still ask for, by the history of the report alone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.log.events import Event, EventType
from shared.log.remedies import accepted_withdrawal, appeal_is_used_up, known_at, reopening_ends_at
from tests.factories import DAY, NOON
from tests.payloads import complete

E = EventType
_NO_ID = UUID(int=0)


def an_event(type: EventType, seq: int = 1, *, recorded_at: datetime = NOON, **data: Any) -> Event:
    return Event(_NO_ID, _NO_ID, seq, type, NOON, recorded_at, "somebody", complete(type, data))


def a_history(*steps: tuple[EventType, dict[str, Any]]) -> list[Event]:
    received = an_event(E.REPORT_RECEIVED, status="received")
    return [received, *(an_event(type, seq, **data) for seq, (type, data) in enumerate(steps, start=2))]


ARCHIVED = (E.REPORT_ARCHIVED, {"to": "archived", "cause": "officer"})
UNCOMPLETED = (E.REPORT_ARCHIVED, {"to": "archived", "cause": "elapsed"})
APPEALED = (E.REPORT_APPEALED, {"to": "received"})
WITHDREW: tuple[EventType, dict[str, Any]] = (E.REPORTER_WITHDREW, {})


@pytest.mark.parametrize(
    ("cause", "late", "expected"),
    [
        ("silence", timedelta(), NOON),
        ("silence", 40 * DAY, NOON + 40 * DAY),  # after an outage, or in an import
        ("silence", -DAY, NOON),
        ("elapsed", 40 * DAY, NOON + 40 * DAY),
        ("rating", 40 * DAY, NOON),  # the reporter closed it
        ("officer", 40 * DAY, NOON),
    ],
)
def test_what_a_clock_does_is_known_once_it_is_recorded(cause: str, late: timedelta, expected: datetime) -> None:
    event = an_event(E.REPORT_CLOSED, recorded_at=NOON + late, to="closed", cause=cause)

    assert known_at(event) == expected
    assert reopening_ends_at(event) == expected + 30 * DAY


@pytest.mark.parametrize(
    ("steps", "used_up"),
    [
        ([ARCHIVED], False),
        ([ARCHIVED, APPEALED], False),
        ([ARCHIVED, APPEALED, ARCHIVED], True),
        ([ARCHIVED, APPEALED, UNCOMPLETED], False),
        ([UNCOMPLETED, APPEALED, ARCHIVED], True),
        ([ARCHIVED, APPEALED, UNCOMPLETED, APPEALED, ARCHIVED], True),
    ],
)
def test_an_appeal_is_used_up_once_an_officer_has_decided_on_it(steps: list[Any], used_up: bool) -> None:
    assert appeal_is_used_up(a_history(*steps)) is used_up


@pytest.mark.parametrize(
    ("steps", "accepted"),
    [
        ([WITHDREW], True),
        ([WITHDREW, ARCHIVED], True),
        ([ARCHIVED, WITHDREW], False),
        ([ARCHIVED, APPEALED, WITHDREW], True),
        ([ARCHIVED], False),
    ],
)
def test_a_withdrawal_counts_if_the_report_was_open_when_it_came(steps: list[Any], accepted: bool) -> None:
    assert (accepted_withdrawal(a_history(*steps)) is not None) is accepted
