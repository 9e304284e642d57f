from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities.sealing import COLUMNS, FIELDS
from shared.domain.erasure import ERASED, NO_SALT
from shared.domain.lifecycle import OPEN, Status
from shared.domain.messages import BY_REPORTER
from shared.schema import IdempotencyKey, MediaLink, Message, Report, Reporter

#: Of a report whose work has ended.
ENDED = sorted(frozenset(Status) - OPEN)


async def empty_columns(session: AsyncSession, report: Report) -> None:
    """What intake_api keeps of a person; the chain of the report is locked. What others keep goes when they hear."""
    await session.execute(
        update(Report)
        .where(Report.id == report.id)
        .values(
            title=ERASED, body=ERASED, salt=NO_SALT, location_text=None, latitude=None, longitude=None,
            external_reference=None, entered_by=None, reporter_reference_hash=None,
        )
    )  # fmt: skip
    if report.reporter_id is not None:
        nothing = dict.fromkeys((*FIELDS, *COLUMNS))
        await session.execute(update(Reporter).where(Reporter.id == report.reporter_id).values(nothing))
    theirs = Message.report_id == report.id, Message.kind.in_(sorted(BY_REPORTER))
    await session.execute(update(Message).where(*theirs).values(body=ERASED, salt=NO_SALT))
    await session.execute(delete(MediaLink).where(MediaLink.report_id == report.id))
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.report_id == report.id))


async def numbers_of(
    session: AsyncSession, phones: Sequence[bytes], emails: Sequence[bytes]
) -> Sequence[tuple[UUID, str]]:
    """The reports of whoever has one of these phones or addresses, by the keyed indexes."""
    statement = (
        select(Report.id, Report.tracking_number)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .where(or_(Reporter.phone_index.in_(phones), Reporter.email_index.in_(emails)))
        .order_by(Report.id)
    )
    return [(row.id, row.tracking_number) for row in await session.execute(statement)]


# Nothing has happened to it since but what the clocks say; the salt of one that was erased is empty.
_OVER = """
    FROM reports r JOIN chains c ON c.report_id = r.id
    JOIN events e ON e.report_id = r.id AND e.seq = c.fact_seq
    WHERE r.status = ANY (CAST(:ended AS text[])) AND r.salt <> ''::bytea
      AND r.classification = :classification AND r.channel = ANY (CAST(:channels AS text[]))
      AND e.recorded_at < :before
"""
_COUNT = text(f"SELECT count(*) AS reports, min(e.recorded_at) AS oldest {_OVER}")
_NEXT = text(f"SELECT r.id, r.tracking_number {_OVER} AND r.id > :after ORDER BY r.id LIMIT :limit")


async def count_over(
    session: AsyncSession, *, classification: str, channels: Iterable[str], before: datetime
) -> tuple[int, datetime | None]:
    """How many reports have been kept long enough, and when the oldest of them was last touched."""
    parameters = {"ended": ENDED, "classification": classification, "channels": list(channels), "before": before}
    row = (await session.execute(_COUNT, parameters)).one()
    return row.reports, row.oldest


async def next_over(
    session: AsyncSession, *, classification: str, channels: Iterable[str], before: datetime, after: UUID, limit: int
) -> Sequence[Row[tuple[UUID, str]]]:
    parameters = {
        "ended": ENDED, "classification": classification, "channels": list(channels), "before": before, "after": after,
        "limit": limit,
    }  # fmt: skip
    return (await session.execute(_NEXT, parameters)).all()
