"""What those who look after accounts may do with them.

Nobody gives away more than they have: whoever looks after an instansi registers channels of its own agencies, that
submit and work on reports, and shuts out and lets in its officers. The account of a coordinator is a matter of
operators, and so is everything that belongs to no agency.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, systems
from routing_service.access.accounts import service as people
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, SystemDraft
from routing_service.access.management.handing import Handing, hand_over, person_values
from routing_service.access.management.schemas import (
    AccountCreate,
    AccountParams,
    AccountPatch,
    AccountView,
    ClientCreate,
    ClientKeyCreate,
    ClientParams,
    ClientPatch,
    ClientProof,
    ClientSecretCreate,
    ClientView,
    InvitedAccount,
    NewClientSecret,
    RegisteredClient,
)
from shared.clients import AGENCY_ROLES, Client, Role, Scope
from shared.domain.accounts import AccountKind, AccountState, InvitationKind
from shared.errors import Forbidden, NotFound
from shared.http.wire import Page, StoredText
from shared.queries.managed import Managed, managed_by

#: What the client of an agency may be given by its instansi.
OF_CHANNELS = frozenset({Scope.SUBMIT, Scope.WORK})
_ROLES = {role.value: role for role in Role}


async def list_clients(
    session: AsyncSession, params: ClientParams, client: Client, *, now: datetime
) -> Page[ClientView]:
    found, next_cursor = await _page(session, AccountKind.SYSTEM, params, client)
    return Page(items=[await _view(session, one, now=now) for one in found], next_cursor=next_cursor)


async def get_client(session: AsyncSession, id: str, client: Client, *, now: datetime) -> ClientView:
    return await _view(session, await _system(session, id, client), now=now)


async def register_client(
    session: AsyncSession, body: ClientCreate, client: Client, *, now: datetime
) -> RegisteredClient:
    managed = await managed_by(session, client)
    managed.check(body.agency)
    _check_channel(managed, body.role, body.scopes, body.grants)
    if not managed.everything and body.id is not None and await queries.channels(session, body.id):
        raise systems.there_already(body.id)  # a system of before there were accounts is nobody's to take over
    draft = SystemDraft(
        body.name, body.role, id=body.id, contact=body.contact, agency=body.agency, channels=tuple(body.channels),
        scopes=tuple(body.scopes), redirect_uris=tuple(body.redirect_uris), grants=tuple(body.grants),
    )  # fmt: skip
    made = await systems.create_system(session, draft)
    secret = (await systems.add_secret(session, made.id, now=now)).text if body.with_secret else None
    return RegisteredClient(**(await _view(session, made, now=now)).model_dump(), secret=secret)


async def change_client(
    session: AsyncSession, id: str, body: ClientPatch, client: Client, *, now: datetime
) -> ClientView:
    system = await _changeable(session, id, client)
    given = body.model_dump(exclude_unset=True)
    active, channels = given.pop("active", None), given.pop("channels", None)
    if "contact" in given:
        given["email"] = given.pop("contact")
    managed = await managed_by(session, client)
    _check_channel(managed, system.role, given.get("scopes", ()), given.get("grants", ()))
    if "scopes" in given:
        given["scopes"] = sorted(given["scopes"])
    changed = await systems.change_system(session, id, given, channels=channels)
    if active is not None and active != (system.state is AccountState.ACTIVE):
        changed = await (systems.let_in(session, id) if active else systems.shut_out(session, id, now=now))
    return await _view(session, changed, now=now)


async def add_secret(
    session: AsyncSession, id: str, body: ClientSecretCreate, client: Client, *, now: datetime
) -> NewClientSecret:
    await _changeable(session, id, client)
    good_for = None if body.days is None else timedelta(days=body.days)
    made = await systems.add_secret(session, id, now=now, good_for=good_for)
    return NewClientSecret(id=str(made.id), created_at=now, expires_at=made.expires_at, secret=made.text)


async def end_secret(session: AsyncSession, id: str, secret_id: UUID, client: Client, *, now: datetime) -> ClientView:
    await _changeable(session, id, client)
    await systems.end_secret(session, id, secret_id)
    return await get_client(session, id, client, now=now)


async def add_key(
    session: AsyncSession, id: str, body: ClientKeyCreate, client: Client, *, now: datetime
) -> ClientProof:
    await _changeable(session, id, client)
    return ClientProof(id=await systems.add_key(session, id, body.jwk, now=now), created_at=now)


async def end_key(session: AsyncSession, id: str, kid: str, client: Client, *, now: datetime) -> ClientView:
    await _changeable(session, id, client)
    await systems.end_key(session, id, kid)
    return await get_client(session, id, client, now=now)


async def list_accounts(session: AsyncSession, params: AccountParams, client: Client) -> Page[AccountView]:
    found, next_cursor = await _page(session, AccountKind.PERSON, params, client)
    return Page(items=[_person_view(one) for one in found], next_cursor=next_cursor)


async def get_account(session: AsyncSession, id: str, client: Client) -> AccountView:
    return _person_view(await _person(session, id, client))


async def register_person(
    session: AsyncSession, body: AccountCreate, client: Client, *, handing: Handing, now: datetime
) -> InvitedAccount:
    """Only operators."""
    draft = PersonDraft(
        body.name, body.email, body.role, agency=body.agency, scopes=tuple(body.scopes), language=body.language
    )
    account = await people.to_invite(session, (await people.create_person(session, draft)).id)
    return await hand_over(session, account, InvitationKind.INVITE, client, handing, now)


async def invite_officer(
    session: AsyncSession, officer_id: UUID, client: Client, *, handing: Handing, now: datetime
) -> InvitedAccount:
    """Raises NotFound, also for an officer of another instansi."""
    officer = await queries.lock_officer(session, officer_id)
    managed = await managed_by(session, client)
    if officer is None or not managed.has(officer.agency_code):
        raise NotFound(f"There is no officer {officer_id}.")
    _check_above(client, _ROLES.get(officer.role.value), officer.subject)
    account = await people.to_invite(session, (await people.account_for_officer(session, officer_id)).id)
    return await hand_over(session, account, InvitationKind.INVITE, client, handing, now)


async def reset_account(
    session: AsyncSession, id: str, client: Client, *, handing: Handing, now: datetime
) -> InvitedAccount:
    account = await _person(session, id, client)
    _check_above(client, account.role, account.id)
    account = await people.to_reset(session, id)
    return await hand_over(session, account, InvitationKind.RESET, client, handing, now)


async def change_account(
    session: AsyncSession, id: str, body: AccountPatch, client: Client, *, now: datetime
) -> AccountView:
    account = await _person(session, id, client, lock=True)
    _check_above(client, account.role, account.id)
    if body.scopes is not None:
        _check_naming(client, account, body.scopes)
        await queries.change_account(session, id, {"scopes": sorted(body.scopes)})
    match body.state:
        case AccountState.LOCKED:
            await people.lock(session, id)
        case AccountState.DEACTIVATED:
            await people.deactivate(session, id, now=now)
        case AccountState.ACTIVE:
            await people.unlock(session, id)
        case _:
            pass
    return await get_account(session, id, client)


def _check_channel(managed: Managed, role: Role, scopes: Iterable[str], grants: Iterable[str]) -> None:
    """Raises Forbidden. An app acts for reporters all over the country, and whoever logs in at a client hands it their
    token.
    """
    if managed.everything:
        return
    if role is not Role.CHANNEL or not OF_CHANNELS.issuperset(scopes) or set(grants) - {CLIENT_CREDENTIALS}:
        raise Forbidden(
            "Your instansi registers channels that submit and work on reports; ask an operator for anything else.",
            code="more_than_yours",
        )


def _check_above(client: Client, role: Role | None, subject: str | None) -> None:
    """Raises Forbidden: nobody lets in, or shuts out, themselves or whoever stands beside or above them."""
    if client.role is Role.OPERATOR:
        return
    if role not in AGENCY_ROLES - {Role.COORDINATOR} or subject == client.sub:
        raise Forbidden("This account is a matter of the operators; ask one of them.", code="more_than_yours")


def _check_naming(client: Client, account: Known, scopes: list[Scope]) -> None:
    """Raises Forbidden. A coordinator names officers who look after the instansi, too, and gives no other scope."""
    changed = set(scopes) ^ {Scope(scope) for scope in account.scopes}
    if client.role is Role.OPERATOR or not changed:
        return
    if client.role is not Role.COORDINATOR or changed != {Scope.MANAGE}:
        raise Forbidden("These scopes are given by operators; ask one of them.", code="more_than_yours")


async def _page(
    session: AsyncSession, kind: AccountKind, params: AccountParams | ClientParams, client: Client
) -> tuple[list[Known], str | None]:
    managed = await managed_by(session, client)
    params = params.in_list(kind)
    after = params.position(tuple[StoredText])
    rows = await queries.listed(
        session, kind=kind, below=None if managed.codes is None else sorted(managed.codes), role=params.role,
        state=getattr(params, "state", None), after=after[0] if after else None, limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(rows, lambda one: (one.id,))
    return list(shown), next_cursor


async def _system(session: AsyncSession, id: str, client: Client, *, lock: bool = False) -> Known:
    """Raises NotFound, also for one of another instansi."""
    managed = await managed_by(session, client)
    found = await systems.the_system(session, id, lock=lock)
    if not managed.has(found.agency) or (not managed.everything and found.role is not Role.CHANNEL):
        raise NotFound(f"There is no client {id}.")
    return found


async def _changeable(session: AsyncSession, id: str, client: Client) -> Known:
    """Raises NotFound, and Forbidden where it may do more than whoever asks could have given it."""
    found = await _system(session, id, client, lock=True)
    _check_channel(await managed_by(session, client), found.role, found.scopes, found.grants)
    return found


async def _person(session: AsyncSession, id: str, client: Client, *, lock: bool = False) -> Known:
    """Raises NotFound, also for one of another instansi."""
    managed = await managed_by(session, client)
    found = await people.the_person(session, id, lock=lock)
    if not managed.has(found.agency) or (not managed.everything and found.officer_id is None):
        raise NotFound(f"There is no account {id}.")
    return found


async def _view(session: AsyncSession, one: Known, *, now: datetime) -> ClientView:
    secrets, keys = await queries.secrets(session, one.id, now=now), await queries.keys(session, one.id)
    return ClientView(
        id=one.id, name=one.name, role=one.role, agency=one.agency, contact=one.email,
        channels=list(await queries.channels(session, one.id)), scopes=list(one.scopes),
        redirect_uris=list(one.redirect_uris), grants=list(one.grants), active=one.state is AccountState.ACTIVE,
        secrets=[ClientProof(id=str(row.id), created_at=row.created_at, expires_at=row.expires_at) for row in secrets],
        keys=[ClientProof(id=row.kid, created_at=row.created_at) for row in keys],
    )  # fmt: skip


def _person_view(one: Known) -> AccountView:
    return AccountView(**person_values(one))
