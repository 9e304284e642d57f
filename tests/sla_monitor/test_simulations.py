"""What other rules would have made of the past: asked for, done in the background, fetched; and no clock is stored."""

import asyncio
import copy
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from shared.clients import Role
from shared.log.events import EventType
from shared.metrics import Metrics
from shared.settings import MonitorSettings
from sla_monitor import policy_documents
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.simulations import drafts, queries, service
from tests.factories import bearer, settings
from tests.sla_monitor.histories import History, at_work, calendar, end_of
from tests.sla_monitor.ruling import OFFICER, OPERATOR, SUPERVISOR, Ruling, a_day
from tests.sla_monitor.stored import a_report
from tests.waiting import until

PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}
NOW = end_of("2026-04-30")


def a_draft(**days: int) -> dict[str, Any]:
    """The policy of 2018 with other limits."""
    document = copy.deepcopy(policy_documents.shipped("ID-SP4N-2018"))
    document["code"] = "DRAFT"
    for stage, limit in days.items():
        document["stages"][stage]["limits"] = [{"days": limit, "unit": "working_days", "mark": "I"}]
    return document


async def ask(rules: Ruling, *, batch: int = 500, **body: Any) -> Any:
    """Ask for a simulation, do it, fetch it."""
    rules.at(NOW)
    asked = await rules.post("/v1/simulations", {**PERIOD, **body}, status=202)
    while await service.work(rules.sessions, rules.references, batch=batch) is not None:
        pass
    return await rules.get(f"/v1/simulations/{asked['id']}")


def group(found: Any, stage: str) -> Any:
    groups = [one for one in found["result"]["groups"] if one["stage"] == stage]
    assert len(groups) == 1
    return groups[0]


def worked(started: str, answered: str | None = None) -> History:
    history = History().received(started).verified(started).assigned(started, "SAMARINDA-PU")
    return history if answered is None else history.responded(answered)


async def stored(rules: Ruling) -> Any:
    async with rules.sessions() as session:
        clocks = (await session.execute(text("SELECT c.*, c.xmin FROM clocks c ORDER BY 1, 2, 3"))).all()
        written = (await session.execute(text("SELECT count(*), max(seq) FROM events"))).one()
        return clocks, written


async def test_a_stricter_policy_breaches_what_was_in_time_at_the_day_and_nothing_before_it(rules: Ruling) -> None:
    """From Monday the 2nd three days end on the 5th, five on the 9th."""
    in_both = await rules.report(worked("2026-03-02 10:00", "2026-03-05 23:59"))
    changes = await rules.report(worked("2026-03-02 10:00", "2026-03-06 00:00"))
    await rules.report(worked("2026-03-02 10:00", "2026-03-10 00:00"))
    before = await stored(rules)

    found = await ask(rules, policy=a_draft(first_response=3))

    assert group(found, "first_response") == {
        "agency": "SAMARINDA-PU", "stage": "first_response", "clocks": 3, "breaches": 1, "clocks_under_draft": 3,
        "breaches_under_draft": 2, "cases_changed": 1,
    }  # fmt: skip
    (case,) = found["result"]["cases"]
    assert (case["report_id"], case["stage"], case["becomes"]) == (str(changes), "first_response", "late")
    assert case["report_id"] != str(in_both)
    assert case["due_at"].startswith("2026-03-09T16:00:00")
    assert case["due_at_under_draft"].startswith("2026-03-05T16:00:00")
    assert (found["state"], found["total"], found["done"], found["refused"]) == ("done", 3, 3, 0)
    assert (found["policy"], found["calendar"], found["result"]["truncated"]) == ("DRAFT", None, False)
    assert await stored(rules) == before


async def test_another_calendar_lets_a_breach_disappear(rules: Ruling) -> None:
    await rules.report(worked("2026-03-02 10:00", "2026-03-10 09:00"))

    inline = await ask(rules, calendar={"add": [a_day("2026-03-05")]})
    version = await ask(rules, calendar=await rules.draft(add=[a_day("2026-03-05")]))

    for found in (inline, version):
        assert (group(found, "first_response")["breaches"], group(found, "first_response")["breaches_under_draft"]) == (
            1, 0,
        )  # fmt: skip
        assert [case["becomes"] for case in found["result"]["cases"]] == ["in_time"]
    assert version["calendar"] == "an amendment"


async def test_a_draft_is_tried_as_it_was_when_it_was_asked_for(rules: Ruling) -> None:
    await rules.report(worked("2026-03-02 10:00", "2026-03-10 09:00"))
    draft = await rules.draft(add=[a_day("2026-03-05")])
    rules.at(NOW)
    asked = await rules.post("/v1/simulations", {**PERIOD, "calendar": draft}, status=202)
    await rules.post(
        f"/v1/calendars/{draft}/days", {"remove": [{"date": "2026-03-05", "kind": "cuti_bersama"}]}, status=200
    )

    await service.work(rules.sessions, rules.references)

    found = await rules.get(f"/v1/simulations/{asked['id']}")
    assert group(found, "first_response")["breaches_under_draft"] == 0


async def test_the_period_is_of_days_in_jakarta_both_included(rules: Ruling) -> None:
    """The reports are received in WITA, an hour ahead."""
    ids = []
    for received in ("2026-03-01 00:59", "2026-03-01 01:00", "2026-04-01 00:59", "2026-04-01 01:00"):
        history = History().received(received)
        async with rules.sessions.begin() as session:
            ids.append(await a_report(session, history, received_at=history.events[0].occurred_at))

    found = await ask(rules, policy="ID-SP4N-2018")

    async with rules.sessions() as session:
        parameters = {"received_from": PERIOD["from"], "received_to": PERIOD["to"]}
        taken = await queries.reports(session, *service.period(parameters), after=None, limit=10)
    assert list(taken) == sorted(ids[1:3])
    assert (found["total"], found["done"]) == (2, 2)


async def test_agency_and_stage_narrow_the_answer(rules: Ruling) -> None:
    await rules.report(worked("2026-03-02 10:00"))
    other = History().received("2026-03-02 10:00").verified("2026-03-02 10:00")
    await rules.report(other.assigned("2026-03-02 10:00", "BALIKPAPAN-PU"))

    found = await ask(rules, policy=a_draft(first_response=1), agency="SAMARINDA", stage="first_response")

    assert [(one["agency"], one["stage"]) for one in found["result"]["groups"]] == [("SAMARINDA-PU", "first_response")]


async def test_a_draft_may_leave_a_stage_out(rules: Ruling) -> None:
    await rules.report(worked("2026-03-02 10:00"))
    document = a_draft()
    del document["stages"]["statutory_answer"]

    found = await ask(rules, policy=document)

    left_out = group(found, "statutory_answer")
    assert (left_out["clocks"], left_out["clocks_under_draft"], left_out["cases_changed"]) == (1, 0, 1)


async def test_the_rules_in_force_tried_on_themselves_change_nothing(rules: Ruling) -> None:
    for day in range(2, 7):
        await rules.report(worked(f"2026-03-0{day} 10:00").held(f"2026-03-0{day} 12:00"))

    found = await ask(rules, policy="ID-SP4N-2018", calendar=await rules.active())

    assert found["result"]["cases_changed"] == 0
    assert all(one["breaches"] == one["breaches_under_draft"] for one in found["result"]["groups"])


async def test_in_batches_and_by_several_monitors_every_report_is_counted_once(rules: Ruling) -> None:
    for day in range(2, 9):
        await rules.report(worked(f"2026-03-0{day} 10:00", "2026-03-20 09:00"))
    whole = await ask(rules, policy=a_draft(first_response=1))
    asked = await rules.post("/v1/simulations", {**PERIOD, "policy": a_draft(first_response=1)}, status=202)

    async def monitor() -> None:
        async def nothing_is_left() -> bool:
            view = await service.work(rules.sessions, rules.references, batch=2)
            return view is None and (await rules.get(f"/v1/simulations/{asked['id']}"))["state"] == "done"

        await until(nothing_is_left)

    await asyncio.gather(*(monitor() for _ in range(3)))

    found = await rules.get(f"/v1/simulations/{asked['id']}")
    assert found["result"] == whole["result"]
    assert (found["done"], group(found, "first_response")["clocks"]) == (7, 7)


async def test_a_killed_monitor_strands_no_simulation(rules: Ruling) -> None:
    """Its connection is cut in the middle of a batch: what it had not committed is undone, and another goes on."""
    for day in range(2, 6):
        await rules.report(worked(f"2026-03-0{day} 10:00"))
    rules.at(NOW)
    asked = await rules.post("/v1/simulations", {**PERIOD, "policy": "ID-SP4N-2018"}, status=202)
    await service.work(rules.sessions, rules.references, batch=2)
    doomed = rules.sessions()
    task = await queries.claim_simulation(doomed)
    assert task is not None
    await queries.advance(doomed, task, done=99)
    pid = (await doomed.execute(text("SELECT pg_backend_pid()"))).scalar_one()

    assert await service.work(rules.sessions, rules.references, batch=2) is None  # it is being worked on
    half = await rules.get(f"/v1/simulations/{asked['id']}")
    async with rules.sessions() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await doomed.invalidate()
    while await service.work(rules.sessions, rules.references, batch=2) is not None:
        pass

    found = await rules.get(f"/v1/simulations/{asked['id']}")
    assert (half["state"], half["done"], half["result"]) == ("running", 2, None)
    assert (found["state"], found["done"], found["total"]) == ("done", 4, 4)


async def test_the_job_works_until_no_simulation_is_left(rules: Ruling) -> None:
    rules.at(NOW)
    asked = [await rules.post("/v1/simulations", {**PERIOD, "policy": "ID-SP4N-2018"}, status=202) for _ in range(2)]
    metrics = MonitorMetrics(Metrics().registry)
    jobs = Jobs(
        rules.sessions, rules.references, metrics, settings("postgresql://x/x", MonitorSettings), wake=lambda: None
    )

    await jobs.simulate()

    states = [(await rules.get(f"/v1/simulations/{one['id']}"))["state"] for one in asked]
    assert states == ["done", "done"]
    listed = await rules.get("/v1/simulations?limit=1")
    assert [one["id"] for one in listed["items"]] == [asked[1]["id"]]
    rest = await rules.get(f"/v1/simulations?limit=1&cursor={listed['next_cursor']}")
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([asked[0]["id"]], None)


async def test_the_answer_says_where_the_simulation_is(refusing: Ruling) -> None:
    refusing.at(NOW)

    answer = await refusing.client.post(
        "/v1/simulations", json={**PERIOD, "policy": "ID-SP4N-2018"}, headers=SUPERVISOR
    )

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/simulations/{answer.json()['id']}"
    assert (answer.json()["state"], answer.json()["result"]) == ("pending", None)
    assert answer.json()["requested_by"] == "supervisor:sup-1"


async def test_no_more_are_taken_than_can_wait(rules: Ruling) -> None:
    rules.at(NOW)
    body = {**PERIOD, "policy": "ID-SP4N-2018"}
    for _ in range(service.MOST_WAITING):
        await rules.post("/v1/simulations", body, status=202)

    refused = await rules.post("/v1/simulations", body, status=409)
    await service.work(rules.sessions, rules.references)
    taken = await rules.post("/v1/simulations", body, status=202)

    assert (refused["code"], taken["state"]) == ("too_many_simulations", "pending")


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"policy": "ID-SP4N-2018", "from": "2026-04-01", "to": "2026-03-31"}, "period_reversed", "/from"),
    ({"policy": "NO-SUCH", **PERIOD}, "unknown_policy", "/policy"),
    ({"policy": "ID-SP4N-2025", **PERIOD}, "policy_invalid", "/policy/stages"),
    ({"policy": {}, **PERIOD}, "policy_invalid", "/policy/code"),
    ({"policy": {**a_draft(), "new_round": ["no.such"]}, **PERIOD}, "policy_invalid", "/policy/new_round/0"),
    ({"calendar": 999_999, **PERIOD}, "unknown_calendar", "/calendar"),
    ({"calendar": {"add": [a_day("1999-01-01")]}, **PERIOD}, "days_invalid", "/calendar/add/0/date"),
    ({"calendar": {"remove": [{"date": "2026-03-05", "kind": "holiday"}]}, **PERIOD}, "days_invalid",
     "/calendar/remove/0/date"),
    ({"policy": "ID-SP4N-2018", "agency": "NOWHERE", **PERIOD}, "unknown_agency", "/agency"),
    (PERIOD, "invalid", "/"),
    ({"policy": "ID-SP4N-2018", "from": "2026-03-01"}, "invalid", "/to"),
    ({"policy": "ID-SP4N-2018", "from": "0001-01-01", "to": "2026-03-31"}, "invalid", "/from"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "pointer"), BAD)
async def test_what_cannot_be_tried_is_refused_by_its_field(
    refusing: Ruling, body: dict[str, Any], code: str, pointer: str
) -> None:
    refusing.at(NOW)

    problem = await refusing.post("/v1/simulations", body, status=422)

    assert problem["code"] == code
    assert pointer in [error["pointer"] for error in problem["errors"]]


async def test_a_document_with_text_that_no_database_stores_does_no_harm(refusing: Ruling) -> None:
    refusing.at(NOW)
    document = a_draft()
    document["name"]["id"] = "a\x00b"

    for body in ({**PERIOD, "policy": document}, {**PERIOD, "policy": {"code": "\ud800", "\ud801": 1}}):
        content = json.dumps(body).encode()
        answer = await refusing.client.post(
            "/v1/simulations", content=content, headers=OPERATOR | {"Content-Type": "application/json"}
        )
        assert answer.status_code in (202, 422), answer.text


@pytest.mark.parametrize("headers", [OFFICER, bearer(Role.COORDINATOR, agency="SAMARINDA")])
async def test_only_those_who_read_the_rules_simulate(refusing: Ruling, headers: dict[str, str]) -> None:
    body = {**PERIOD, "policy": "ID-SP4N-2018"}

    answers: list[httpx.Response] = [
        await refusing.client.post("/v1/simulations", json=body, headers=headers),
        await refusing.client.get("/v1/simulations", headers=headers),
        await refusing.client.get(f"/v1/simulations/{uuid4()}", headers=headers),
    ]

    assert {answer.status_code for answer in answers} == {403}


async def test_a_simulation_that_is_not_there_is_not_found(refusing: Ruling) -> None:
    assert (await refusing.get(f"/v1/simulations/{UUID(int=1)}", status=404))["code"] == "not_found"


def test_a_calendar_survives_being_kept_as_json() -> None:
    assert drafts.from_json(drafts.as_json(calendar())) == calendar()


async def test_what_happened_to_the_reports_counts_as_it_did(rules: Ruling) -> None:
    """A hold is a pause under the draft too; a correction is a correction."""
    history = at_work("2026-03-02 10:00").held("2026-03-03 10:00").resumed("2026-03-04 10:00")
    history.fact(EventType.REPORT_CORRECTED, "2026-03-05 10:00", classification="aspiration", supervisory=False)
    await rules.report(history)
    found = await ask(rules, policy=a_draft(first_response=6))

    assert group(found, "resolution")["breaches"] == group(found, "resolution")["breaches_under_draft"] == 1
    assert found["result"]["cases_changed"] == 0
