"""Policies: what ships, what an operator may write, and how a mistake is named."""

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sla_monitor.policy import NoPolicy, in_force
from sla_monitor.policy_documents import SHIPPED, PolicyInvalid, parse_policy, shipped
from tests.sla_monitor.histories import policy


def document() -> dict[str, Any]:
    return copy.deepcopy(shipped("ID-SP4N-2018"))


def pointers(changed: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(changed)
    return [error["pointer"] for error in refused.value.errors]


def test_the_shipped_policies_are_the_active_one_of_2018_and_an_empty_slot_of_2025() -> None:
    current, slot = (parse_policy(shipped(code)) for code in SHIPPED)

    assert (current.code, current.active, len(current.stages)) == ("ID-SP4N-2018", True, 9)
    assert (slot.code, slot.active, slot.stages) == ("ID-SP4N-2025", False, {})


@pytest.mark.parametrize(
    ("stage", "limits"),
    [
        ("verification", [(3, "working_days", "C")]),
        ("disposition", [(3, "working_days", "S")]),
        ("first_response", [(5, "working_days", "C")]),
        (
            "resolution",
            [
                (5, "working_days", "C"),
                (5, "working_days", "S"),
                (60, "working_days", "C"),
                (14, "working_days", "C"),
            ],
        ),
        ("reporter_reply", [(10, "working_days", "C")]),
        ("hold", [(10, "working_days", "I")]),
        ("statutory_answer", [(14, "calendar_days", "C")]),
        ("oversight_response", [(60, "calendar_days", "seeds")]),
        ("oversight_resolution", [(60, "calendar_days", "S")]),
    ],
)
def test_the_limits_are_those_of_the_regulation_with_their_certainty(
    stage: str, limits: list[tuple[int, str, str]]
) -> None:
    rules = policy().stages[stage]

    assert [(limit.days, limit.unit.value, limit.mark.value) for limit in rules.limits] == limits
    assert rules.legal_basis
    assert all(limit.legal_basis for limit in rules.limits)


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("stages", "verification", "limits", 0, "days"), "three", "/stages/verification/limits/0/days"),
        (("stages", "verification", "limits", 0, "days"), 0, "/stages/verification/limits/0/days"),
        (("stages", "verification", "limits", 0, "unit"), "weeks", "/stages/verification/limits/0/unit"),
        (("stages", "verification", "limits"), [], "/stages/verification/limits"),
        (("stages", "verification", "starts"), ["report.recieved"], "/stages/verification/starts/0/event"),
        (("stages", "verification", "pauses"), ["asleep"], "/stages/verification/pauses/0"),
        (("stages", "verification", "ladder"), "none", "/stages/verification/ladder"),
        (("stages", "verification", "colour"), "red", "/stages/verification/colour"),
        (("recipients", "agency", "owner"), ["the_mayor"], "/recipients/agency/owner"),
        (("recipients", "agency", "friends"), ["agency_head"], "/recipients/agency/friends"),
        (("recipients", "mayor"), {}, "/recipients/mayor/[key]"),
        (("recipients", "national"), {}, "/stages/verification/recipients"),
        (("stages", "verification", "recipients"), {"owner": ["the_mayor"]}, "/stages/verification/recipients/owner"),
        (("stages", "hold", "on_due", 1, "when"), {"from": ["assigned"]}, "/stages/hold/on_due"),
        (("stages", "resolution", "limits", 3, "when"), {"supervisory": [False]}, "/stages/resolution/limits"),
        (("ladders", "default", "steps", 3, "offset"), 3, "/ladders/default/steps"),
        (("ladders", "default", "steps", 0, "level"), -1, "/ladders/default/steps/0/level"),
        (("new_round",), ["report.opened"], "/new_round/0"),
        (("effective_from",), "yesterday", "/effective_from"),
        (("code",), "", "/code"),
        (("stages",), {}, "/stages"),
    ],
)
def test_a_mistake_is_named_by_its_field(path: tuple[str | int, ...], value: object, pointer: str) -> None:
    changed = document()
    place: Any = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value

    assert pointer in pointers(changed)


def test_all_mistakes_are_named_at_once_in_a_sentence() -> None:
    changed = document()
    changed["stages"]["hold"]["limits"][0]["days"] = 0
    del changed["legal_basis"]

    with pytest.raises(PolicyInvalid, match="The policy ID-SP4N-2018 cannot be used") as refused:
        parse_policy(changed)

    assert {error["pointer"] for error in refused.value.errors} == {"/legal_basis", "/stages/hold/limits/0/days"}


@pytest.mark.parametrize("nonsense", [None, [], "policy", 7, {}])
def test_something_that_is_no_policy_is_refused(nonsense: object) -> None:
    with pytest.raises(PolicyInvalid):
        parse_policy(nonsense)


def test_a_report_falls_under_the_policy_in_force_when_it_was_received() -> None:
    old = policy()
    new = replace(old, code="new", effective_from=date(2026, 7, 1))
    inactive = replace(old, code="inactive", active=False, effective_from=date(2026, 1, 1))

    found = [in_force([new, inactive, old], on).code for on in (date(2026, 6, 30), date(2026, 7, 1))]

    assert found == ["ID-SP4N-2018", "new"]


def test_a_report_older_than_every_policy_falls_under_the_oldest() -> None:
    new = replace(policy(), code="new", effective_from=date(2026, 7, 1))

    assert in_force([new], date(2010, 1, 1)).code == "new"


def test_without_an_active_policy_there_is_a_sentence() -> None:
    with pytest.raises(NoPolicy, match="No policy is active"):
        in_force([replace(policy(), active=False)], date(2026, 1, 1))
