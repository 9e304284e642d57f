"""Every pair of statuses and every action, against tables typed by hand from the rules."""

import pytest

from shared.domain.lifecycle import (
    LABELS,
    OPEN,
    PUBLIC_GROUP,
    TRANSITIONS,
    Action,
    Holder,
    Level,
    Status,
    check,
    move,
)
from shared.errors import IllegalTransition

#: Typed from "Life of a report": which status can follow which.
FOLLOWS = {
    "received": "received verified awaiting_reporter archived withdrawn merged",
    "verified": "verified assigned answered awaiting_reporter archived withdrawn merged",
    "assigned": "assigned in_progress answered verified awaiting_reporter withdrawn merged",
    "in_progress": "in_progress verified assigned answered awaiting_reporter withdrawn merged",
    "answered": "answered in_progress closed withdrawn merged",
    "closed": "in_progress withdrawn",  # an accepted withdrawal holds, whatever was done to the report since
    "awaiting_reporter": "received verified assigned in_progress archived withdrawn merged",
    "archived": "received withdrawn",
    "withdrawn": "",
    "merged": "received verified assigned in_progress answered awaiting_reporter withdrawn",
}

OPEN_STATUSES = "received verified assigned in_progress answered awaiting_reporter"


def reachable(source: Status) -> set[Status]:
    targets = set()
    for action, transition in TRANSITIONS.items():
        if source in transition.sources and not transition.keeps:
            held = TRANSITIONS[Action.HOLD].sources if action is Action.RESUME else (None,)
            targets |= {move(action, source, held_from=status, merged_from=Status.RECEIVED) for status in held}
            if action is Action.UNMERGE:
                targets |= {move(action, source, merged_from=status) for status in TRANSITIONS[Action.MERGE].sources}
    return targets


@pytest.mark.parametrize("target", list(Status))
@pytest.mark.parametrize("source", list(Status))
def test_a_status_is_followed_only_by_what_the_rules_say(source: Status, target: Status) -> None:
    assert (target in reachable(source)) == (target.value in FOLLOWS[source.value].split())


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", list(Action))
def test_an_action_that_a_status_does_not_take_is_refused_with_a_sentence(action: Action, status: Status) -> None:
    if status in TRANSITIONS[action].sources:
        check(action, status)
    else:
        with pytest.raises(IllegalTransition, match=status.value):
            check(action, status)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("action", [Action.FORWARD, Action.DISPOSE])
def test_what_is_in_progress_is_sent_on_only_while_no_agency_holds_it(action: Action, level: Level) -> None:
    holder = Holder(level, None if level is Level.NATIONAL else "SAMARINDA")

    if level is Level.AGENCY:
        with pytest.raises(IllegalTransition, match="in_progress"):
            move(action, Status.IN_PROGRESS, holder=holder)
    else:
        assert move(action, Status.IN_PROGRESS, holder=holder) is TRANSITIONS[action].target


@pytest.mark.parametrize("status", list(Status))
def test_a_withdrawal_is_asked_for_while_the_report_is_open_and_carried_out_wherever_it_is(status: Status) -> None:
    assert (status in TRANSITIONS[Action.WITHDRAW].sources) == (status in OPEN)
    assert (status in TRANSITIONS[Action.CARRY_OUT_WITHDRAWAL].sources) == (status is not Status.WITHDRAWN)


def test_a_held_report_goes_back_to_where_it_was_held() -> None:
    assert move(Action.RESUME, Status.AWAITING_REPORTER, held_from=Status.ASSIGNED) is Status.ASSIGNED


def test_without_knowing_where_it_was_held_a_report_is_not_resumed() -> None:
    with pytest.raises(IllegalTransition):
        move(Action.RESUME, Status.AWAITING_REPORTER)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_an_unmerged_report_goes_back_to_where_it_was_merged_not_to_where_it_was_held(status: Status) -> None:
    assert move(Action.UNMERGE, Status.MERGED, held_from=Status.RECEIVED, merged_from=status) is status


def test_without_knowing_where_it_was_merged_a_report_is_not_unmerged() -> None:
    with pytest.raises(IllegalTransition):
        move(Action.UNMERGE, Status.MERGED, held_from=Status.RECEIVED)


@pytest.mark.parametrize("status", sorted(TRANSITIONS[Action.CORRECT].sources))
def test_a_correction_keeps_the_status(status: Status) -> None:
    assert move(Action.CORRECT, status) is status


def test_every_status_has_a_label_and_a_public_group() -> None:
    assert set(LABELS) == set(PUBLIC_GROUP) == set(Status)


def test_open_is_everything_that_still_waits_for_somebody() -> None:
    assert {status.value for status in OPEN} == set(OPEN_STATUSES.split())
