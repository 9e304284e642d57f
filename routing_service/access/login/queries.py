"""All SQL of the page: who is logged in, and what they prove themselves by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Account, LoginSession, Passkey, TokenFamily


async def add_log_in(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(LoginSession).values(**values))


async def log_in(session: AsyncSession, cookie_hash: bytes, *, now: datetime) -> LoginSession | None:
    good = and_(LoginSession.cookie_hash == cookie_hash, LoginSession.expires_at > now)
    return (await session.scalars(select(LoginSession).where(good))).one_or_none()


async def end_log_in(session: AsyncSession, cookie_hash: bytes) -> bool:
    """False: somebody else ended it first, by the lock of its row."""
    statement = delete(LoginSession).where(LoginSession.cookie_hash == cookie_hash)
    return await session.scalar(statement.returning(LoginSession.cookie_hash)) is not None


async def end_log_ins(session: AsyncSession, account_id: str) -> None:
    """In every browser."""
    await session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))


async def end_families(session: AsyncSession, account_id: str, *, by: str, now: datetime) -> None:
    lives = and_(TokenFamily.account_id == account_id, TokenFamily.ended_at.is_(None), TokenFamily.expires_at > now)
    await session.execute(update(TokenFamily).where(lives).values(ended_at=func.now(), ended_by=by))


async def take_step(session: AsyncSession, account_id: str, step: int) -> bool:
    """False: the code of this step, or of a later one, was used. Two at once take turns by the lock of the row."""
    unused = and_(Account.id == account_id, or_(Account.totp_step.is_(None), Account.totp_step < step))
    return await session.scalar(update(Account).where(unused).values(totp_step=step).returning(Account.id)) is not None


async def set_totp(session: AsyncSession, account_id: str, sealed: bytes, *, step: int | None = None) -> None:
    """In place of any other; `step`: that of the code that proved it, which is used up."""
    values = {"totp_secret": sealed, "totp_step": step}
    await session.execute(update(Account).where(Account.id == account_id).values(values))


async def passkeys(session: AsyncSession, account_id: str) -> Sequence[Passkey]:
    return (await session.scalars(select(Passkey).where(Passkey.account_id == account_id))).all()


async def add_passkey(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: somebody has it already."""
    statement = insert(Passkey).values(**values).on_conflict_do_nothing().returning(Passkey.account_id)
    return await session.scalar(statement) is not None


async def use_passkey(session: AsyncSession, credential_id: bytes, *, sign_count: int, now: datetime) -> None:
    named = Passkey.credential_id == credential_id
    await session.execute(update(Passkey).where(named).values(sign_count=sign_count, last_used_at=now))
