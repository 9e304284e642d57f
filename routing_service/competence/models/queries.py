"""SQL of the models and of what they are learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.learning.storage import FORMAT, MAGIC
from routing_service.competence.learning.training import Saying
from shared.domain.lifecycle import Status
from shared.domain.states import ModelState
from shared.log.events import EventType
from shared.schema import EventRow, PublicText, Report, RoutingDecision, RoutingModel

#: An agency works on it or has answered it: that is where it belonged.
_CONFIRMED = or_(
    Report.status.in_((Status.IN_PROGRESS, Status.ANSWERED, Status.CLOSED)),
    and_(Report.status == Status.AWAITING_REPORTER, Report.held_from == Status.IN_PROGRESS),
)
#: All of a model but its weights.
_VIEW = (
    *(column for column in RoutingModel.__table__.c if column.name != "blob"),
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


async def was_learned_since(session: AsyncSession, instant: datetime) -> bool:
    """Whether some model, whatever became of it, that this release can read."""
    ours = func.substring(RoutingModel.blob, 1, len(MAGIC) + 1) == MAGIC + bytes([FORMAT])
    return bool(await session.scalar(select(exists().where(RoutingModel.trained_at >= instant, ours))))


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


#: Who said of a report that it is not theirs.
_RETURNED_BY = (
    select(func.array_agg(EventRow.data["previous_agency"].as_string()))
    .where(EventRow.report_id == Report.id, EventRow.type == EventType.REPORT_RETURNED.value)
    .where(EventRow.actor.not_like("service:%"))  # the agency had ended: nobody said so
    .scalar_subquery()
)
#: What is learned from, by its name in an inquiry: of the place no more than everybody may know.
_PUBLIC: Mapping[str, Any] = {
    "title": PublicText.title,
    "body": PublicText.body,
    "category": Report.category_code,
    "subject": Report.subject_code,
    "region": Report.public_region_code,
    "location_text": Report.location_text,
    "latitude": Report.place_latitude,
    "longitude": Report.place_longitude,
}


async def dispositions(
    session: AsyncSession, *, since: datetime | None, until: datetime | None, limit: int
) -> list[Disposition]:
    """The newest ones, in the order in which they were received.

    Anybody may ask a model about any word and place, by a preview: so it learns from no secret report, and of every
    other one what everybody may know of its words and its place. A text that is not masked yet teaches nothing.
    """
    columns = [column.label(name) for name, column in _PUBLIC.items()]
    statement = (
        select(Report.received_at, Report.agency_code, _RETURNED_BY.label("returned_by"), *columns)
        .join(PublicText, PublicText.report_id == Report.id)
        .where(_CONFIRMED, Report.agency_code.is_not(None), Report.secret.is_(False))
        .order_by(Report.received_at.desc(), Report.id.desc())
        .limit(limit)
    )
    if since is not None:
        statement = statement.where(Report.received_at >= since)
    if until is not None:
        statement = statement.where(Report.received_at < until)
    return [
        Disposition(_inquiry(row), row.agency_code, row.returned_by is not None)
        for row in reversed((await session.execute(statement)).all())
        if row.agency_code not in (row.returned_by or ())
    ]


def _inquiry(row: Row[Any]) -> Inquiry:
    return Inquiry(received_on=row.received_at.date(), **{name: row._mapping[name] for name in _PUBLIC})
