"""The monitor with seeded rules on a database of its own: for tests about calendars, policies and limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.clients import Role
from shared.clock import now_dependency
from shared.database import Sessions, create_sessions
from shared.log import events
from shared.log.events import Event, EventType
from shared.settings import MonitorSettings
from sla_monitor import seed
from sla_monitor.app import create_app
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import References
from tests.factories import a_registry, bearer, settings
from tests.logins import as_service
from tests.sla_monitor.histories import History
from tests.sla_monitor.stored import a_report

OPERATOR = bearer(Role.OPERATOR, sub="op-1")
SUPERVISOR = bearer(Role.SUPERVISOR, sub="sup-1")
OFFICER = bearer(Role.LIAISON_OFFICER, sub="officer-1", agency="SAMARINDA-PU")


class Ruling:
    """What an operator does, and what comes of it."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, sessions: Sessions) -> None:
        self.app = app
        self.client = client
        self.sessions = sessions
        self.references = References()

    def at(self, now: datetime) -> None:
        self.app.dependency_overrides[now_dependency] = lambda: now

    async def post(self, path: str, body: Any = None, *, status: int, headers: dict[str, str] = OPERATOR) -> Any:
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, *, status: int = 200) -> Any:
        answer = await self.client.get(path, headers=SUPERVISOR)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def report(self, history: History) -> UUID:
        """A report whose clocks are computed under the rules of now."""
        async with self.sessions.begin() as session:
            report_id = await a_report(session, history, received_at=history.events[0].occurred_at)
        await recompute.recompute(self.sessions, self.references, [report_id])
        return report_id

    async def events(self, report_id: UUID, type: EventType) -> list[Event]:
        async with self.sessions() as session:
            return [event for event in await events.history(session, report_id) if event.type is type]

    async def recomputed(self, *, batch: int = 500) -> int:
        """Work until nothing is left; the number of batches."""
        batches = 0
        while await recomputations.work(self.sessions, self.references, batch=batch) is not None:
            batches += 1
        return batches

    async def draft(self, name: str = "an amendment", **changes: Any) -> int:
        """A draft made from the active version with days added or removed; its id."""
        made = await self.post("/v1/calendars", {"name": name, "decree": "SKB 1/2026"}, status=201)
        await self.post(f"/v1/calendars/{made['id']}/days", changes, status=200)
        return int(made["id"])

    async def active(self) -> int:
        return int((await self.get("/v1/calendars?status=active"))["items"][0]["id"])


async def fill(url: URL) -> None:
    """With seeded rules and a small registry."""
    engine = create_async_engine(url, poolclass=NullPool)
    await seed.load_rules(engine, progress=lambda _line: None)
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
    await engine.dispose()


@asynccontextmanager
async def ruling(url: URL) -> AsyncIterator[Ruling]:
    """The service by its own login; what a test sets up or looks up goes by the owner's."""
    app = create_app(settings(as_service(url, "sla_monitor"), MonitorSettings))
    engine = create_async_engine(url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sla") as client:
        yield Ruling(app, client, create_sessions(engine))
    await engine.dispose()
    await app.state.engine.dispose()
    await app.state.jobs_engine.dispose()


def a_day(date: str, kind: str = "cuti_bersama", province: str | None = None) -> dict[str, Any]:
    return {"date": date, "kind": kind, "province": province, "name": {"id": "Libur", "en": "Day off"}}
