"""What follows from facts that other services recorded: once, and only if it still holds."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from routing_service.competence.prediction import Likely, Prediction
from routing_service.work.inbox import service
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Level, Status
from shared.log import events
from shared.log.events import Event, EventType
from shared.log.inbox import CloudEvent, EventReference
from tests.factories import NOON, a_registry, a_report, a_rule_set, bearer
from tests.routing_service.driving import (
    ADMIN,
    COORDINATOR,
    FINAL,
    OFFICER,
    SERVICE,
    Office,
    cloud_event,
)
from tests.waiting import PATIENCE_SECONDS, until_somebody_waits

S, E = Status, EventType
POOR: dict[str, Any] = {"score": 2, "resolved": True, "poor": True}
GOOD: dict[str, Any] = {"score": 3, "resolved": True, "poor": False}


# --- replies -----------------------------------------------------------------------------------------------


async def test_a_reply_resumes_a_report_that_waits_for_it_at_the_instant_of_the_reply(office: Office) -> None:
    report = office.reports[S.AWAITING_REPORTER]
    at = office.clock.advance(hours=3)

    await office.fact(report, E.REPORTER_REPLIED, at)

    event = await office.last(report)
    assert (event.type, event.data["cause"], event.data["to"]) == (E.REPORT_RESUMED, "reply", "assigned")
    assert (event.occurred_at, event.actor) == (at, "service:routing_service")
    assert await office.value(report, "held_from") is None


async def test_a_reply_after_the_final_response_opens_a_new_round(office: Office) -> None:
    report = office.reports[S.ANSWERED]

    await office.fact(report, E.REPORTER_REPLIED)

    event = await office.last(report)
    assert (event.type, event.data["cause"], event.data["round"]) == (E.REPORT_REOPENED, "reply", 2)
    assert await office.value(report, "round") == 2


async def test_a_reply_that_came_before_the_question_resumes_nothing(office: Office) -> None:
    report = office.reports[S.ASSIGNED]
    reply = await office.record(report, E.REPORTER_REPLIED)
    await office.done(report, "hold", OFFICER)

    await office.deliver(reply)

    assert await office.status(report) is S.AWAITING_REPORTER


async def test_a_reply_that_came_before_the_final_response_reopens_nothing(office: Office) -> None:
    report = office.reports[S.IN_PROGRESS]
    reply = await office.record(report, E.REPORTER_REPLIED)
    await office.done(report, "responses", OFFICER, **FINAL)

    await office.deliver(reply)

    assert await office.status(report) is S.ANSWERED


# --- ratings -----------------------------------------------------------------------------------------------


async def test_a_good_rating_closes(office: Office) -> None:
    report = office.reports[S.ANSWERED]

    await office.fact(report, E.REPORTER_RATED, **GOOD)

    assert (await office.last(report)).data["cause"] == "rating"
    assert await office.status(report) is S.CLOSED


async def test_a_poor_rating_opens_a_new_round(office: Office) -> None:
    report = office.reports[S.ANSWERED]

    await office.fact(report, E.REPORTER_RATED, **POOR)

    event = await office.last(report)
    assert (event.type, event.data["cause"], event.data["round"]) == (E.REPORT_REOPENED, "rating", 2)


@pytest.mark.parametrize(("later", "data"), [(E.REPORTER_REPLIED, {}), (E.REPORTER_RATED, POOR)])
async def test_a_good_rating_does_not_close_when_the_reporter_said_more_after_it(
    office: Office, later: EventType, data: Any
) -> None:
    report = office.reports[S.ANSWERED]
    rating = await office.record(report, E.REPORTER_RATED, **GOOD)
    more = await office.record(report, later, **data)

    await office.deliver(rating)
    assert await office.status(report) is S.ANSWERED
    await office.deliver(more)

    assert await office.status(report) is S.IN_PROGRESS


@pytest.mark.parametrize("together", [True, False])
async def test_a_rating_and_a_reply_in_any_order_of_delivery_end_the_same(office: Office, together: bool) -> None:
    report = office.reports[S.ANSWERED]
    rating = await office.record(report, E.REPORTER_RATED, **GOOD)
    reply = await office.record(report, E.REPORTER_REPLIED)

    if together:
        await office.deliver(reply, rating)
    else:
        await office.deliver(reply)
        await office.deliver(rating)

    assert await office.status(report) is S.IN_PROGRESS
    assert (await office.types(report)).count("report.reopened") == 1


# --- withdrawal, reopening, appeal -------------------------------------------------------------------------


async def test_a_withdrawal_holds_whatever_an_officer_did_in_the_meantime(office: Office) -> None:
    report = office.reports[S.RECEIVED]
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)
    await office.done(report, "verification", ADMIN)

    await office.deliver(withdrawal)

    assert await office.status(report) is S.WITHDRAWN
    assert await office.value(report, "holder_level") is Level.NATIONAL


@pytest.mark.parametrize(("days", "reopened"), [(30.0, True), (30.00001, False)])
async def test_a_closed_report_reopens_within_thirty_days(office: Office, days: float, reopened: bool) -> None:
    report = office.reports[S.CLOSED]
    at = office.clock.advance(days=days)

    await office.fact(report, E.REPORTER_REOPENED, at)

    assert await office.status(report) is (S.IN_PROGRESS if reopened else S.CLOSED)
    assert await office.value(report, "round") == (2 if reopened else 1)


async def test_a_closed_report_reopens_once(office: Office) -> None:
    report = office.reports[S.CLOSED]
    await office.fact(report, E.REPORTER_REOPENED)
    await office.done(report, "responses", OFFICER, **FINAL)
    await office.fact(report, E.REPORTER_RATED, **GOOD)

    await office.fact(report, E.REPORTER_REOPENED)

    assert await office.status(report) is S.CLOSED
    assert (await office.last(report)).type is E.REPORTER_REOPENED


async def test_new_rounds_after_poor_ratings_do_not_use_up_the_one_reopening(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    await office.fact(report, E.REPORTER_RATED, **POOR)
    await office.done(report, "responses", OFFICER, **FINAL)
    await office.fact(report, E.REPORTER_RATED, **GOOD)

    await office.fact(report, E.REPORTER_REOPENED)

    assert (await office.status(report), await office.value(report, "round")) == (S.IN_PROGRESS, 3)


async def test_the_reporter_appeals_once(office: Office) -> None:
    report = office.reports[S.ARCHIVED]
    await office.fact(report, E.REPORTER_APPEALED)
    assert await office.status(report) is S.RECEIVED
    await office.done(report, "archive", ADMIN)

    await office.fact(report, E.REPORTER_APPEALED)

    assert await office.status(report) is S.ARCHIVED


# --- clocks that ran out -----------------------------------------------------------------------------------


async def test_silence_closes(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    at = office.clock.advance(days=14)

    await office.elapsed(report, "reporter_reply", "close", at)

    event = await office.last(report)
    assert (event.type, event.data["cause"], event.occurred_at) == (E.REPORT_CLOSED, "silence", at)


@pytest.mark.parametrize(("said", "data"), [(E.REPORTER_REPLIED, {}), (E.REPORTER_RATED, POOR)])
async def test_silence_does_not_close_when_something_was_said_that_is_not_delivered_yet(
    office: Office, said: EventType, data: Any
) -> None:
    report = office.reports[S.ANSWERED]
    await office.record(report, said, **data)

    await office.elapsed(report, "reporter_reply", "close")

    assert await office.status(report) is S.ANSWERED


async def test_the_silence_of_an_earlier_round_closes_nothing(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    first = (await office.last(report)).seq
    await office.fact(report, E.REPORTER_RATED, **POOR)
    await office.done(report, "responses", OFFICER, **FINAL)

    await office.fact(report, E.CLOCK_ELAPSED, stage="reporter_reply", opened_seq=first, action="close")

    assert await office.status(report) is S.ANSWERED


async def test_a_hold_of_an_agency_that_nobody_answered_resumes(office: Office) -> None:
    report = office.reports[S.AWAITING_REPORTER]

    await office.elapsed(report, "hold", "resume")

    event = await office.last(report)
    assert (event.data["cause"], event.data["to"]) == ("elapsed", "assigned")


@pytest.mark.parametrize(("status", "headers"), [(S.RECEIVED, ADMIN), (S.VERIFIED, COORDINATOR)])
async def test_a_hold_during_verification_that_nobody_answered_archives(
    office: Office, status: Status, headers: Any
) -> None:
    report = office.reports[status]
    await office.done(report, "hold", headers)

    await office.elapsed(report, "hold", "archive")

    event = await office.last(report)
    assert (event.type, event.data["reason"], event.data["cause"]) == (E.REPORT_ARCHIVED, "never_completed", "elapsed")
    assert await office.value(report, "held_from") is None


async def test_a_hold_of_an_agency_is_never_archived(office: Office) -> None:
    report = office.reports[S.AWAITING_REPORTER]

    await office.elapsed(report, "hold", "archive")

    assert await office.status(report) is S.AWAITING_REPORTER


@pytest.mark.parametrize("action", ["resume", "archive"])
async def test_a_hold_that_was_answered_in_time_is_over_by_the_answer_alone(office: Office, action: str) -> None:
    report = office.reports[S.AWAITING_REPORTER]
    await office.record(report, E.REPORTER_REPLIED)

    await office.elapsed(report, "hold", action)

    assert await office.status(report) is S.AWAITING_REPORTER


@pytest.mark.parametrize("fact", [E.CLOCK_REMINDED, E.CLOCK_BREACHED, E.CLOCK_ESCALATED, E.CLOCK_REINSTATED])
async def test_other_clock_events_are_acknowledged_and_change_nothing(office: Office, fact: EventType) -> None:
    report = office.reports[S.ASSIGNED]

    await office.fact(report, fact, stage="first_response")

    assert (await office.last(report)).type is fact


# --- the first decision ------------------------------------------------------------------------------------


async def with_rule(office: Office) -> None:
    async with office.transaction() as session:
        await a_rule_set(session, ({"category": ["roads"], "region": ["64.72"]}, {"agency": "SAMARINDA-PU"}))


def automatic(office: Office) -> None:
    office.settings(automatic_assignment=True)


async def received(office: Office, **changes: Any) -> tuple[UUID, Event]:
    report = await office.report(**changes)
    return report, (await office.history(report))[0]


async def test_a_new_report_gets_a_decision_once(office: Office) -> None:
    await with_rule(office)
    report, fact = await received(office)

    await office.deliver(fact)
    await office.deliver(fact, fact)

    decisions = await office.get(f"/v1/reports/{report}/routing", ADMIN)
    assert [(one["automatic"], one["agency"]) for one in decisions["decisions"]] == [(True, "SAMARINDA-PU")]
    assert await office.status(report) is S.RECEIVED


async def test_a_clear_case_is_assigned_without_a_person_when_that_is_switched_on(office: Office) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office)

    await office.deliver(fact)
    await office.deliver(fact)

    assert await office.types(report) == ["report.received", "report.verified", "report.assigned"]
    assert (await office.last(report)).actor == "service:routing_service"
    assert await office.value(report, "agency_code") == "SAMARINDA-PU"
    assert await office.value(report, "published_at") is not None


async def test_an_automatic_assignment_counts_from_now_and_not_from_a_late_entered_receipt(office: Office) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office, received_at=NOON - timedelta(days=30))

    await office.deliver(fact)

    assigned = await office.last(report)
    assert assigned.occurred_at == assigned.recorded_at > NOON - timedelta(days=1)


async def test_what_a_coordinator_holds_is_assigned_inside_the_instansi(office: Office) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office, holder_level=Level.COORDINATOR, holder_agency_code="SAMARINDA")

    await office.deliver(fact)

    assert await office.value(report, "agency_code") == "SAMARINDA-PU"


class Foretells:
    """Sure of the health office."""

    def __init__(self, share: float) -> None:
        self.share = share

    def predict(self, subjects: Any, places: Any, directory: Any) -> list[Prediction]:
        return [Prediction(4, (Likely("SAMARINDA-DINKES", self.share),), 0.9) for _ in subjects]


@pytest.mark.parametrize(("share", "agency"), [(0.9, "SAMARINDA-DINKES"), (0.8999, None)])
async def test_what_was_learned_assigns_alone_from_its_threshold_on(
    office: Office, share: float, agency: str | None
) -> None:
    automatic(office)
    office.app.state.knowledge.model.held = Foretells(share)
    report, fact = await received(office)

    await office.deliver(fact)

    assert await office.value(report, "agency_code") == agency


@pytest.mark.parametrize(
    "changes",
    [
        {"imported": True},
        {"category_code": None},
        {"category_code": "health"},
        {"region_code": None},
        {"region_code": "64.71"},
        {"target_agency_code": "SAMARINDA-DINKES"},
        {"holder_level": Level.COORDINATOR, "holder_agency_code": "BALIKPAPAN"},
    ],
)
async def test_what_is_not_clear_or_imported_waits_for_a_person(office: Office, changes: Any) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office, **changes)

    await office.deliver(fact)

    assert await office.types(report) == ["report.received"]
    assert await office.scalar("SELECT count(*) FROM routing_decisions WHERE report_id = :id", id=report) == 1


async def test_a_report_that_somebody_has_verified_is_not_assigned_behind_his_back(office: Office) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office)
    await office.done(report, "verification", ADMIN)

    await office.deliver(fact)

    assert await office.status(report) is S.VERIFIED


async def test_a_report_that_was_withdrawn_in_the_same_batch_is_not_assigned(office: Office) -> None:
    await with_rule(office)
    automatic(office)
    report, fact = await received(office)
    withdrawal = await office.record(report, E.REPORTER_WITHDREW)

    await office.deliver(withdrawal, fact)

    assert await office.status(report) is S.WITHDRAWN


# --- delivery ----------------------------------------------------------------------------------------------


async def test_an_event_that_comes_twice_is_acted_on_once(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    fact = await office.fact(report, E.REPORTER_REPLIED)
    length = len(await office.history(report))

    results = await office.deliver(fact, fact)

    assert [result["outcome"] for result in results] == ["done", "done"]
    assert len(await office.history(report)) == length


async def test_a_poison_event_does_not_hold_up_its_batch_and_says_nothing_personal(office: Office) -> None:
    first, second = office.reports[S.ANSWERED], office.reports[S.AWAITING_REPORTER]
    poison = await office.record(first, E.REPORTER_RATED, words="Bapak Ahmad, 0812", poor=None)
    good = await office.record(second, E.REPORTER_REPLIED)

    results = await office.deliver(poison, good)

    assert [(result["outcome"], result["detail"]) for result in results] == [("retry", "Unreadable"), ("done", None)]
    assert await office.status(second) is S.ASSIGNED


async def test_an_event_that_is_not_in_the_log_is_not_believed(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    fact = await office.record(report, E.REPORTER_WITHDREW)
    forged = cloud_event(fact) | {"id": str(uuid4())}
    elsewhere = cloud_event(fact) | {"data": {"report_id": str(uuid4()), "seq": 1}}

    response = await office.http.post("/internal/events", json=[forged, elsewhere], headers=SERVICE)

    assert [result["outcome"] for result in response.json()["results"]] == ["retry", "retry"]
    assert await office.status(report) is S.ANSWERED


async def test_what_an_announced_event_is_says_the_log(office: Office) -> None:
    report = office.reports[S.ANSWERED]
    fact = await office.record(report, E.REPORTER_REPLIED, message="m", digest="d")

    await office.http.post(
        "/internal/events", json=[cloud_event(fact) | {"type": "reporter.withdrew"}], headers=SERVICE
    )

    assert await office.status(report) is S.IN_PROGRESS


async def test_events_of_unknown_types_are_acknowledged(office: Office) -> None:
    fact = await office.record(office.reports[S.ANSWERED], E.REPORTER_WITHDREW)

    response = await office.http.post(
        "/internal/events", json=[cloud_event(fact) | {"type": "reporter.danced"}], headers=SERVICE
    )

    assert [result["outcome"] for result in response.json()["results"]] == ["done"]


@pytest.mark.parametrize("headers", [ADMIN, OFFICER])
async def test_only_services_announce_events(office: Office, headers: Any) -> None:
    fact = await office.record(office.reports[S.ANSWERED], E.REPORTER_WITHDREW)

    response = await office.http.post("/internal/events", json=[cloud_event(fact)], headers=headers)

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_a_batch_is_taken_while_another_of_the_same_sender_is_not_done(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOCK_SECONDS", PATIENCE_SECONDS)
    report = await busy.made(S.ANSWERED)
    reply = await busy.record(report, E.REPORTER_REPLIED)

    async with busy.transaction() as session:
        await events.lock_head(session, report)
        announced = [cloud_event(reply)]
        first = asyncio.create_task(busy.http.post("/internal/events", json=announced, headers=SERVICE))
        await until_somebody_waits(busy.scalar)
        second = await busy.http.post("/internal/events", json=[cloud_event(reply)], headers=SERVICE)
        other = bearer(Role.SERVICE, sub="sla_monitor")
        unrelated = cloud_event(reply) | {"type": "reporter.danced"}
        third = await busy.http.post("/internal/events", json=[unrelated], headers=other)

    assert (second.status_code, second.json()["code"]) == (429, "inbox_busy")
    assert third.status_code == 200
    assert [result["outcome"] for result in (await first).json()["results"]] == ["done"]


async def test_an_event_of_a_report_that_somebody_holds_comes_again_and_holds_up_no_other(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOCK_SECONDS", 0.05)
    held, free = await busy.made(S.ANSWERED), await busy.made(S.ANSWERED)
    facts = [await busy.record(report, E.REPORTER_REPLIED) for report in (held, free)]

    async with busy.transaction() as session:
        await events.lock_head(session, held)
        results = await busy.deliver(*facts)

    assert [result["outcome"] for result in results] == ["later", "done"]
    assert [await busy.status(report) for report in (held, free)] == [S.ANSWERED, S.IN_PROGRESS]


async def test_a_full_batch_asks_the_database_as_often_as_a_small_one(
    sessions: Sessions, own_engine: AsyncEngine
) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        reports = [await a_report(session) for _ in range(200)]
    async with sessions.begin() as session:
        rows = await session.execute(text("SELECT id, report_id FROM events"))
        batch = [
            CloudEvent(
                id=row.id, source="test", type="report.received", subject="s", time=NOON,
                data=EventReference(report_id=row.report_id, seq=1),
            )
            for row in rows
        ]  # fmt: skip
    assert len(batch) == len(reports)

    asked: list[str] = []

    def hear(*execution: Any) -> None:
        asked.append(execution[2])

    event.listen(own_engine.sync_engine, "before_cursor_execute", hear)
    times: list[int] = []
    for some in (batch[:2], batch[2:]):
        asked.clear()
        receipts = await service.process(sessions, some, now=NOON)
        times.append(len(asked))
        assert {receipt.outcome for receipt in receipts} == {"done"}
    event.remove(own_engine.sync_engine, "before_cursor_execute", hear)

    assert times[0] == times[1] < 15
