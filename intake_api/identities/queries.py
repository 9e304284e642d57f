from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.ids import new_id
from shared.schema import IdentityLook, Report, Reporter


class Asked(NamedTuple):
    """Of whom something is asked."""

    report_id: UUID
    anonymous: bool
    reporter: Reporter | None


async def asked_of(session: AsyncSession, report_id: UUID) -> Asked | None:
    statement = (
        select(Report.id, Report.anonymous, Reporter)
        .join(Reporter, Reporter.id == Report.reporter_id, isouter=True)
        .where(Report.id == report_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Asked(*row)


async def record_look(
    session: AsyncSession, report_id: UUID, *, actor: str, agency: str | None, national_id: bool,
    request_id: str | None, at: datetime,
) -> None:  # fmt: skip
    row = {
        "id": new_id(), "report_id": report_id, "actor": actor, "agency_code": agency, "national_id": national_id,
        "request_id": request_id, "looked_at": at,
    }  # fmt: skip
    await session.execute(insert(IdentityLook).values(row))


async def change(session: AsyncSession, reporter_id: UUID, columns: dict[str, Any]) -> None:
    await session.execute(update(Reporter).where(Reporter.id == reporter_id).values(columns))


_IN_CLEAR = func.num_nonnulls(Reporter.name, Reporter.phone, Reporter.email, Reporter.national_id) > 0


async def count_in_clear(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Reporter).where(_IN_CLEAR)) or 0


async def in_clear(session: AsyncSession, *, limit: int) -> Sequence[Reporter]:
    """Not sealed yet, locked, by the index of those; what another copy is sealing is passed over."""
    statement = select(Reporter).where(_IN_CLEAR).order_by(Reporter.id).limit(limit)
    return (await session.scalars(statement.with_for_update(skip_locked=True, key_share=True))).all()


def _is_older(key_id: str, index_key_id: str) -> ColumnElement[bool]:
    return or_(Reporter.key_id != key_id, Reporter.index_key_id != index_key_id)


async def count_older(session: AsyncSession, key_id: str, index_key_id: str) -> int:
    statement = select(func.count()).select_from(Reporter).where(_is_older(key_id, index_key_id))
    return await session.scalar(statement) or 0


async def older(
    session: AsyncSession, key_id: str, index_key_id: str, *, after: UUID, limit: int
) -> Sequence[Reporter]:
    """Wrapped or found under other keys than these, locked, in the order of the primary key."""
    statement = (
        select(Reporter)
        .where(Reporter.id > after, _is_older(key_id, index_key_id))
        .order_by(Reporter.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.scalars(statement)).all()


async def count_of_key(session: AsyncSession, key_id: str) -> int:
    """How many rows need a key: to be opened, or to be found."""
    needed = or_(Reporter.key_id == key_id, Reporter.index_key_id == key_id)
    return await session.scalar(select(func.count()).select_from(Reporter).where(needed)) or 0
