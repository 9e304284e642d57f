"""All SQL that only the pages of rules ask: who has changed a calendar, and since when clocks run that would move."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Agency, Clock, Officer, RegistryEvent


async def last_change(session: AsyncSession, id: int) -> Row[Any] | None:
    """Who has changed a version of the calendar or its days, by the log of the registry: by its index on (subject, key,
    seq). `name`: of an officer.
    """
    of_it = and_(RegistryEvent.subject.in_(("calendars", "calendar_days")), RegistryEvent.key == str(id))
    subject = func.split_part(RegistryEvent.actor, ":", 2)
    statement = (
        select(RegistryEvent.seq, RegistryEvent.actor, RegistryEvent.recorded_at, Officer.name)
        .outerjoin(Officer, Officer.subject == subject)
        .where(of_it)
        .order_by(RegistryEvent.seq.desc())
        .limit(1)
    )
    return (await session.execute(statement)).first()


async def beginnings(session: AsyncSession, report_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Of the clocks of a few reports, by the primary key."""
    statement = (
        select(Clock.report_id, Clock.stage, Clock.opened_seq, Clock.started_at, Clock.time_zone, Agency.region_code)
        .outerjoin(Agency, Agency.code == Clock.agency_code)
        .where(Clock.report_id.in_(report_ids))
    )
    return (await session.execute(statement)).all()
