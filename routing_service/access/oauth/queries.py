"""All SQL of the issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.domain.accounts import AccountKind, AccountState
from shared.schema import Account, Agency, ClientKey, ClientSecret, UsedAssertion


@dataclass(frozen=True, slots=True)
class System:
    """A registered client. Without any secret or key it is a public one: nothing that it holds stays secret."""

    id: str
    gets_in: bool
    role: Role
    agency: str | None
    scopes: list[str]
    grants: list[str]
    redirect_uris: list[str]
    epoch: int
    secret_hashes: list[bytes]  #: those that have not expired
    keys: Mapping[str, Mapping[str, Any]]  #: by `kid`
    is_public: bool


async def system(session: AsyncSession, id: str, *, now: datetime) -> System | None:
    of = ClientSecret.account_id == Account.id
    lives = or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > now)
    hashes = func.array(select(ClientSecret.secret_hash).where(of, lives).correlate(Account).scalar_subquery())
    keys = (
        select(func.jsonb_object_agg(ClientKey.kid, ClientKey.jwk))
        .where(ClientKey.account_id == Account.id)
        .scalar_subquery()
    )
    gets_in = and_(Account.state == AccountState.ACTIVE, func.coalesce(Agency.active, True))
    columns = (
        Account.id, gets_in.label("gets_in"), Account.role, Account.agency_code, Account.scopes, Account.grants,
        Account.redirect_uris, Account.epoch, hashes.label("hashes"), keys.label("keys"),
        select(ClientSecret.id).where(of).exists().label("has_secrets"),
    )  # fmt: skip
    named = and_(Account.id == id, Account.kind == AccountKind.SYSTEM)
    statement = select(*columns).outerjoin(Agency, Agency.code == Account.agency_code).where(named)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    return System(
        row.id, row.gets_in, Role(row.role), row.agency_code, row.scopes, row.grants, row.redirect_uris, row.epoch,
        row.hashes, row.keys or {}, is_public=not row.keys and not row.has_secrets,
    )  # fmt: skip


async def use_assertion(session: AsyncSession, account_id: str, jti: str, *, expires_at: datetime) -> bool:
    """False: it was used before. Of several that come at once the unique key lets one through."""
    statement = (
        insert(UsedAssertion)
        .values(account_id=account_id, jti=jti, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    return (await session.scalars(statement)).one_or_none() is not None
