"""What is counted of a report follows from its events. No database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.log.events import Event, EventType
from sla_monitor.counting import fold
from sla_monitor.counting.fold import Spell, Step
from tests.effort import times
from tests.sla_monitor.histories import NATIONAL, WITA, History, at_work, calendar, local
from tests.sla_monitor.test_deadlines_properties import histories

SOMEBODY = UUID(int=1)
unhurried = settings(deadline=None, max_examples=times(25, 400))


def logged(history: History, *, actor: str = "coordinator:sri") -> list[Event]:
    return [
        Event(
            UUID(int=event.seq), SOMEBODY, event.seq, EventType(event.type), event.occurred_at, event.recorded_at,
            actor, event.data,
        )
        for event in history.events
    ]  # fmt: skip


def spells(history: History, **how: Any) -> list[Spell]:
    return fold.spells(logged(history, **how), partial(calendar().working_days, cuti_bersama_off=True))


def last(history: History, **how: Any) -> Spell:
    return spells(history, **how)[-1]


def steps(history: History) -> list[Step]:
    def clocks_of(events: Sequence[Event]) -> Any:
        part = History(history.zone)
        part.events = history.events[: len(events)]
        return part.clocks()

    return fold.steps(logged(history), history.clocks(), clocks_of)


def at(found: list[Spell], instant: datetime) -> Spell | None:
    return next(
        (one for one in found if one.valid_from <= instant and (one.valid_until is None or one.valid_until > instant)),
        None,
    )


def test_a_spell_begins_where_something_that_is_counted_changes() -> None:
    history = at_work("2026-03-02 10:00").responded("2026-03-04 09:00").answered("2026-03-05 09:00")

    found = spells(history.closed("2026-03-19 00:00"))

    assert [one.status for one in found] == ["assigned", "in_progress", "answered", "closed"]
    assert [one.valid_from for one in found] == [
        local(day) for day in ("2026-03-02 10:00", "2026-03-04 09:00", "2026-03-05 09:00", "2026-03-19 00:00")
    ]
    assert [one.valid_until for one in found] == [*(one.valid_from for one in found[1:]), None]
    assert found[-1].ended_at == local("2026-03-19 00:00")


@pytest.mark.parametrize(
    ("given_at", "responded_at", "calendar_days", "working_days"),
    [
        ("2026-03-02 08:00", "2026-03-02 10:24", 0.1, 0),  # 0.1 day is 2.4 hours
        ("2026-03-06 23:59", "2026-03-07 00:01", 2 / 1440, 0),  # Friday to Saturday
        ("2026-03-06 10:00", "2026-03-09 10:00", 3.0, 1),  # over a weekend
        ("2026-03-17 10:00", "2026-03-31 10:00", 14.0, 5),  # over Nyepi, Idul Fitri and their cuti bersama
    ],
)
def test_the_speed_is_told_in_fractions_of_days_and_in_working_days(
    given_at: str, responded_at: str, calendar_days: float, working_days: int
) -> None:
    found = last(at_work(given_at).responded(responded_at))

    assert found.speed_seconds == round(calendar_days * 86_400)
    assert found.speed_days == working_days


def test_the_speed_is_that_of_the_agency_that_responded_since_it_got_the_report_first() -> None:
    history = at_work("2026-03-02 10:00").redirected("2026-03-04 10:00", "dinas-lh").returned("2026-03-05 10:00")
    history.assigned("2026-03-06 10:00", "dinas-lh").responded("2026-03-09 10:00")

    found = last(history.redirected("2026-03-10 10:00", "dinas-pu"))

    assert (found.responder, found.agency, found.returner) == ("dinas-lh", "dinas-pu", "dinas-lh")
    assert found.speed_seconds == 5 * 86_400
    assert (found.returns, found.moves, found.stood) == (1, 3, False)
    assert found.disposed_at == local("2026-03-02 10:00")


def test_a_direct_answer_is_a_follow_up_and_has_no_speed() -> None:
    found = last(History().received("2026-03-02 10:00").verified("2026-03-02 11:00").answered("2026-03-03 10:00"))

    assert (found.responded_at, found.answered_at) == (local("2026-03-03 10:00"),) * 2
    assert (found.speed_seconds, found.responder, found.automatic) == (None, None, None)


def test_a_correction_of_an_answer_is_no_first_response() -> None:
    history = at_work("2026-03-02 10:00")
    moved: dict[str, Any] = {"from": "assigned", "to": "assigned"}
    history.fact(
        "report.responded", "2026-03-03 10:00", **moved, holder=history.holder,
        agency=history.agency, time_zone=WITA, corrects=str(UUID(int=7)),
    )  # fmt: skip

    assert last(history).responded_at is None


@pytest.mark.parametrize(("actor", "automatic"), [("service:routing_service", True), ("coordinator:sri", False)])
def test_a_disposition_by_itself_is_known_by_who_made_it(actor: str, automatic: bool) -> None:
    stood = last(at_work(), actor=actor)
    returned = last(at_work("2026-03-02 10:00").returned("2026-03-03 10:00"), actor=actor)

    assert (stood.automatic, stood.stood) == (automatic, True)
    assert (returned.automatic, returned.stood) == (automatic, False)


def test_an_archived_report_says_why_until_its_reporter_objects() -> None:
    history = History().received("2026-03-02 10:00").archived("2026-03-03 10:00")
    archived = last(history)
    appealed = last(history.appealed("2026-03-04 10:00"))

    assert (archived.archive_reason, archived.ended_at) == ("too_general", local("2026-03-03 10:00"))
    assert (appealed.archive_reason, appealed.ended_at, appealed.status) == (None, None, "received")


def test_a_paper_form_that_is_typed_in_on_a_later_day_was_entered_late() -> None:
    same_day = last(History().received("2026-03-02 08:00", recorded="2026-03-02 23:00"))
    next_day = last(History().received("2026-03-02 23:00", recorded="2026-03-03 00:00"))

    assert (same_day.entered_late, next_day.entered_late) == (False, True)
    assert str(next_day.received_on) == "2026-03-02"


def test_evidence_counts_where_the_reporter_added_it_and_nobody_refused_it() -> None:
    def file(number: int) -> str:
        return str(UUID(int=number))

    history = at_work("2026-03-02 10:00")
    history.fact("evidence.added", "2026-03-02 11:00", evidence=file(1), by="code")
    history.fact("evidence.added", "2026-03-02 12:00", evidence=file(2), by="account")
    history.fact("evidence.added", "2026-03-02 13:00", evidence=file(3), by=None)  # an officer's
    history.fact("evidence.refused", "2026-03-02 14:00", evidence=file(2), reason="not_an_image")

    assert [one.evidence for one in spells(history)] == [0, 1, 2, 1]


def test_the_region_is_the_one_that_somebody_set_else_found_else_given() -> None:
    history = History().received("2026-03-02 10:00")
    history.events[0] = history.events[0].__class__(
        **{**vars(history.events[0]), "data": {**history.events[0].data, "region": "64"}}
    )
    history.fact("report.located", "2026-03-02 11:00", located={"found": "64.72", "set": None, "shown": None})
    history.fact("report.located", "2026-03-02 12:00", located={"found": "64.72", "set": "64.71", "shown": None})

    assert [one.region for one in spells(history)] == ["64", "64.72", "64.71"]


def test_what_nobody_holds_but_the_national_level_is_of_no_agency() -> None:
    found = spells(at_work("2026-03-02 10:00").returned("2026-03-03 10:00", to=NATIONAL))

    assert [(one.agency, one.held_by) for one in found] == [("dinas-pu", "agency"), (None, "national")]


def test_a_class_that_was_corrected_gives_the_deadline_of_then_to_whoever_asks_for_then() -> None:
    history = at_work("2026-03-02 10:00")
    corrected: dict[str, Any] = {"classification": "complaint", "supervisory": True, "category": None}
    history.fact("report.corrected", "2026-04-20 10:00", **corrected)

    parts = [one for one in steps(history) if one.stage == "resolution"]

    assert [(one.part, one.valid_until) for one in parts] == [(0, local("2026-04-20 10:00")), (1, None)]
    before, now = (one.due_at for one in parts)
    assert before is not None
    assert now is not None
    assert before < local("2026-04-20 10:00") < now


@unhurried
@given(history=histories(), after=st.timedeltas(timedelta(0), timedelta(days=90)))
def test_what_was_counted_at_an_instant_is_the_same_whether_asked_then_or_now(
    history: History, after: timedelta
) -> None:
    instant = history.events[0].occurred_at + after
    then = History(history.zone)
    then.events = [event for event in history.events if event.occurred_at <= instant]

    asked_now, asked_then = at(spells(history), instant), at(spells(then), instant)

    assert asked_then is not None
    assert asked_now is not None
    assert _of(asked_now) == _of(asked_then)
    assert _at(steps(history), instant) == _at(steps(then), instant)


def _of(spell: Spell) -> dict[str, Any]:
    return {name: value for name, value in _fields(spell).items() if name != "valid_until"}


def _fields(spell: Spell) -> dict[str, Any]:
    return {name: getattr(spell, name) for name in fold.SPELL}


def _at(found: list[Step], instant: datetime) -> set[tuple[object, ...]]:
    """What figures ask of a deadline: whether it was late by then, and whether it was over."""
    return {
        (one.stage, one.opened_seq, _late(one, instant), _over(one, instant), _over(one, instant) and one.cancelled)
        for one in found
        if one.started_at <= instant
        and (one.valid_from is None or one.valid_from <= instant)
        and (one.valid_until is None or one.valid_until > instant)
    }


def _over(step: Step, instant: datetime) -> bool:
    return step.stopped_at is not None and step.stopped_at <= instant


def _late(step: Step, instant: datetime) -> bool:
    until = instant if step.stopped_at is None else min(step.stopped_at, instant)
    return step.due_at is not None and step.due_at <= until


@unhurried
@given(history=histories())
def test_spells_follow_each_other_without_a_gap_and_the_last_one_is_what_the_report_is(history: History) -> None:
    found = spells(history)

    assert [one.valid_until for one in found] == [*(one.valid_from for one in found[1:]), None]
    assert found[-1].status == history.status
    assert all(one.valid_until is None or one.valid_from < one.valid_until for one in found)
