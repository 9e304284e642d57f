"""Who may use a token of the issuer, for the picture that every process keeps of it (shared/http/standings.py)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.accounts import AccountState
from shared.schema import Account, Agency, Officer, RevokedToken, TokenFamily

ROLE = func.coalesce(Officer.role, Account.role).label("role")
AGENCY = func.coalesce(Officer.agency_code, Account.agency_code).label("agency")
#: Of the officer and the agency; the account's own state is another matter.
IN_SERVICE = and_(func.coalesce(Officer.active, True), func.coalesce(Agency.active, True)).label("in_service")
_STANDS = and_(Account.state == AccountState.ACTIVE, IN_SERVICE).label("stands")


def of_accounts(*columns: Any) -> Select[Any]:
    """Role and agency of an officer are those of `officers`."""
    joined = select(*columns).select_from(Account).outerjoin(Officer, Officer.id == Account.officer_id)
    return joined.outerjoin(Agency, Agency.code == func.coalesce(Officer.agency_code, Account.agency_code))


_ACCOUNTS = of_accounts(Account.id, Account.epoch, Account.scopes, ROLE, AGENCY, _STANDS)


async def time(session: AsyncSession) -> datetime:
    """By the clock that stamps the changes."""
    now: datetime = (await session.scalars(select(func.clock_timestamp()))).one()
    return now


async def standing_of_account(session: AsyncSession, account_id: str) -> Row[Any] | None:
    """One account as it is at this moment: role, agency, scopes, and whether it stands."""
    return (await session.execute(_ACCOUNTS.where(Account.id == account_id))).one_or_none()


async def page(session: AsyncSession, *, after: str, limit: int) -> Sequence[Row[Any]]:
    """All accounts that stand, in the order of their ids."""
    statement = _ACCOUNTS.where(Account.id > after, _STANDS).order_by(Account.id).limit(limit)
    return (await session.execute(statement)).all()


async def changed(session: AsyncSession, *, since: datetime, limit: int) -> Sequence[Row[Any]]:
    """By the index on changed_at. Triggers note there what changes of an officer and of an agency, too."""
    return (await session.execute(_ACCOUNTS.where(Account.changed_at >= since).limit(limit))).all()


async def revoked(session: AsyncSession, *, since: datetime) -> Sequence[Row[Any]]:
    """Tokens that were taken back one by one, and would be good still."""
    statement = select(RevokedToken.jti, RevokedToken.expires_at)
    return (
        await session.execute(statement.where(RevokedToken.revoked_at >= since, RevokedToken.expires_at > func.now()))
    ).all()


async def ended(session: AsyncSession, *, since: datetime, token: timedelta, log_in: timedelta) -> Sequence[Row[Any]]:
    """Families of tokens that ended, and log-ins at the pages: so long ago at most that something of them may still be
    good. By the index on ended_at.
    """
    statement = select(TokenFamily.id, TokenFamily.ended_at)
    of_pages = and_(TokenFamily.client_id.is_(None), TokenFamily.ended_at > func.now() - log_in)
    recent = or_(of_pages, TokenFamily.ended_at > func.now() - token)
    return (await session.execute(statement.where(TokenFamily.ended_at >= since, recent))).all()
