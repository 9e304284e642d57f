from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, CursorResult, Delete, Text, cast, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Evidence, Upload


async def add(session: AsyncSession, row: dict[str, Any]) -> None:
    await session.execute(insert(Upload).values(row))


async def find(session: AsyncSession, upload_id: UUID) -> Upload | None:
    return await session.get(Upload, upload_id, populate_existing=True)


async def lock_all(session: AsyncSession, upload_ids: Iterable[UUID]) -> Sequence[Upload]:
    """Locked in the order of their ids, so that two who name the same cannot deadlock."""
    statement = select(Upload).where(Upload.id.in_(set(upload_ids))).order_by(Upload.id)
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def claim(session: AsyncSession, upload_id: UUID, *, received: int, writer: UUID) -> bool:
    """From now on this request alone adds to it: an earlier one, whose connection has gone, can do so no more."""
    statement = update(Upload).where(Upload.id == upload_id, Upload.received == received, Upload.file_digest.is_(None))
    return await _changed(session, statement.values(writer=writer))


async def advance(
    session: AsyncSession, upload_id: UUID, *, writer: UUID, received: int, more: int, parts: Sequence[str]
) -> bool:
    """The parts are stored. False: a later request has taken it over, or it is gone."""
    statement = update(Upload).where(
        Upload.id == upload_id, Upload.received == received, Upload.writer == writer, Upload.file_digest.is_(None)
    )
    values = {
        "received": received + more,
        "parts": func.array_cat(Upload.parts, cast(list(parts), ARRAY(Text()))),
    }
    return await _changed(session, statement.values(values))


async def finish(session: AsyncSession, upload_id: UUID, digest: bytes, media_type: str, expires_at: datetime) -> bool:
    """False: another request has done it, or it is gone."""
    statement = update(Upload).where(Upload.id == upload_id, Upload.file_digest.is_(None))
    values: dict[str, Any] = {
        "file_digest": digest, "media_type": media_type, "parts": [], "writer": None, "expires_at": expires_at,
    }  # fmt: skip
    return await _changed(session, statement.values(values))


async def used(session: AsyncSession, upload_id: UUID, evidence_id: UUID) -> None:
    await session.execute(update(Upload).where(Upload.id == upload_id).values(evidence_id=evidence_id))


async def remove(session: AsyncSession, upload_id: UUID) -> bool:
    return await _changed(session, delete(Upload).where(Upload.id == upload_id))


class Removed(NamedTuple):
    """`parts`: the names of those that lie in the store."""

    id: UUID
    parts: Sequence[str]


async def remove_of_report(session: AsyncSession, report_id: UUID) -> Sequence[Removed]:
    """What was sent for a report, or has become evidence of it."""
    proving = select(Evidence.id).where(Evidence.report_id == report_id)
    theirs = or_(Upload.report_id == report_id, Upload.evidence_id.in_(proving))
    return await _removed(session, delete(Upload).where(theirs))


async def remove_expired(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[Removed]:
    """A batch; what another copy is removing, or somebody is adding to, is passed over."""
    over = (
        select(Upload.id)
        .where(Upload.expires_at < before)
        .order_by(Upload.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _removed(session, delete(Upload).where(Upload.id.in_(over)))


async def _removed(session: AsyncSession, statement: Delete) -> Sequence[Removed]:
    return [Removed(row.id, row.parts) for row in await session.execute(statement.returning(Upload.id, Upload.parts))]


async def parts_in_use(session: AsyncSession, upload_ids: Iterable[UUID]) -> set[tuple[UUID, str]]:
    statement = select(Upload.id, func.unnest(Upload.parts)).where(Upload.id.in_(set(upload_ids)))
    return {(row[0], row[1]) for row in await session.execute(statement)}


async def uploads_of_key(session: AsyncSession, key_id: str) -> int:
    statement = select(func.count()).select_from(Upload).where(Upload.key_id == key_id)
    return await session.scalar(statement) or 0


async def count_older(session: AsyncSession, key_id: str) -> int:
    """How many are wrapped under other keys than this one."""
    statement = select(func.count()).select_from(Upload).where(Upload.key_id != key_id)
    return await session.scalar(statement) or 0


async def older(session: AsyncSession, key_id: str, *, after: UUID, limit: int) -> Sequence[Upload]:
    """Wrapped under other keys than this one, locked, in the order of the primary key."""
    statement = (
        select(Upload)
        .where(Upload.id > after, Upload.key_id != key_id)
        .order_by(Upload.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.scalars(statement)).all()


async def wrap_anew(session: AsyncSession, upload_id: UUID, *, wrapped_key: bytes, key_id: str) -> None:
    where = Upload.id == upload_id
    await session.execute(update(Upload).where(where).values(wrapped_key=wrapped_key, key_id=key_id))


async def _changed(session: AsyncSession, statement: Any) -> bool:
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
