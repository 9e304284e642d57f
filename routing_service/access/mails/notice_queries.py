from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import AccountNotice


async def notice_is_due(session: AsyncSession, *, now: datetime) -> bool:
    return await session.scalar(select(AccountNotice.id).where(*_due(now)).limit(1)) is not None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Nobody is told today of what happened before there was a mail server."""
    return AccountNotice.due_at <= now, AccountNotice.expires_at > now


async def waiting_notices(session: AsyncSession) -> int:
    """Of the whole table, which is small: one that went out has no row."""
    return await session.scalar(select(func.count()).select_from(AccountNotice)) or 0


async def claim_notice(session: AsyncSession, *, now: datetime, until: datetime) -> AccountNotice | None:
    """The one that is due longest, put off until then: nobody else takes it up before."""
    first = (
        select(AccountNotice.id).where(*_due(now)).order_by(AccountNotice.due_at).limit(1)
        .with_for_update(skip_locked=True).scalar_subquery()
    )  # fmt: skip
    taken = update(AccountNotice).where(AccountNotice.id == first).values(due_at=until).returning(AccountNotice)
    return (await session.scalars(taken, execution_options={"populate_existing": True})).one_or_none()


async def settle_notice(session: AsyncSession, id: UUID, *, claimed: datetime) -> None:
    """Unless somebody else has taken it up meanwhile."""
    await session.execute(delete(AccountNotice).where(AccountNotice.id == id, AccountNotice.due_at == claimed))


async def postpone_notice(
    session: AsyncSession, id: UUID, *, claimed: datetime, due_at: datetime, attempts: int
) -> None:
    ours = (AccountNotice.id == id, AccountNotice.due_at == claimed)
    await session.execute(update(AccountNotice).where(*ours).values(due_at=due_at, attempts=attempts))
