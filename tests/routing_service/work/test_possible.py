"""What a report says an officer can do: all of it is taken, and nothing else is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from routing_service.report.possible import OfficerAction
from routing_service.report.rights import RIGHTS
from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.schema import Clock as ClockRow
from shared.schema import Message
from tests.factories import DAY, bearer
from tests.routing_service.driving import (
    ADMIN,
    BODIES,
    CHANNEL,
    COORDINATOR,
    FINAL,
    HEAD,
    OFFICER,
    OTHER_OFFICER,
    SUPERVISOR,
    Headers,
    Office,
)

PATHS = {
    "verify": "verification", "forward": "forwarding", "dispose": "disposition", "answer": "answer",
    "redirect": "redirection", "return": "returns", "hold": "hold", "resume": "resumption", "respond": "responses",
    "respond_final": "responses", "put_right": "corrections", "archive": "archive", "correct": "correction",
    "merge": "merge", "unmerge": "unmerge", "note": "notes",
}  # fmt: skip
CALLERS: Mapping[str, Headers] = {"admin": ADMIN, "coordinator": COORDINATOR, "officer": OFFICER}


async def named(office: Office, report: UUID, headers: Headers) -> dict[str, str | None]:
    detail = await office.get(f"/v1/reports/{report}", headers)
    return {one["action"]: one["until"] for one in detail["actions"]}


async def body_of(office: Office, report: UUID, action: str) -> dict[str, Any]:
    if action == "forward":  # to an instansi that does not have it
        return {"agency": "BALIKPAPAN"}
    if action == "put_right":
        async with office.transaction() as session:
            of_report = (Message.report_id == report, Message.kind == "final_response")
            message = await session.scalar(select(Message.id).where(*of_report))
        return {"message": str(message or report), "body": "Ralat."}
    return FINAL if action == "respond_final" else BODIES[PATHS[action]]


async def tried(office: Office, report: UUID, action: str, headers: Headers) -> int:
    """The status of the answer; nothing is kept of it."""
    body = await body_of(office, report, action)
    async with office.transaction() as session:
        await session.execute(text("SAVEPOINT tried"))
        answer = await office.act(report, PATHS[action], headers, **body)
        await session.execute(text("ROLLBACK TO SAVEPOINT tried"))
        session.expire_all()
    return answer.status_code


async def check(office: Office, report: UUID, headers: Headers) -> set[str]:
    found = set(await named(office, report, headers))
    outcomes = {action: await tried(office, report, action, headers) for action in PATHS}
    assert {action for action, status in outcomes.items() if status == 200} == found, outcomes
    assert {status for action, status in outcomes.items() if action not in found} <= {403, 404, 409}
    return found


def test_every_action_that_anybody_has_a_right_to_has_a_name() -> None:
    assert {one.value for one in OfficerAction} == {one.value for one in RIGHTS} | {"note"}
    assert set(PATHS) == {one.value for one in OfficerAction}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("status", Status)
async def test_what_is_named_is_taken_and_what_is_not_named_is_refused(
    office: Office, status: Status, caller: str
) -> None:
    await check(office, office.reports[status], CALLERS[caller])


@pytest.mark.parametrize("headers", [HEAD, CHANNEL, OTHER_OFFICER, SUPERVISOR])
async def test_it_is_so_for_everybody_else(office: Office, headers: Headers) -> None:
    await check(office, office.reports[Status.ASSIGNED], headers)


async def test_what_was_appealed_is_another_officers(office: Office) -> None:
    report = await office.made(Status.ARCHIVED)
    await office.fact(report, EventType.REPORTER_APPEALED)
    colleague = bearer(Role.COORDINATOR, sub="samarinda-2", agency="SAMARINDA")

    assert await check(office, report, COORDINATOR) == {"note"}
    assert {"verify", "archive", "hold", "merge"} < await check(office, report, colleague)


async def test_a_holder_in_a_closed_ring_is_not_offered_to_pass_it_on(office: Office) -> None:
    office.settings(most_returns=1)
    report = await office.made(Status.ASSIGNED)
    assert "return" in await named(office, report, OFFICER)
    await office.done(report, "returns", OFFICER)
    await office.done(report, "disposition", COORDINATOR)

    assert "return" not in await check(office, report, OFFICER)


async def test_what_was_held_before_it_was_verified_is_not_corrected(office: Office) -> None:
    report = await office.report()
    await office.done(report, "hold", ADMIN)

    assert "correct" not in await check(office, report, ADMIN)


async def test_what_its_reporter_is_withdrawing_is_not_merged(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    await office.record(report, EventType.REPORTER_WITHDREW)

    assert "merge" not in await check(office, report, COORDINATOR)


async def test_a_hold_can_be_ended_until_its_clock_does(office: Office) -> None:
    report = await office.made(Status.AWAITING_REPORTER)
    due_at = office.clock.now + timedelta(days=10)
    async with office.transaction() as session:
        await session.execute(
            insert(ClockRow).values(
                report_id=report, stage="hold", opened_seq=5, round=1, started_at=due_at - 10 * DAY, due_at=due_at,
                state="running", outcome="pending", on_due="resume", policy_code="ID-SP4N-2018", calendar_id=1,
                time_zone="Asia/Makassar", imported=False, opened_recorded_at=due_at - 10 * DAY, computed_seq=5,
                step_code=[], step_at=[], step_level=[], step_kind=[], step_recipients=[], level=0,
            )
        )  # fmt: skip

    found = await named(office, report, OFFICER)

    assert found == {"resume": due_at.isoformat().replace("+00:00", "Z"), "note": None}
