"""What the tests of intake_api say over and over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities.sealing import Identities
from routing_service.work.masking import queries as texts
from routing_service.work.masking.making import make_all
from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.messages import MessageKind
from shared.domain.regions import WITA
from shared.keys.held import Keys
from shared.log import events
from shared.log.events import EventType
from shared.schema import Chain, EventRow, IdempotencyKey, Message, OutboxRow, Report, Reporter
from tests.factories import NOON, bearer, drafted, settings

APP = bearer(Role.REPORTER_APP, sub="mobile-app")
OTHER_APP = bearer(Role.REPORTER_APP, sub="another-app")
ADMIN = bearer(Role.NATIONAL_ADMIN, sub="admin-1")
CHANNEL = bearer(Role.CHANNEL, sub="city-channel", agency="SAMARINDA-PU-JALAN", scopes=("reports:submit",))

#: Opens what these tests had sealed.
IDENTITIES = Identities(Keys(settings("postgresql://nowhere/nothing")))

AGENCY = Holder(Level.AGENCY, "SAMARINDA-PU")


@dataclass(slots=True)
class Clock:
    now: datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    id: UUID
    number: str
    code: str

    @property
    def path(self) -> str:
        return f"/v1/reports/{self.number}"

    @property
    def as_reporter(self) -> dict[str, str]:
        return {"X-Access-Code": self.code}


def a_submission(**changes: Any) -> dict[str, Any]:
    body = {
        "classification": "complaint",
        "title": "Jalan berlubang",
        "body": "Lubang besar di depan pasar pagi.",
        "category": "roads.damage",
        "location": {"text": "Pasar Pagi", "region_code": "64.72.01"},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


async def submitted(client: httpx.AsyncClient, headers: dict[str, str] = APP, **changes: Any) -> Submitted:
    answer = await client.post("/v1/reports", json=a_submission(**changes), headers=headers)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    return Submitted(UUID(receipt["id"]), receipt["tracking_number"], receipt["access_code"])


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def stored(sessions: Sessions, report: Submitted) -> Report:
    async with sessions() as session:
        return (await session.scalars(select(Report).where(Report.id == report.id))).one()


async def moved(
    sessions: Sessions, report: Submitted, type: EventType, to: Status, *, at: datetime = NOON, holder: Holder = AGENCY,
    said: str | None = None, kind: MessageKind = MessageKind.RESPONSE, data: dict[str, Any] | None = None,
    recorded_at: datetime | None = None, **changes: Any,
) -> None:  # fmt: skip
    """What routing_service would write: a status event, and the row that it changes."""
    told = {"to": to.value, "holder": holder.as_data(), "agency": holder.agency, "time_zone": WITA, "province": "64"}
    async with sessions.begin() as session:
        head = await events.lock_head(session, report.id)
        assert head is not None
        if said is not None:
            message_id = ids.new_id()
            told |= {"message": str(message_id), "message_kind": kind.value, "message_agency": holder.agency}
            told["digest"] = "d"
            await session.execute(
                insert(Message).values(
                    id=message_id, report_id=report.id, kind=kind.value, body=said, public_body=said,
                    salt=ids.new_salt(), agency_code=holder.agency, author="liaison_officer:o", created_at=at,
                )
            )  # fmt: skip
        draft = drafted(type, at, "national_admin:a", told | (data or {}))
        await events.append(session, head, draft, recorded_at=recorded_at or at)
        values = {
            "status": to, "holder_level": holder.level, "holder_agency_code": holder.agency, **changes,
        }  # fmt: skip
        if to is Status.MERGED and "merged_into" not in changes:
            older = await _another(session, report.id)
            values |= {"merged_into": older, "merged_from": Status.ASSIGNED, "merged_at": at}
        await session.execute(update(Report).where(Report.id == report.id).values(values))


async def _another(session: AsyncSession, report_id: UUID) -> UUID:
    found: UUID = (await session.scalars(select(Report.id).where(Report.id != report_id).limit(1))).one()
    return found


async def assigned(sessions: Sessions, report: Submitted, *, masked: bool = True, **changes: Any) -> None:
    """Verified and assigned: public from now on, its words when they are masked."""
    public = {"published_at": NOON, "agency_code": AGENCY.agency, **changes}
    await moved(sessions, report, EventType.REPORT_ASSIGNED, Status.ASSIGNED, **public)
    if masked:
        async with sessions.begin() as session:
            made = make_all(await texts.without(session, [report.id]))
            await texts.add_public_texts(session, made, by="service:routing_service", now=NOON)


async def merged(sessions: Sessions, report: Submitted, into: Submitted, *, at: datetime = NOON) -> None:
    """Merged by an officer, from wherever it was."""
    before = (await stored(sessions, report)).status
    told = {"from": before.value, "into": str(into.id)}
    values: dict[str, Any] = {"merged_into": into.id, "merged_from": before, "merged_at": at}
    await moved(sessions, report, EventType.REPORT_MERGED, Status.MERGED, at=at, data=told, **values)


async def counts(sessions: Sessions) -> dict[str, int]:
    """How many rows there are of everything that a submission writes."""
    async with sessions() as session:
        return {
            model.__tablename__: await session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Report, Reporter, Message, EventRow, Chain, OutboxRow, IdempotencyKey)
        }


def code_of(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]
