from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts.known import Known, System
from shared.clients import Role
from shared.domain.accounts import AccountKind, AccountState
from shared.queries.standings import AGENCY, IN_SERVICE, ROLE, of_accounts
from shared.schema import (
    Account,
    Agency,
    ApiClient,
    ClientKey,
    ClientSecret,
    Invitation,
    InvitationMail,
    LoginSession,
    Officer,
    Passkey,
)

_NAME = func.coalesce(Officer.name, Account.name, "").label("name")
_ACCOUNTS = of_accounts(Account, ROLE, AGENCY, _NAME, IN_SERVICE).execution_options(populate_existing=True)


def _known(row: Row[Any]) -> Known:
    return Known(**_columns(row))


def _columns(row: Row[Any]) -> dict[str, Any]:
    account = row.Account
    return {
        "id": account.id, "kind": account.kind, "state": account.state, "epoch": account.epoch,
        "role": Role(row.role), "agency": row.agency, "scopes": tuple(account.scopes), "grants": tuple(account.grants),
        "redirect_uris": tuple(account.redirect_uris), "name": row.name, "email": account.email,
        "language": account.language, "officer_id": account.officer_id, "password_hash": account.password_hash,
        "totp_secret": account.totp_secret, "totp_step": account.totp_step, "in_service": row.in_service,
    }  # fmt: skip


async def system(session: AsyncSession, account_id: str, *, now: datetime) -> System | None:
    """With all that it may prove itself by; in one statement, since each request for a token asks it."""
    of = ClientSecret.account_id == Account.id
    lives = or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > now)
    hashes = func.array(select(ClientSecret.secret_hash).where(of, lives).correlate(Account).scalar_subquery())
    keys = select(func.jsonb_object_agg(ClientKey.kid, ClientKey.jwk)).where(ClientKey.account_id == Account.id)
    proofs = (
        hashes.label("hashes"), keys.scalar_subquery().label("keys"), select(ClientSecret.id).where(of).exists()
        .label("has_secrets"),
    )  # fmt: skip
    named = and_(Account.id == account_id, Account.kind == AccountKind.SYSTEM)
    row = (await session.execute(_ACCOUNTS.add_columns(*proofs).where(named))).one_or_none()
    if row is None:
        return None
    is_public = not row.keys and not row.has_secrets
    return System(**_columns(row), secret_hashes=row.hashes, keys=row.keys or {}, is_public=is_public)


async def _one(session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False) -> Known | None:
    statement = _ACCOUNTS.where(condition)
    if lock:
        statement = statement.with_for_update(of=Account, key_share=True)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _known(row)


async def account(session: AsyncSession, account_id: str, *, lock: bool = False) -> Known | None:
    """By its id, which of a system is its `client_id`. `lock`: what is decided on it holds until the commit."""
    return await _one(session, Account.id == account_id, lock=lock)


async def account_of_login(session: AsyncSession, email: str) -> Known | None:
    """The person with this name to log in with, in capitals or not; by the unique index."""
    return await _one(session, and_(func.lower(Account.email) == email.lower(), Account.kind == AccountKind.PERSON))


async def account_of_officer(session: AsyncSession, officer_id: UUID, *, lock: bool = False) -> Known | None:
    return await _one(session, Account.officer_id == officer_id, lock=lock)


async def lock_officer(session: AsyncSession, officer_id: UUID) -> Officer | None:
    """Two invitations at once take turns."""
    statement = select(Officer).where(Officer.id == officer_id).with_for_update(key_share=True)
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one_or_none()


async def add_account(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the id, the officer or the name to log in with has an account already."""
    statement = insert(Account).values(**values).on_conflict_do_nothing().returning(Account.id)
    return await session.scalar(statement) is not None


async def change_account(session: AsyncSession, account_id: str, values: Mapping[str, Any]) -> bool:
    """False: another person has the name to log in with."""
    try:
        async with session.begin_nested():
            await session.execute(update(Account).where(Account.id == account_id).values(**values))
    except IntegrityError:
        return False
    return True


async def set_subject(session: AsyncSession, officer_id: UUID, account_id: str) -> None:
    """By it the registry knows when the officer last acted."""
    await session.execute(update(Officer).where(Officer.id == officer_id).values(subject=account_id))


async def exists(session: AsyncSession, account_id: str) -> bool:
    return await session.scalar(select(Account.id).where(Account.id == account_id)) is not None


async def agency_in_service(session: AsyncSession, code: str) -> bool | None:
    """None: there is no such agency."""
    active: bool | None = await session.scalar(select(Agency.active).where(Agency.code == code))
    return active


async def put_channels(session: AsyncSession, account_id: str, *, name: str, channels: Sequence[str]) -> None:
    """What a system may name as the channel that a report came by."""
    values = {"name": name, "channels": list(channels)}
    statement = insert(ApiClient).values(id=account_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[ApiClient.id], set_=values))


async def channels(session: AsyncSession, account_id: str) -> Sequence[str]:
    return await session.scalar(select(ApiClient.channels).where(ApiClient.id == account_id)) or []


async def forget_proofs(session: AsyncSession, account_id: str) -> None:
    """What a person proves themselves by besides password and one-time codes, and where they are logged in."""
    for model in (Passkey, LoginSession):
        await session.execute(delete(model).where(model.account_id == account_id))


async def has_passkey(session: AsyncSession, account_id: str) -> bool:
    return await session.scalar(select(Passkey.account_id).where(Passkey.account_id == account_id).limit(1)) is not None


async def add_invitation(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(Invitation).values(**values))


async def ask_for_mail(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """One at most waits for an account: the newest. Waits while somebody takes the one before it up."""
    fresh = {"attempts": 0, "error": None} | dict(values)
    statement = insert(InvitationMail).values(**fresh)
    await session.execute(statement.on_conflict_do_update(index_elements=[InvitationMail.account_id], set_=fresh))


async def take_back_mail(session: AsyncSession, account_id: str) -> None:
    await session.execute(delete(InvitationMail).where(InvitationMail.account_id == account_id))


async def end_invitations(session: AsyncSession, account_id: str, *, now: datetime) -> None:
    """Only the newest link works."""
    unused = and_(Invitation.account_id == account_id, Invitation.used_at.is_(None))
    await session.execute(update(Invitation).where(unused).values(used_at=now))


async def invitation(session: AsyncSession, token_hash: bytes, *, now: datetime) -> Invitation | None:
    """One that still works."""
    return (await session.scalars(select(Invitation).where(*_works(token_hash, now)))).one_or_none()


async def use_invitation(session: AsyncSession, token_hash: bytes, *, now: datetime) -> str | None:
    """The account that it was for. Of several at once one gets it: the others wait for its row and find it used."""
    statement = update(Invitation).where(*_works(token_hash, now)).values(used_at=now).returning(Invitation.account_id)
    account_id: str | None = await session.scalar(statement)
    return account_id


def _works(token_hash: bytes, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.token_hash == token_hash, Invitation.used_at.is_(None), Invitation.expires_at > now


async def secrets(session: AsyncSession, account_id: str, *, now: datetime) -> Sequence[ClientSecret]:
    """Those that are good now, the oldest first."""
    good = or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > now)
    statement = select(ClientSecret).where(ClientSecret.account_id == account_id, good)
    return (await session.scalars(statement.order_by(ClientSecret.created_at, ClientSecret.id))).all()


async def add_secret(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(ClientSecret).values(**values))


async def end_secret(session: AsyncSession, account_id: str, secret_id: UUID) -> bool:
    """False: the system has no such secret."""
    named = and_(ClientSecret.id == secret_id, ClientSecret.account_id == account_id)
    return await session.scalar(delete(ClientSecret).where(named).returning(ClientSecret.id)) is not None


async def keys(session: AsyncSession, account_id: str) -> Sequence[ClientKey]:
    statement = select(ClientKey).where(ClientKey.account_id == account_id)
    return (await session.scalars(statement.order_by(ClientKey.created_at, ClientKey.kid))).all()


async def add_key(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the system has a key of this id."""
    statement = insert(ClientKey).values(**values).on_conflict_do_nothing().returning(ClientKey.kid)
    return await session.scalar(statement) is not None


async def end_key(session: AsyncSession, account_id: str, kid: str) -> bool:
    """False: the system has no such key."""
    named = and_(ClientKey.kid == kid, ClientKey.account_id == account_id)
    return await session.scalar(delete(ClientKey).where(named).returning(ClientKey.kid)) is not None


async def listed(
    session: AsyncSession, *, kind: AccountKind, below: Sequence[str] | None, role: Role | None,
    state: AccountState | None, after: str | None, limit: int,
) -> Sequence[Known]:  # fmt: skip
    """In the order of their ids. `below`: only those of these agencies, and of people the officers: not who supervises
    them.
    """
    agency = func.coalesce(Officer.agency_code, Account.agency_code)
    statement = _ACCOUNTS.where(Account.kind == kind).order_by(Account.id).limit(limit)
    if below is not None:
        is_theirs = Account.officer_id.is_not(None) | (Account.kind == AccountKind.SYSTEM)
        statement = statement.where(agency.in_(below), is_theirs)
    if role is not None:
        statement = statement.where(func.coalesce(Officer.role, Account.role) == role)
    if state is not None:
        statement = statement.where(Account.state == state)
    if after is not None:
        statement = statement.where(Account.id > after)
    return [_known(row) for row in (await session.execute(statement)).all()]
