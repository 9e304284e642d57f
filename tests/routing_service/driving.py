"""Hands that act on reports: every status reached by the API and by facts, as in life."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.search import queries as search
from routing_service.work.chores import service as chores
from routing_service.work.decisions.advice import Advising
from routing_service.work.masking.making import Made, Original, make_all
from shared.clients import Role
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.keys.held import Keys
from shared.log import events
from shared.log.events import Event, EventType
from shared.schema import Report
from tests.factories import a_report, bearer, drafted

Json = dict[str, Any]


async def read_here(originals: Sequence[Original]) -> list[Made]:
    """Without a process of its own."""
    return make_all(originals)


Headers = dict[str, str]

ADMIN = bearer(Role.NATIONAL_ADMIN, sub="pusat-1")
COORDINATOR = bearer(Role.COORDINATOR, sub="samarinda-1", agency="SAMARINDA")
OFFICER = bearer(Role.LIAISON_OFFICER, sub="pu-1", agency="SAMARINDA-PU")
HEAD = bearer(Role.AGENCY_HEAD, sub="pu-head", agency="SAMARINDA-PU")
OTHER_OFFICER = bearer(Role.LIAISON_OFFICER, sub="dinkes-1", agency="SAMARINDA-DINKES")
OTHER_COORDINATOR = bearer(Role.COORDINATOR, sub="balikpapan-1", agency="BALIKPAPAN")
SUPERVISOR = bearer(Role.SUPERVISOR, sub="ombudsman-1")
CUSTODIAN = bearer(Role.IDENTITY_CUSTODIAN, sub="custodian-1")
OPERATOR = bearer(Role.OPERATOR, sub="operator-1")
SERVICE = bearer(Role.SERVICE, sub="intake_api")
CHANNEL = bearer(Role.CHANNEL, sub="pu-system", agency="SAMARINDA-PU", scopes=("reports:work",))

AGENCY = "SAMARINDA-PU"
INSTANSI = "SAMARINDA"

#: The tracking number of a report in the world that is older than all others, and held by the agency.
SURVIVOR = "1000000005"

#: A body that each action takes.
BODIES: dict[str, Json] = {
    "verification": {},
    "correction": {"classification": "aspiration"},
    "forwarding": {"agency": INSTANSI},
    "disposition": {"agency": AGENCY},
    "answer": {"body": "Kantor buka pukul delapan."},
    "redirection": {"agency": "SAMARINDA-DINKES"},
    "returns": {"reason": "not_our_authority"},
    "hold": {"question": "Di jalan yang mana?"},
    "resumption": {},
    "responses": {"body": "Tim kami datang besok.", "final": False},
    "archive": {"reason": "too_general"},
    "notes": {"body": "Sudah ditelepon."},
    "merge": {"into": SURVIVOR},
    "unmerge": {},
}
FINAL = {"body": "Sudah ditambal.", "final": True}


@dataclass
class Clock:
    now: datetime

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class Office:
    """`reports`: those that are there already, one in each status."""

    def __init__(
        self,
        source: AsyncSession | Sessions,
        app: FastAPI,
        http: httpx.AsyncClient,
        clock: Clock,
        reports: Mapping[Status, UUID],
    ) -> None:
        self._source = source
        self.app = app
        self.http = http
        self.clock = clock
        self.reports = reports
        self._copies = itertools.count()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        if isinstance(self._source, AsyncSession):
            yield self._source
            await self._source.flush()
        else:
            async with self._source.begin() as session:
                yield session

    async def report(self, **changes: Any) -> UUID:
        async with self.transaction() as session:
            return await a_report(session, **changes)

    async def made(self, status: Status, **changes: Any) -> UUID:
        """A report whose status was reached the usual way; held by SAMARINDA-PU from the assignment on."""
        report = await self.report(**changes)
        for step in PATHS[status]:
            if isinstance(step, EventType):
                await self.fact(report, step)
            else:
                action, headers, body = step
                await self.done(report, action, headers, **body)
        assert await self.status(report) is status
        return report

    async def act(self, report: UUID | str, action: str, headers: Headers, **body: Any) -> httpx.Response:
        return await self.http.post(f"/v1/reports/{report}/{action}", json=body, headers=headers)

    async def done(self, report: UUID | str, action: str, headers: Headers, **body: Any) -> Json:
        response = await self.act(report, action, headers, **(BODIES[action] | body))
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    async def get(self, path: str, headers: Headers, **params: Any) -> Json:
        response = await self.http.get(path, headers=headers, params=params)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    async def record(self, report: UUID, type: EventType, at: datetime | None = None, **data: Any) -> Event:
        """A fact in the log, as another service leaves it; not delivered yet."""
        at = at or self.clock.now
        actor = "service:sla_monitor" if type.startswith("clock.") else "reporter"
        async with self.transaction() as session:
            head = await events.lock_head(session, report)
            assert head is not None
            return (await events.append(session, head, drafted(type, at, actor, data), recorded_at=at))[0]

    async def deliver(self, *facts: Event) -> list[Json]:
        batch = [cloud_event(fact) for fact in facts]
        # Each time by another copy: a service takes one batch at a time of each.
        sender = bearer(Role.SERVICE, sub=f"copy-{next(self._copies)}")
        response = await self.http.post("/internal/events", json=batch, headers=sender)
        assert response.status_code == 200, response.text
        results: list[Json] = response.json()["results"]
        await self.work()
        return results

    async def work(self) -> None:
        """What the workers of the service would do by now."""
        state = self.app.state
        advising = Advising(state.knowledge, state.settings.most_returns)
        automatic = state.settings.automatic_assignment
        for is_long in (False, True):
            done = chores.Done(1)
            while done.reports:
                done = await chores.decide(
                    state.sessions, advising=advising, automatic_assignment=automatic, is_long=is_long, now=utc_now()
                )
            done = chores.Done(1)
            while done.reports:
                done = await chores.mask(state.sessions, read=read_here, is_long=is_long, now=utc_now())

    async def indexed(self) -> None:
        """Reports that no worker has seen are found by their words from now on."""
        async with self.transaction() as session:
            await search.store_words(session, await search.missing(session, after=UUID(int=0), limit=1000))

    async def fact(self, report: UUID, type: EventType, at: datetime | None = None, **data: Any) -> Event:
        fact = await self.record(report, type, at, **(_USUAL.get(type, {}) | data))
        while (outcomes := [result["outcome"] for result in await self.deliver(fact)]) == ["later"]:
            pass  # somebody held the report for long
        assert outcomes == ["done"]
        return fact

    async def elapsed(self, report: UUID, stage: str, action: str, at: datetime | None = None) -> Event:
        """The clock of the present status has run out."""
        opened = next(event.seq for event in reversed(await self.history(report)) if "to" in event.data)
        return await self.fact(report, EventType.CLOCK_ELAPSED, at, stage=stage, opened_seq=opened, action=action)

    async def history(self, report: UUID) -> list[Event]:
        async with self.transaction() as session:
            return await events.history(session, report)

    async def last(self, report: UUID) -> Event:
        return (await self.history(report))[-1]

    async def types(self, report: UUID) -> list[str]:
        return [event.type.value for event in await self.history(report)]

    async def status(self, report: UUID) -> Status:
        return Status(await self.value(report, "status"))

    async def value(self, report: UUID, column: str) -> Any:
        async with self.transaction() as session:
            return await session.scalar(select(getattr(Report, column)).where(Report.id == report))

    async def scalar(self, statement: str, **parameters: Any) -> Any:
        async with self.transaction() as session:
            return await session.scalar(text(statement), parameters)

    async def execute(self, statement: str, **parameters: Any) -> None:
        async with self.transaction() as session:
            await session.execute(text(statement), parameters)

    def settings(self, **changes: Any) -> None:
        """Change settings of the running service."""
        state = self.app.state
        state.settings = state.settings.model_copy(update=changes)
        state.keys = Keys(state.settings)


def cloud_event(fact: Event) -> Json:
    return {
        "specversion": "1.0",
        "id": str(fact.id),
        "source": "urn:lapor:test",
        "type": fact.type.value,
        "subject": str(fact.report_id),
        "time": fact.occurred_at.isoformat(),
        "data": {"report_id": str(fact.report_id), "seq": fact.seq},
    }


#: Data of facts, where a test does not care.
_USUAL: dict[EventType, Json] = {
    EventType.REPORTER_RATED: {"score": 5, "resolved": True, "poor": False},
}

STATUSES: list[Status] = list(Status)

Step = tuple[str, Headers, Json] | EventType
_VERIFIED: list[Step] = [("verification", ADMIN, {}), ("forwarding", ADMIN, {})]
_ASSIGNED: list[Step] = [*_VERIFIED, ("disposition", COORDINATOR, {})]
_ANSWERED: list[Step] = [*_ASSIGNED, ("responses", OFFICER, FINAL)]

#: The usual way to each status.
PATHS: dict[Status, list[Step]] = {
    Status.RECEIVED: [],
    Status.VERIFIED: _VERIFIED,
    Status.ASSIGNED: _ASSIGNED,
    Status.IN_PROGRESS: [*_ASSIGNED, ("responses", OFFICER, {})],
    Status.ANSWERED: _ANSWERED,
    Status.CLOSED: [*_ANSWERED, EventType.REPORTER_RATED],
    Status.AWAITING_REPORTER: [*_ASSIGNED, ("hold", OFFICER, {})],
    Status.ARCHIVED: [*_VERIFIED, ("archive", COORDINATOR, {})],
    Status.WITHDRAWN: [*_ASSIGNED, EventType.REPORTER_WITHDREW],
    Status.MERGED: [*_ASSIGNED, ("merge", COORDINATOR, {})],  # into SURVIVOR
}
