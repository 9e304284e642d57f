"""Policies and local limits: what is accepted, from when it holds, and what moves a report to another policy."""

import asyncio
import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.ids import new_id
from shared.log import events
from shared.log.events import EventType
from sla_monitor.policies.law import law, looser
from sla_monitor.policy_documents import parse_policy, shipped
from sla_monitor.recompute import service as recompute
from sla_monitor.sweep import service as sweeping
from tests.factories import drafted
from tests.sla_monitor.histories import History, at_work, end_of
from tests.sla_monitor.ruling import OPERATOR, SUPERVISOR, Ruling
from tests.sla_monitor.stored import broken_chains, clock, rows, steps

STARTED = "2026-03-02 10:00"  # first response due at the end of the 9th, five working days later
NOW = datetime(2026, 3, 3, 4, tzinfo=UTC)


def a_document(code: str = "TEST-2026", **limits: int) -> dict[str, Any]:
    """The shipped policy under another code, with other limits of some stages, by another legal basis."""
    document = copy.deepcopy(shipped("ID-SP4N-2018"))
    del document["active"], document["effective_from"]
    document["code"] = code
    for stage, days in limits.items():
        document["stages"][stage]["limits"][-1]["days"] = days
        document["stages"][stage]["legal_basis"] = "Perda 1/2026"
    return document


async def an_active_policy(rules: Ruling, document: dict[str, Any], *, since: str = "2026-03-04") -> str:
    rules.at(NOW)
    code: str = (await rules.post("/v1/policies", document, status=201))["code"]
    await rules.post(f"/v1/policies/{code}/activation", {"effective_from": since}, status=200)
    return code


# --- drafts ------------------------------------------------------------------------------------------------


async def test_a_policy_is_stored_as_a_draft_and_read_back(rules: Ruling) -> None:
    document = a_document(first_response=4)

    made = await rules.post("/v1/policies", document, status=201)

    assert (made["code"], made["status"], made["created_by"]) == ("TEST-2026", "draft", "operator:op-1")
    read = await rules.get("/v1/policies/TEST-2026")
    assert parse_policy(read["document"]).stages["first_response"].limits[0].days == 4
    listed = {item["code"]: item["status"] for item in (await rules.get("/v1/policies"))["items"]}
    assert listed == {"ID-SP4N-2018": "active", "ID-SP4N-2025": "draft", "TEST-2026": "draft"}


async def test_a_policy_is_never_edited_but_an_empty_slot_is_filled(rules: Ruling) -> None:
    await rules.post("/v1/policies", a_document(), status=201)

    for code in ("TEST-2026", "ID-SP4N-2018"):
        problem = await rules.post("/v1/policies", a_document(code), status=409)
        assert problem["code"] == "policy_exists"
    filled = await rules.post("/v1/policies", a_document("ID-SP4N-2025"), status=201)
    assert (filled["status"], len(filled["document"]["stages"])) == ("draft", 9)
    await rules.post("/v1/policies", a_document("ID-SP4N-2025"), status=409)


def _with(path: str, value: Any) -> dict[str, Any]:
    document = a_document()
    *parents, last = path.strip("/").split("/")
    place: Any = document
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    place[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        (_with("/stages/resolution/limits/3/days", 15), "/stages/resolution/limits/3/days", "allows 14 working days"),
        (_with("/stages/resolution/limits/0/days", 6), "/stages/resolution/limits/0/days", "looser than the law"),
        (a_document(statutory_answer=15), "/stages/statutory_answer/limits/0/days", "UU 25/2009 allows 14 calendar"),
        (
            _with("/stages/statutory_answer/limits/0", {"days": 3, "unit": "working_days", "mark": "C"}),
            "/stages/statutory_answer/limits/0/days",
            "looser than the law",
        ),
        (_with("/stages/verification/limits/0/days", 0), "/stages/verification/limits/0/days", "at least 1"),
        (_with("/stages/verification/starts", ["report.lost"]), "/stages/verification/starts/0/event", "no event type"),
        (_with("/stages/verification/starts", ["clock.moved"]), "/stages/verification/starts/0/event", "no event type"),
        (_with("/stages/hold/ladder", "none"), "/stages/hold/ladder", "no ladder none"),
        (_with("/stages/hold/recipients", {"owner": ["mayor"]}), "/stages/hold/recipients/owner", "no recipient mayor"),
        (_with("/ladders/default/steps/1/offset", -1), "/ladders/default/steps", "ascend"),
        (_with("/ladders/default/steps/3/offset", 2), "/ladders/default/steps", "ascend"),
        (_with("/legal_basis", "nul \0"), "/", "NUL"),
        (_with("/active", True), "/active", "a draft"),
        (_with("/code", "no spaces"), "/code", "letters, digits"),
    ],
)
async def test_a_wrong_policy_is_refused_with_its_field(
    refusing: Ruling, document: dict[str, Any], pointer: str, said: str
) -> None:
    problem = await refusing.post("/v1/policies", document, status=422)

    found = {error["pointer"]: error["message"] for error in problem["errors"]}
    assert said in found[pointer], problem


def test_the_law_itself_is_not_looser_than_the_law() -> None:
    assert looser(law()) == []


@pytest.mark.parametrize(("days", "accepted"), [(3, True), (4, False), (9, False)])
def test_a_limit_of_the_regulation_that_is_invoked_is_the_most(days: int, accepted: bool) -> None:
    document = a_document()
    document["stages"]["disposition"]["limits"][0]["days"] = days

    assert (looser(parse_policy(document)) == []) is accepted


def test_another_regulation_may_give_more_time_but_not_more_than_an_act() -> None:
    assert looser(parse_policy(a_document(disposition=9, first_response=30))) == []


async def test_operators_write_and_supervisors_read(refusing: Ruling) -> None:
    await refusing.post("/v1/policies", a_document("OTHER"), status=403, headers=SUPERVISOR)
    await refusing.get("/v1/policies/NONE", status=404)
    await refusing.post("/v1/policies/NONE/activation", {"effective_from": "2030-01-01"}, status=404)


# --- activation --------------------------------------------------------------------------------------------


async def test_a_policy_holds_for_reports_from_its_day_on(rules: Ruling) -> None:
    await an_active_policy(rules, a_document(first_response=2), since="2026-03-04")

    before = await rules.report(at_work("2026-03-03 10:00"))
    after = await rules.report(at_work("2026-03-04 10:00"))

    async with rules.sessions() as session:
        assert (await clock(session, before, "first_response")).policy_code == "ID-SP4N-2018"
        found = await clock(session, after, "first_response")
        assert (found.policy_code, found.days, found.due_at) == ("TEST-2026", 2, end_of("2026-03-06"))


@pytest.mark.parametrize(
    ("day", "status", "code"),
    [("2026-03-03", 422, "effective_too_early"), ("2020-01-01", 422, "effective_too_early"), ("2026-03-04", 200, None)],
)
async def test_a_policy_takes_effect_tomorrow_at_the_earliest(
    rules: Ruling, day: str, status: int, code: str | None
) -> None:
    rules.at(NOW)
    await rules.post("/v1/policies", a_document(), status=201)

    answer = await rules.post("/v1/policies/TEST-2026/activation", {"effective_from": day}, status=status)

    assert code is None or answer["code"] == code


async def test_two_policies_of_one_day_overlap_also_at_once(rules: Ruling) -> None:
    rules.at(NOW)
    for number in range(3):
        await rules.post("/v1/policies", a_document(f"TEST-{number}"), status=201)

    answers = await asyncio.gather(
        *(
            rules.client.post(
                f"/v1/policies/TEST-{number}/activation", json={"effective_from": "2026-04-01"}, headers=OPERATOR
            )
            for number in range(3)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} == {"policy_overlaps"}


async def test_an_active_policy_is_not_activated_again_and_an_empty_slot_not_at_all(rules: Ruling) -> None:
    rules.at(NOW)
    body = {"effective_from": "2026-05-01"}

    assert (await rules.post("/v1/policies/ID-SP4N-2018/activation", body, status=409))["code"] == "policy_active"
    problem = await rules.post("/v1/policies/ID-SP4N-2025/activation", body, status=422)
    assert problem["errors"] == [
        {"pointer": "/stages", "message": "an active policy needs at least one stage.", "code": "policy_invalid"}
    ]


# --- migration ---------------------------------------------------------------------------------------------


async def test_a_migration_does_what_its_preview_said_and_is_recorded(rules: Ruling) -> None:
    code = await an_active_policy(rules, a_document(first_response=3))
    moving = [await rules.report(at_work(STARTED)) for _ in range(2)]
    untouched = await rules.report(at_work("2026-02-20 10:00"))
    body = {"filter": {"policy": "ID-SP4N-2018", "received_from": "2026-03-01T00:00:00+08:00"}}

    preview = await rules.post(f"/v1/policies/{code}/migration/preview?limit=200", body, status=200)
    asked = await rules.post(f"/v1/policies/{code}/migration", body, status=202)
    await rules.recomputed()

    done = await rules.get(f"/v1/recomputations/{asked['id']}")
    assert (done["kind"], done["done"], done["moved"]) == ("policy", 2, preview["moved"])
    assert [(item["report_id"], item["stage"], item["days"]) for item in preview["items"]] == [
        (str(report_id), "first_response", -4) for report_id in sorted(moving)
    ]
    for report_id in moving:
        [migrated] = await rules.events(report_id, EventType.POLICY_MIGRATED)
        [moved] = await rules.events(report_id, EventType.CLOCK_MOVED)
        assert (migrated.data, migrated.actor) == ({"policy": code}, "operator:op-1")
        assert moved.seq == migrated.seq + 1
        assert moved.data["reason"] == {"kind": "policy", "id": code}
        assert moved.data["new_due_at"] == end_of("2026-03-05").isoformat()
    assert await rules.events(untouched, EventType.POLICY_MIGRATED) == []
    async with rules.sessions() as session:
        assert await broken_chains(session) == []
        # A fact that nobody has to be told of: the clocks know it, so that the sweep goes on.
        behind = await rows(
            session, "SELECT 1 FROM clocks c JOIN chains h USING (report_id) WHERE c.computed_seq < h.fact_seq"
        )
        assert behind == []


async def test_a_migrated_report_stays_under_its_policy_whatever_happens_to_it(rules: Ruling) -> None:
    code = await an_active_policy(rules, a_document(first_response=3))
    report_id = await rules.report(at_work(STARTED))
    async with rules.sessions() as session:
        number = (await rows(session, "SELECT tracking_number FROM reports"))[0].tracking_number
    await rules.post(f"/v1/policies/{code}/migration", {"reports": [number, str(report_id)]}, status=202)
    await rules.recomputed()
    async with rules.sessions.begin() as session:
        await went_on_after_migration(session, report_id)

    await recompute.recompute(rules.sessions, rules.references, [report_id])

    async with rules.sessions() as session:
        found = await clock(session, report_id, "first_response")
        assert (found.policy_code, found.outcome, found.days) == (code, "met", 3)
    assert len(await rules.events(report_id, EventType.POLICY_MIGRATED)) == 1


async def went_on_after_migration(session: AsyncSession, report_id: UUID) -> None:
    head = await events.lock_head(session, report_id)
    assert head is not None
    answered = at_work(STARTED).responded("2026-03-04 10:00").events[-1]
    draft = drafted(EventType(answered.type), answered.occurred_at, "service:test", answered.data)
    await events.append(session, head, draft, recorded_at=answered.recorded_at)


async def test_migrating_to_a_stricter_policy_and_back_revokes_and_reinstates(rules: Ruling) -> None:
    code = await an_active_policy(rules, a_document(first_response=3))
    report_id = await rules.report(at_work(STARTED))
    body = {"reports": [str(report_id)]}
    await rules.post(f"/v1/policies/{code}/migration", body, status=202)
    await rules.recomputed()
    await sweeping.sweep(rules.sessions, batch=10, now=end_of("2026-03-05"))

    async with rules.sessions.begin() as session:
        reference = await rules.references.current(session)
        migration = recompute.Migration(reference.policies["ID-SP4N-2018"], "operator:op-1")
        now = end_of("2026-03-05")
        await recompute.recompute_in(session, reference, [report_id], force=True, now=now, migration=migration)

    async with rules.sessions() as session:
        recorded = await steps(session, report_id, "first_response")
        assert [(step.step_code, step.revoked_at is None) for step in recorded] == [(-1, False), (0, False)]
        assert (await clock(session, report_id, "first_response")).due_at == end_of("2026-03-09")
        assert await broken_chains(session) == []
    policies = [event.data["policy"] for event in await rules.events(report_id, EventType.POLICY_MIGRATED)]
    assert policies == [code, "ID-SP4N-2018"]


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({}, "/", "either the reports or a filter"),
        ({"filter": {}}, "/filter", "empty filter"),
        ({"filter": {"agency": "NOBODY"}}, "/filter/agency", "no agency NOBODY"),
        ({"reports": []}, "/reports", "at least 1"),
        ({"reports": ["0000000000"]}, "/reports/0", "no report"),
        ({"reports": [str(new_id())]}, "/reports/0", "no report"),
        ({"reports": ["what"]}, "/reports/0", "no report"),
    ],
)
async def test_a_wrong_migration_is_refused_with_its_field(
    refusing: Ruling, body: dict[str, Any], pointer: str, said: str
) -> None:
    problem = await refusing.post("/v1/policies/ID-SP4N-2018/migration", body, status=422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert said in problem["errors"][0]["message"]


async def test_reports_are_not_migrated_to_a_draft(refusing: Ruling) -> None:
    body = {"filter": {"policy": "ID-SP4N-2018"}}

    problem = await refusing.post("/v1/policies/ID-SP4N-2025/migration/preview", body, status=409)

    assert problem["code"] == "policy_not_active"


async def test_a_policy_that_is_no_longer_active_holds_up_no_other_recomputation(rules: Ruling) -> None:
    code = await an_active_policy(rules, a_document(first_response=3))
    report_id = await rules.report(held_by("SAMARINDA-PU"))
    await rules.post(f"/v1/policies/{code}/migration", {"reports": [str(report_id)]}, status=202)
    await put_limit(rules, 2)
    async with rules.sessions.begin() as session:
        await session.execute(text("UPDATE policies SET active = false WHERE code = :code"), {"code": code})

    await rules.recomputed()

    found = [
        (item["kind"], item["refused"], item["moved"]) for item in (await rules.get("/v1/recomputations"))["items"]
    ]
    assert found == [("limit", 0, 1), ("policy", 1, 0)]


# --- local limits ------------------------------------------------------------------------------------------


def held_by(agency: str) -> History:
    return History().received(STARTED).verified(STARTED).assigned(STARTED, agency)


async def put_limit(rules: Ruling, days: int, *, stage: str = "first_response", agency: str = "SAMARINDA-PU") -> Any:
    path = f"/v1/agencies/{agency}/limits/{stage}"
    return await rules.client.put(path, json={"days": days, "legal_basis": "SK 1"}, headers=OPERATOR)


async def test_a_stricter_local_limit_moves_the_clocks_of_that_agency_alone(rules: Ruling) -> None:
    mine = await rules.report(held_by("SAMARINDA-PU"))
    other = await rules.report(held_by("BALIKPAPAN-PU"))

    answer = await put_limit(rules, 3)
    await rules.recomputed()

    assert answer.status_code == 200, answer.text
    assert (answer.json()["limit"]["days"], answer.json()["recomputation"]["kind"]) == (3, "limit")
    [moved] = await rules.events(mine, EventType.CLOCK_MOVED)
    assert moved.data["reason"] == {"kind": "limit", "id": "SAMARINDA-PU/first_response"}
    assert moved.data["new_due_at"] == end_of("2026-03-05").isoformat()
    assert await rules.events(other, EventType.CLOCK_MOVED) == []
    listed = (await rules.get("/v1/agencies/SAMARINDA-PU/limits"))["items"]
    assert [(item["stage"], item["days"], item["changed_by"]) for item in listed] == [
        ("first_response", 3, "operator:op-1")
    ]


async def test_a_withdrawn_limit_moves_them_back(rules: Ruling) -> None:
    report_id = await rules.report(held_by("SAMARINDA-PU"))
    await put_limit(rules, 3)
    await rules.recomputed()

    path = "/v1/agencies/SAMARINDA-PU/limits/first_response"
    answer = await rules.client.delete(path, headers=OPERATOR)
    await rules.recomputed()

    assert (answer.status_code, answer.json()["limit"]) == (200, None)
    async with rules.sessions() as session:
        assert (await clock(session, report_id, "first_response")).due_at == end_of("2026-03-09")
    assert len(await rules.events(report_id, EventType.CLOCK_MOVED)) == 2
    assert (await rules.client.delete(path, headers=OPERATOR)).status_code == 404


@pytest.mark.parametrize(
    ("stage", "days", "status", "code"),
    [
        ("first_response", 4, 200, None),
        ("first_response", 5, 422, "limit_not_stricter"),
        ("first_response", 6, 422, "limit_not_stricter"),
        ("resolution", 59, 200, None),  # the longest of its limits is 60
        ("resolution", 60, 422, "limit_not_stricter"),
        ("first_response", 0, 422, "invalid"),
        ("tea_break", 1, 422, "unknown_stage"),
    ],
)
async def test_only_a_stricter_limit_is_accepted(
    refusing: Ruling, stage: str, days: int, status: int, code: str | None
) -> None:
    answer = await put_limit(refusing, days, stage=stage)

    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_the_same_limit_again_recomputes_nothing_and_no_agency_is_404(refusing: Ruling) -> None:
    await put_limit(refusing, 2, stage="disposition")

    again = await put_limit(refusing, 2, stage="disposition")

    assert again.json()["recomputation"] is None
    assert (await put_limit(refusing, 2, agency="NOBODY")).status_code == 404


async def test_a_stricter_limit_shows_in_the_clocks_of_a_report(rules: Ruling) -> None:
    report_id = await rules.report(held_by("SAMARINDA-PU"))
    await put_limit(rules, 3)
    rules.at(NOW + timedelta(days=1))

    shown = (await rules.get(f"/v1/reports/{report_id}/clocks"))["items"]

    found = {item["stage"]: (item["days"], item["due_on"]) for item in shown}
    assert found["first_response"] == (3, "2026-03-05")


async def test_rules_that_change_are_read_again(rules: Ruling) -> None:
    async with rules.sessions() as session:
        before = await rules.references.current(session)
    await put_limit(rules, 3)
    async with rules.sessions() as session:
        limited = await rules.references.current(session)
        assert await rules.references.current(session) is limited
    async with rules.sessions.begin() as session:
        await session.execute(text("UPDATE agency_limits SET days = 2"))
        again = await rules.references.current(session)

    assert (before.local_limits, limited.local_limits) == ({}, {"SAMARINDA-PU": {"first_response": 3}})
    assert again.local_limits == {"SAMARINDA-PU": {"first_response": 2}}
