"""Reports that lived through the three services, for `lapor audit verify` to read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from intake_api import app as intake
from routing_service import app as routing
from shared import clock as clocks
from shared.clients import Client, Role
from shared.database import Sessions, create_sessions
from shared.settings import IntakeSettings, RoutingSettings
from sla_monitor import seed
from sla_monitor.escalations import service as escalations
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import References
from sla_monitor.sweep.service import sweep
from tests.conftest import OURS
from tests.factories import DAY, NOON, a_registry, a_rule_set, settings
from tests.intake_api.helpers import APP, a_submission
from tests.logins import as_service
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Clock, Office

_OFFICER = text(
    "INSERT INTO officers (id, role, name, email) VALUES ('00000000-0000-7000-8000-000000000002', 'national_admin',"
    " 'Rahma', 'rahma@x.example')"
)
CONTACT = {"name": "Siti Aminah", "phone": "081234567890", "email": "siti@x.example"}


@dataclass(frozen=True)
class Lives:
    engine: AsyncEngine
    answered: UUID  #: of somebody named, verified under another title, answered, disputed by a reply; two
    #: support it, a third no longer does
    late: UUID  #: nobody verified it: escalated, and one escalation acknowledged
    hidden: UUID  #: anonymous and secret by its verifier; archived, and its reporter objected
    merged: UUID  #: into the answered one, while it was held


class _Hands:
    def __init__(self, intake_http: httpx.AsyncClient, office: Office) -> None:
        self.intake, self.office = intake_http, office

    async def submit(self, **changes: Any) -> tuple[UUID, str, dict[str, str]]:
        answer = await self.intake.post("/v1/reports", json=a_submission(**changes), headers=APP)
        assert answer.status_code == 201, answer.text
        receipt = answer.json()
        report = UUID(receipt["id"])
        await self.office.deliver((await self.office.history(report))[0])
        return report, f"/v1/reports/{receipt['tracking_number']}", {"X-Access-Code": receipt["access_code"]}

    async def say(self, report: UUID, path: str, headers: dict[str, str], **body: Any) -> None:
        answer = await self.intake.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        await self.office.deliver(await self.office.last(report))

    async def support(self, path: str, *accounts: str) -> None:
        for account in accounts:
            answer = await self.intake.post(f"{path}/supports", json={"reporter_reference": account}, headers=APP)
            assert answer.status_code == 200, answer.text

    async def take_support_back(self, path: str, account: str) -> None:
        answer = await self.intake.delete(f"{path}/supports/{account}", headers=APP)
        assert answer.status_code == 204, answer.text


def _at(app: FastAPI, clock: Clock) -> None:
    async def now() -> Any:
        return clock.now

    app.dependency_overrides[clocks.now_dependency] = now


@asynccontextmanager
async def lived(url: URL) -> AsyncIterator[Lives]:
    """In a database that is migrated and empty."""
    engine = create_async_engine(url, connect_args=OURS)
    sessions, clock = create_sessions(engine), Clock(NOON)
    async with sessions.begin() as session:
        await a_registry(session)
        await a_rule_set(session, ({}, {"agency": "SAMARINDA-PU"}))
        await session.execute(_OFFICER)
    await seed.load_rules(engine, progress=lambda _: None)
    receiving, working = (
        intake.create_app(settings(as_service(url, "intake_api"), IntakeSettings)),
        routing.create_app(settings(as_service(url, "routing_service"), RoutingSettings)),
    )
    for app in (receiving, working):
        _at(app, clock)
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(receiving), base_url="http://intake") as submitting,
        httpx.AsyncClient(transport=httpx.ASGITransport(working), base_url="http://routing") as acting,
    ):
        hands = _Hands(submitting, Office(sessions, working, acting, clock, {}))
        lives = await _live(hands, engine)
        await _watch(sessions, lives)
    yield lives
    for app in (receiving, working):
        await app.state.engine.dispose()
    await engine.dispose()


async def _live(hands: _Hands, engine: AsyncEngine) -> Lives:
    office = hands.office
    late, _, _ = await hands.submit(title="Lampu jalan padam", body="Hubungi saya di 0812-3456-7890.")
    answered, path, code = await hands.submit(reporter=CONTACT, reporter_reference="account-77")
    await office.done(answered, "verification", ADMIN, title="Jalan rusak di Pasar Pagi")
    await office.done(answered, "forwarding", ADMIN)
    await office.done(answered, "disposition", COORDINATOR)
    await hands.support(path, "account-1", "account-2", "account-3")
    await hands.take_support_back(path, "account-2")
    office.clock.advance(hours=2)
    await office.done(answered, "responses", OFFICER)
    await office.done(answered, "responses", OFFICER, body="Sudah ditambal.", final=True)
    await hands.say(answered, f"{path}/replies", code, body="Belum ditambal sama sekali.")
    hidden, path, code = await hands.submit(anonymous=False, reporter=CONTACT)
    await office.done(hidden, "verification", ADMIN, anonymous=True, secret=True, category="roads")
    await office.done(hidden, "archive", ADMIN, note="Terlalu umum.")
    await hands.say(hidden, f"{path}/appeal", code, body="Alamatnya sudah saya tulis.")
    merged, _, _ = await hands.submit()
    await office.done(merged, "verification", ADMIN)
    await office.done(merged, "forwarding", ADMIN)
    await office.done(merged, "disposition", COORDINATOR)
    await office.done(merged, "hold", OFFICER)
    await office.done(merged, "merge", COORDINATOR, into=str(answered), note="Sama.")
    return Lives(engine, answered, late, hidden, merged)


async def _watch(sessions: Sessions, lives: Lives) -> None:
    """What the monitor does: clocks, and what is late ten days after; its outbox is empty then."""
    reports = (lives.answered, lives.late, lives.hidden, lives.merged)
    assert await recompute.recompute(sessions, References(), reports) == {}
    await sweep(sessions, batch=50, now=NOON + 10 * DAY)
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM outbox"))
        breach = await session.scalar(
            text("SELECT id FROM escalations WHERE report_id = :id ORDER BY step_at LIMIT 1"), {"id": lives.late}
        )
        admin = Client("pusat-1", Role.NATIONAL_ADMIN)
        await escalations.acknowledge(
            session, breach, "Sudah saya teruskan.", admin, now=NOON + 10 * DAY + timedelta(hours=1)
        )
