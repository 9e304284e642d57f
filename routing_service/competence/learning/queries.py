"""SQL of the models and of what they are learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning.storage import MAGIC
from shared.domain.lifecycle import Status
from shared.domain.states import ModelState
from shared.log.events import EventType
from shared.schema import EventRow, PublicText, Report, RoutingDecision, RoutingModel

S = Status

#: An agency works on it or has answered it: that is where it belonged.
_CONFIRMED = or_(
    Report.status.in_((S.IN_PROGRESS, S.ANSWERED, S.CLOSED)),
    and_(Report.status == S.AWAITING_REPORTER, Report.held_from == S.IN_PROGRESS),
)
_VIEW = (
    RoutingModel.id,
    RoutingModel.state,
    RoutingModel.metrics,
    RoutingModel.trained_on,
    RoutingModel.trained_by,
    RoutingModel.trained_at,
    RoutingModel.compared_with,
    RoutingModel.activated_by,
    RoutingModel.activated_at,
    func.octet_length(RoutingModel.blob).label("size_bytes"),
)


async def active_id(session: AsyncSession) -> int | None:
    """The model in force; the partial unique index lets there be one at most."""
    found: int | None = await session.scalar(select(RoutingModel.id).where(RoutingModel.state == ModelState.ACTIVE))
    return found


async def blob(session: AsyncSession, id: int) -> bytes | None:
    found: bytes | None = await session.scalar(select(RoutingModel.blob).where(RoutingModel.id == id))
    return found


async def models(session: AsyncSession, *, limit: int) -> Sequence[RowMapping]:
    """The newest first, without their weights."""
    found = await session.execute(select(*_VIEW).order_by(RoutingModel.id.desc()).limit(limit))
    return found.mappings().all()


async def model(session: AsyncSession, id: int) -> RowMapping | None:
    return (await session.execute(select(*_VIEW).where(RoutingModel.id == id))).mappings().one_or_none()


async def former(session: AsyncSession, id: int) -> int | None:
    """The newest model before this one that has been in force."""
    statement = select(func.max(RoutingModel.id)).where(RoutingModel.state == ModelState.RETIRED, RoutingModel.id < id)
    found: int | None = await session.scalar(statement)
    return found


async def add_model(session: AsyncSession, **values: Any) -> int:
    added: int | None = await session.scalar(insert(RoutingModel).values(**values).returning(RoutingModel.id))
    assert added is not None
    return added


async def lock_models(session: AsyncSession) -> None:
    """One change of the model in force at a time; the others wait and see what it has made."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('routing_models'))"))


async def put_in_force(session: AsyncSession, id: int, *, actor: str, now: datetime) -> None:
    """The one in force retires first: the index lets there be one only."""
    await put_out_of_force(session)
    chosen = update(RoutingModel).where(RoutingModel.id == id)
    await session.execute(chosen.values(state=ModelState.ACTIVE, activated_by=actor, activated_at=now))


async def put_out_of_force(session: AsyncSession) -> None:
    """The one that is in force, if any is."""
    await session.execute(
        update(RoutingModel).where(RoutingModel.state == ModelState.ACTIVE).values(state=ModelState.RETIRED)
    )


async def try_to_renew(session: AsyncSession) -> bool:
    """Whether this transaction alone learns anew, until it ends; a lock that costs no transaction id while it does."""
    return bool(await session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('routing_models_renewal'))")))


async def was_learned_since(session: AsyncSession, instant: datetime, *, format: int) -> bool:
    """Whether some model, whatever became of it, that this release can read."""
    ours = func.substring(RoutingModel.blob, len(MAGIC) + 1, 1) == bytes([format])
    return bool(await session.scalar(select(exists().where(RoutingModel.trained_at >= instant, ours))))


@dataclass(frozen=True, slots=True)
class Saying:
    """What the model in force said of a report when it was new, and whether an agency has borne it out."""

    probability: float
    leads: tuple[float, float]
    right: bool


async def sayings(session: AsyncSession, *, since: datetime) -> list[Saying]:
    """Of each report received since then that an agency has confirmed: what was said of it first. No secret ones."""
    said = RoutingDecision.explanation["prediction"]
    first = (
        select(
            RoutingDecision.report_id,
            said["likely"][0]["agency"].as_string().label("agency"),
            said["likely"][0]["probability"].as_float().label("probability"),
            said["leads"][0].as_float().label("one"),
            said["leads"][1].as_float().label("other"),
            Report.agency_code,
        )
        .distinct(RoutingDecision.report_id)
        .join(Report, Report.id == RoutingDecision.report_id)
        .where(_CONFIRMED, Report.agency_code.is_not(None), Report.secret.is_(False), Report.received_at >= since)
        .where(said["model"].as_string().is_not(None))
        .order_by(RoutingDecision.report_id, RoutingDecision.decided_at)
        .subquery()
    )
    rows = await session.execute(select(first).where(first.c.one.is_not(None), first.c.probability.is_not(None)))
    return [Saying(row.probability, (row.one, row.other), row.agency == row.agency_code) for row in rows]


@dataclass(frozen=True, slots=True)
class Disposition:
    """A report that an agency has made its own."""

    inquiry: Inquiry
    agency: str
    returned: bool  #: another agency had said that it was not theirs


async def dispositions(
    session: AsyncSession, *, since: datetime | None, until: datetime | None, limit: int
) -> list[Disposition]:
    """The newest ones, in the order in which they were received.

    Anybody may ask a model about any word and place, by a preview: so it learns from no secret report, and of every
    other one what everybody may know of its words and its place. A text that is not masked yet teaches nothing.
    """
    rows = (await session.execute(_confirmed(since, until).limit(limit))).all()
    returned = await _returned(session, [row.id for row in rows])
    return [
        Disposition(_inquiry(row), row.agency_code, row.id in returned)
        for row in reversed(rows)
        if row.agency_code not in returned.get(row.id, ())
    ]


def _confirmed(since: datetime | None, until: datetime | None) -> Select[Any]:
    statement = (
        select(
            Report.id,
            PublicText.title,
            PublicText.body,
            Report.received_at,
            Report.category_code,
            Report.subject_code,
            Report.public_region_code,
            Report.location_text,
            Report.place_latitude,
            Report.place_longitude,
            Report.agency_code,
        )
        .join(PublicText, PublicText.report_id == Report.id)
        .where(_CONFIRMED, Report.agency_code.is_not(None), Report.secret.is_(False))
        .order_by(Report.received_at.desc(), Report.id.desc())
    )
    if since is not None:
        statement = statement.where(Report.received_at >= since)
    if until is not None:
        statement = statement.where(Report.received_at < until)
    return statement


async def _returned(session: AsyncSession, reports: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Who said of which report that it is not theirs."""
    agency = EventRow.data["previous_agency"].as_string()
    found: dict[UUID, set[str]] = {}
    for start in range(0, len(reports), 1_000):
        chunk = reports[start : start + 1_000]
        statement = select(EventRow.report_id, agency).where(
            EventRow.report_id.in_(chunk),
            EventRow.type == EventType.REPORT_RETURNED.value,
            EventRow.actor.not_like("service:%"),  # the agency had ended: nobody said so
        )
        for report, code in (await session.execute(statement)).all():
            found.setdefault(report, set()).add(code)
    return found


def _inquiry(row: Any) -> Inquiry:
    return Inquiry(
        title=row.title,
        body=row.body,
        received_on=row.received_at.date(),
        category=row.category_code,
        subject=row.subject_code,
        region=row.public_region_code,
        location_text=row.location_text,
        latitude=row.place_latitude,
        longitude=row.place_longitude,
    )
