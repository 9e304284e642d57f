from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.messages import INTERNAL, MessageKind
from shared.queries.agency_names import name_at
from shared.queries.reach import Reach
from shared.schema import Agency, EventRow, Message, Region, Report


async def report(session: AsyncSession, reference: UUID | str) -> Row[Any] | None:
    """The report with the names of its agency and region; nothing of its reporter."""
    known = Report.id == reference if isinstance(reference, UUID) else Report.tracking_number == reference
    statement = (
        select(
            Report.id, Report.tracking_number, Report.title, Report.body, Report.salt, Report.verified_title,
            Report.classification, Report.supervisory, Report.category_code, Report.status, Report.anonymous,
            Report.secret, Report.channel, Report.occurred_on, Report.location_text, Report.latitude, Report.longitude,
            Report.received_at, Report.recorded_at, Report.about_region_code, Region.name.label("region_name"),
            Report.agency_code, name_at(Report.received_at).label("agency_name"),
        )
        .join(Region, Region.code == Report.about_region_code, isouter=True)
        .join(Agency, Agency.code == Report.agency_code, isouter=True)
        .where(known)
    )  # fmt: skip
    return (await session.execute(statement)).one_or_none()


async def is_reached(session: AsyncSession, report_id: UUID, reach: Reach) -> bool:
    return await session.scalar(select(Report.id).where(Report.id == report_id, reach.condition())) is not None


async def messages(session: AsyncSession, report_id: UUID) -> Sequence[Row[Any]]:
    """What the reporter and the agencies wrote to each other: no internal notes, and no reasons of a custodian."""
    hidden = sorted(INTERNAL | {MessageKind.IDENTITY_REASON})
    statement = (
        select(
            Message.id, Message.kind, Message.body, Message.salt, Message.agency_code, Message.created_at,
            Message.corrects,
            name_at(Message.created_at).label("agency_name"),
        )
        .join(Agency, Agency.code == Message.agency_code, isouter=True)
        .where(Message.report_id == report_id, Message.kind.not_in(hidden))
        .order_by(Message.created_at, Message.id)
    )  # fmt: skip
    return (await session.execute(statement)).all()


async def chain(session: AsyncSession, report_id: UUID) -> Sequence[Row[Any]]:
    """Every event with its `data` exactly as it was hashed."""
    statement = (
        select(
            EventRow.id, EventRow.report_id, EventRow.seq, EventRow.type, EventRow.occurred_at, EventRow.recorded_at,
            EventRow.actor,
            cast(EventRow.data, Text).label("data"), EventRow.previous_hash, EventRow.hash,
        )
        .where(EventRow.report_id == report_id)
        .order_by(EventRow.seq)
    )  # fmt: skip
    return (await session.execute(statement)).all()
