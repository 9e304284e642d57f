"""A table's CHECK allows the states that its enum has, and no others."""

import re
from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, Table

from shared.domain.officers import RECIPIENTS, OfficerRole, Recipient
from shared.domain.states import ModelState, RuleSetState, TaskState
from shared.schema import Model

STATES: dict[str, frozenset[StrEnum]] = {
    "rule_sets": frozenset(RuleSetState),
    "routing_models": frozenset(ModelState),
    "recomputations": frozenset(TaskState) - {TaskState.FAILED},
    "simulations": frozenset(TaskState),
}


def allowed(table: Table) -> set[str]:
    (check,) = (
        str(one.sqltext)
        for one in table.constraints
        if isinstance(one, CheckConstraint) and str(one.sqltext).startswith("state IN")
    )
    return set(re.findall(r"'(\w+)'", check))


@pytest.mark.parametrize("name", STATES)
def test_a_table_takes_the_states_that_there_are(name: str) -> None:
    assert allowed(Model.metadata.tables[name]) == {state.value for state in STATES[name]}


def test_who_gets_a_mail_for_a_step_is_everybody_but_those_who_hear_of_it_otherwise() -> None:
    assert set(Recipient) - RECIPIENTS.keys() == {Recipient.REPORTER, Recipient.REGIONAL_HEAD}
    assert set(RECIPIENTS.values()) == set(OfficerRole) - {OfficerRole.REGIONAL_HEAD}
