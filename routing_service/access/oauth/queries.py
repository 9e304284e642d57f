"""All SQL of the issuer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import and_, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import class_mapper

from shared.schema import (
    AccountNotice,
    AuthorizationCode,
    LoginSession,
    RefreshToken,
    RevokedToken,
    TokenFamily,
    UsedAssertion,
)  # fmt: skip

Passing: TypeAlias = (
    AccountNotice | UsedAssertion | AuthorizationCode | LoginSession | RevokedToken | RefreshToken | TokenFamily
)
_ANEW = {"populate_existing": True}


async def use_assertion(session: AsyncSession, account_id: str, jti: str, *, expires_at: datetime) -> bool:
    """False: it was used before. Of several that come at once the unique key lets one through."""
    statement = (
        insert(UsedAssertion)
        .values(account_id=account_id, jti=jti, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    return (await session.scalars(statement)).one_or_none() is not None


async def add_code(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(AuthorizationCode).values(**values))


async def lock_code(session: AsyncSession, code_hash: bytes) -> AuthorizationCode | None:
    """Two exchanges of one code take turns."""
    statement = select(AuthorizationCode).where(AuthorizationCode.code_hash == code_hash)
    return (await session.scalars(statement.with_for_update(key_share=True), execution_options=_ANEW)).one_or_none()


async def add_family(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(TokenFamily).values(**values))


async def add_refresh_token(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(RefreshToken).values(**values))


async def refresh_token(
    session: AsyncSession, token_hash: bytes, *, lock: bool = False
) -> tuple[RefreshToken, TokenFamily] | None:
    """`lock`: two who bring it at once take turns, and the second finds it used."""
    statement = (
        select(RefreshToken, TokenFamily)
        .join(TokenFamily, TokenFamily.id == RefreshToken.family_id)
        .where(RefreshToken.token_hash == token_hash)
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
    row = (await session.execute(statement, execution_options=_ANEW)).one_or_none()
    return None if row is None else (row[0], row[1])


async def family_has_ended(session: AsyncSession, id: UUID) -> bool:
    statement = select(TokenFamily.ended_at).where(TokenFamily.id == id)
    return (await session.scalar(statement)) is not None


async def end_family(session: AsyncSession, id: UUID, *, by: str) -> None:
    """Its refresh tokens and its access tokens; by the clock that every process asks by."""
    lives = and_(TokenFamily.id == id, TokenFamily.ended_at.is_(None))
    await session.execute(update(TokenFamily).where(lives).values(ended_at=func.now(), ended_by=by))


async def revoke(session: AsyncSession, jti: str, *, expires_at: datetime) -> None:
    values = {"jti": jti, "revoked_at": func.now(), "expires_at": expires_at}
    await session.execute(insert(RevokedToken).values(**values).on_conflict_do_nothing())


async def is_revoked(session: AsyncSession, jti: str) -> bool:
    return await session.scalar(select(RevokedToken.jti).where(RevokedToken.jti == jti)) is not None


#: What ends by itself, in the order in which rows may go: a family goes after its tokens.
PASSING: tuple[type[Passing], ...] = (
    AccountNotice, UsedAssertion, AuthorizationCode, LoginSession, RevokedToken, RefreshToken, TokenFamily,
)  # fmt: skip


async def forget_passed(session: AsyncSession, model: type[Passing], *, before: datetime, limit: int) -> int:
    """What ended before this instant, by the index on it; several processes pass over each other's rows."""
    key = class_mapper(model).primary_key
    over = select(*key).where(model.expires_at < before)
    if model is TokenFamily:
        over = over.where(~select(RefreshToken.family_id).where(RefreshToken.family_id == TokenFamily.id).exists())
    rows = over.limit(limit).with_for_update(skip_locked=True)
    deleted = await session.execute(delete(model).where(tuple_(*key).in_(rows)).returning(*key))
    return len(deleted.all())
