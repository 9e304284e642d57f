from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.gathering import Ways, way
from shared.schema import MailStop, NewsChoice, Reporter

_WAY_OF = text(
    f"""
    SELECT way.channel, way.reason, c.channel AS chosen, c.language, c.changed_at
    FROM reports r {way(type="NULL::text", kind="'received'")} WHERE r.id = :report_id
    """
)


async def way_of(session: AsyncSession, report_id: UUID, ways: Ways) -> Row[Any]:
    """What was chosen, and by what the reporter would be told now, or why not."""
    return (await session.execute(_WAY_OF, {"report_id": report_id} | ways.parameters())).one()


async def choose(
    session: AsyncSession, report_id: UUID, *, channel: str | None, language: str | None, now: datetime
) -> None:
    values = {"channel": channel, "language": language, "changed_at": now}
    statement = insert(NewsChoice).values(report_id=report_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["report_id"], set_=values))


async def choose_none(session: AsyncSession, report_id: UUID, *, now: datetime) -> None:
    """The language stays as it was chosen."""
    statement = insert(NewsChoice).values(report_id=report_id, channel="none", changed_at=now)
    set_ = {"channel": "none", "changed_at": now}
    await session.execute(statement.on_conflict_do_update(index_elements=["report_id"], set_=set_))


async def lift_stop(session: AsyncSession, reporter_id: UUID, *, handed_in: datetime) -> None:
    """Whoever asks for mails again gets them: with a report from before the stop. One that came later may be of anybody
    who writes that address into it.
    """
    reporter = await session.get(Reporter, reporter_id)
    if reporter is not None and reporter.email_index is not None:
        stopped = (MailStop.address_index == reporter.email_index, MailStop.stopped_at >= handed_in)
        await session.execute(delete(MailStop).where(*stopped))
