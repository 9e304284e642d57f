"""An officer says that they know of an escalation."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.database import Sessions
from shared.errors import Conflict
from shared.ids import salted_digest
from shared.log import events
from sla_monitor.escalations import service
from tests.factories import a_registry, bearer
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.post import overdue
from tests.sla_monitor.stored import broken_chains, clock, rows

OFFICER = bearer(Role.LIAISON_OFFICER, sub="sari", agency="SAMARINDA-PU")
NOTE = "Tim sudah ke lokasi, besok ditambal."


async def an_escalation(session: AsyncSession) -> tuple[UUID, UUID]:
    """The breach of a first response: its id and that of the report."""
    await a_registry(session)
    await overdue(session)
    (row,) = await rows(session, "SELECT id, report_id FROM escalations WHERE kind = 'breach'")
    return row.id, row.report_id


async def acknowledge(client: httpx.AsyncClient, escalation: object, headers: Any = OFFICER, note: str = NOTE) -> Any:
    return await client.post(f"/v1/escalations/{escalation}/acknowledgement", json={"note": note}, headers=headers)


async def test_an_acknowledgement_is_recorded_with_its_note_and_the_clock_runs_on(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    escalation_id, report_id = await an_escalation(session)

    answer = await acknowledge(client, escalation_id)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "escalation_id": str(escalation_id),
        "report_id": str(report_id),
        "acknowledged_at": NOW.isoformat().replace("+00:00", "Z"),
        "acknowledged_by": "liaison_officer:sari",
        "note": NOTE,
    }
    shown = (await client.get("/v1/escalations", headers=OFFICER)).json()["items"][0]
    assert (shown["acknowledged_at"], shown["acknowledged_by"]) == ("2026-03-12T16:00:00Z", "liaison_officer:sari")
    assert shown["acknowledgement_note"] == NOTE
    assert (await clock(session, report_id, "first_response")).state == "running"


async def test_the_note_is_read_beside_the_step_by_those_who_work_on_the_report_and_by_nobody_else(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    escalation_id, report_id = await an_escalation(session)
    await acknowledge(client, escalation_id)

    async def noted(headers: Any, **params: str) -> Any:
        path = f"/v1/reports/{report_id}/clocks"
        return await client.get(path, headers=headers | {"Accept-Language": "id"}, params=params)

    for headers in (OFFICER, bearer(Role.NATIONAL_ADMIN), bearer(Role.SUPERVISOR)):
        steps = [step for one in (await noted(headers)).json()["items"] for step in one["steps"]]
        said = {"at": "2026-03-12T16:00:00Z", "by": "liaison_officer:sari", "note": NOTE}
        assert [step["acknowledgement"] for step in steps if step["acknowledgement"]] == [said]
    assert NOTE not in (await noted(OFFICER, as_of="2026-03-12T15:59:59Z")).text
    assert (await noted(bearer(Role.LIAISON_OFFICER, agency="BALIKPAPAN-PU"))).status_code == 404
    assert (await noted(bearer(Role.REPORTER_APP))).status_code == 403


async def test_the_log_keeps_the_digest_of_the_note_and_tells_nobody(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    escalation_id, report_id = await an_escalation(session)

    await acknowledge(client, escalation_id)

    await session.flush()
    last = (await events.history(session, report_id))[-1]
    (said,) = await rows(session, "SELECT * FROM acknowledgements")
    assert (last.type, last.actor) == ("clock.acknowledged", "liaison_officer:sari")
    assert last.data == {
        "stage": "first_response", "opened_seq": 3, "step": 0, "escalation": str(escalation_id),
        "digest": salted_digest(said.salt, NOTE),
    }  # fmt: skip
    assert await rows(session, "SELECT 1 FROM outbox WHERE event_id = :id", id=last.id) == []
    assert await broken_chains(session) == []


async def test_the_same_again_changes_nothing_and_another_word_is_refused(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    escalation_id, _ = await an_escalation(session)

    first, again = await acknowledge(client, escalation_id), await acknowledge(client, escalation_id)
    other = await acknowledge(client, escalation_id, note="Something else")

    assert (again.status_code, again.json()) == (200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "already_acknowledged")
    assert len(await rows(session, "SELECT 1 FROM events WHERE type = 'clock.acknowledged'")) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (bearer(Role.COORDINATOR, agency="SAMARINDA"), 200),
        (bearer(Role.NATIONAL_ADMIN), 200),
        (bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=(Scope.WORK,)), 200),
        (bearer(Role.CHANNEL, agency="SAMARINDA-PU"), 403),
        (bearer(Role.SUPERVISOR), 403),
        (bearer(Role.LIAISON_OFFICER, agency="BALIKPAPAN-PU"), 404),
        ({}, 401),
    ],
)
async def test_whoever_works_on_the_report_may_acknowledge(
    client: httpx.AsyncClient, session: AsyncSession, headers: Any, status: int
) -> None:
    escalation_id, _ = await an_escalation(session)

    assert (await acknowledge(client, escalation_id, headers)).status_code == status


async def test_what_is_not_there_or_not_true_any_more_is_not_acknowledged(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    escalation_id, report_id = await an_escalation(session)
    await session.execute(text("UPDATE escalations SET revoked_at = now()"))

    assert (await acknowledge(client, escalation_id)).json()["code"] == "escalation_revoked"
    assert (await acknowledge(client, report_id)).status_code == 404
    assert (await acknowledge(client, escalation_id, note=" ")).status_code == 422


async def test_two_officers_at_once_acknowledge_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        escalation_id, _ = await an_escalation(session)

    async def one(sub: str) -> bool:
        client = Client(sub, Role.LIAISON_OFFICER, "SAMARINDA-PU")
        try:
            async with sessions.begin() as session:
                await service.acknowledge(session, escalation_id, NOTE, client, now=NOW)
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(*(one(str(number)) for number in range(4)))) == [False, False, False, True]

    async with sessions() as session:
        assert await broken_chains(session) == []
