from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, Text, false, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.erasure import ERASED, NO_SALT
from shared.domain.officers import NotificationState
from shared.http.wire import Instant
from shared.queries.reach import Reach
from shared.schema import Acknowledgement, Escalation, Notification, Officer, Report
from sla_monitor.clocks.queries import Filters, bound


class Position(NamedTuple):
    """Where a page ended."""

    recorded_at: Instant
    id: UUID


@dataclass(frozen=True, slots=True)
class Kinds:
    kind: str | None
    notify: bool | None
    revoked: bool | None


#: In which roles officers are told, whoever the step names: the next above, where nobody has the role.
_TOLD = (
    select(func.array_agg(Officer.role.cast(Text).distinct()))
    .join(Notification, Notification.officer_id == Officer.id)
    .where(Notification.escalation_id == Escalation.id, Notification.state != NotificationState.DROPPED)
    .correlate(Escalation)
    .scalar_subquery()
    .label("told")
)


def _select() -> Select[Any]:
    table = Escalation
    columns = (
        table.id, table.report_id, Report.tracking_number, table.stage, table.opened_seq, table.step_code,
        table.kind, table.level, table.agency_code, table.step_at, table.recorded_at, table.recipients,
        table.late_entry, table.notify, table.revoked_at, Acknowledgement.acknowledged_at, Acknowledgement.actor,
        Acknowledgement.note, _TOLD,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Report, Report.id == table.report_id)
        .join(Acknowledgement, Acknowledgement.escalation_id == table.id, isouter=True)
    )


async def escalation(session: AsyncSession, id: UUID, scope: Reach) -> Row[Any] | None:
    return (await session.execute(_select().where(Escalation.id == id, scope.condition()))).first()


async def escalations(
    session: AsyncSession, filters: Filters, kinds: Kinds, scope: Reach, *, as_of: datetime | None,
    after: Position | None, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """The newest first, by the index on the instant of recording."""
    table = Escalation
    order = (table.recorded_at, table.id)
    statement = (
        _select()
        .where(scope.condition(), *filters.on(table))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if kinds.kind is not None:
        statement = statement.where(table.kind == kinds.kind)
    if kinds.notify is not None:
        statement = statement.where(table.notify == kinds.notify)
    if kinds.revoked is not None:
        revoked = table.revoked_at.is_not(None) if as_of is None else func.coalesce(table.revoked_at <= as_of, false())
        statement = statement.where(revoked if kinds.revoked else ~revoked)
    if as_of is not None:
        statement = statement.where(table.recorded_at <= as_of)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*map(bound, order, after)))
    return (await session.execute(statement)).all()


async def find_escalation(session: AsyncSession, escalation_id: UUID, scope: Reach) -> Escalation | None:
    """The escalation, if its report is in the scope; read anew, since it is asked for again under the chain's lock."""
    statement = (
        select(Escalation)
        .join(Report, Report.id == Escalation.report_id)
        .where(Escalation.id == escalation_id, scope.condition())
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def acknowledgement(session: AsyncSession, escalation_id: UUID) -> Acknowledgement | None:
    return await session.get(Acknowledgement, escalation_id)


async def erase_notes(session: AsyncSession, report_ids: Collection[UUID]) -> None:
    """What officers wrote when they acknowledged escalations of these reports."""
    theirs = select(Escalation.id).where(Escalation.report_id.in_(report_ids))
    notes = update(Acknowledgement).where(Acknowledgement.escalation_id.in_(theirs))
    await session.execute(notes.values(note=ERASED, salt=NO_SALT))
