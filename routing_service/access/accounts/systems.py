"""Systems: apps and channels that ask for tokens by a secret or a key of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, secrets, service
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.public_keys import public_key
from shared import ids
from shared.clients import OURS, Role
from shared.domain.accounts import AccountKind, AccountState
from shared.errors import Conflict, Invalid, NotFound

MOST_SECRETS = 2
MOST_KEYS = 5
ROLES = frozenset({Role.REPORTER_APP, Role.CHANNEL})
#: The names of RFC 7591.
CLIENT_CREDENTIALS, CODE, REFRESH = "client_credentials", "authorization_code", "refresh_token"
GRANTS = (CLIENT_CREDENTIALS, CODE, REFRESH)


@dataclass(frozen=True, slots=True)
class SystemDraft:
    name: str
    role: Role
    id: str | None = None  #: None: one is made up
    contact: str | None = None
    agency: str | None = None
    channels: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    grants: tuple[str, ...] = (CLIENT_CREDENTIALS,)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """`text` is shown once."""

    id: UUID
    text: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


async def create_system(session: AsyncSession, draft: SystemDraft) -> Known:
    """Without a proof yet; `add_secret` and `add_key` give it one. Raises Invalid, Conflict."""
    if draft.role not in ROLES:
        raise Invalid("A system is a reporter_app or a channel.", pointer="/role", code="role_of_no_system")
    if draft.agency is not None and not await queries.agency_in_service(session, draft.agency):
        raise service.no_agency(draft.agency)
    account_id = draft.id or f"client-{uuid4().hex[:16]}"
    if account_id.lower().startswith(OURS):
        detail = f"An id that begins with {OURS} is one of our own; choose another id."
        raise Invalid(detail, pointer="/id", code="reserved_id")
    added = await queries.add_account(
        session,
        {
            "id": account_id,
            "kind": AccountKind.SYSTEM,
            "role": draft.role.value,
            "agency_code": draft.agency,
            "scopes": sorted(draft.scopes),
            "state": AccountState.ACTIVE,
            "name": draft.name,
            "email": draft.contact,
            "redirect_uris": list(draft.redirect_uris),
            "grants": list(draft.grants),
        },
    )
    if not added:
        raise there_already(account_id)
    await queries.put_channels(session, account_id, name=draft.name, channels=draft.channels)
    return await the_system(session, account_id)


def there_already(account_id: str) -> Conflict:
    return Conflict(f"There is an account {account_id} already; choose another id.", code="client_exists")


async def the_system(session: AsyncSession, account_id: str, *, lock: bool = False) -> Known:
    """Raises NotFound."""
    found = await queries.account(session, account_id, lock=lock)
    if found is None or found.kind is not AccountKind.SYSTEM:
        raise NotFound(f"There is no client {account_id}.")
    return found


async def change_system(
    session: AsyncSession, account_id: str, values: Mapping[str, Any], *, channels: tuple[str, ...] | None = None
) -> Known:
    """`values`: columns of `accounts`. Raises NotFound."""
    await the_system(session, account_id, lock=True)
    if values:
        await queries.change_account(session, account_id, values)
    changed = await the_system(session, account_id)
    if channels is not None or "name" in values:
        kept = await queries.channels(session, account_id) if channels is None else channels
        await queries.put_channels(session, account_id, name=changed.name, channels=kept)
    return changed


async def shut_out(session: AsyncSession, account_id: str, *, now: datetime) -> Known:
    """Its tokens are refused in every copy within seconds. Raises NotFound."""
    await the_system(session, account_id)
    return await service.deactivate(session, account_id, now=now)


async def let_in(session: AsyncSession, account_id: str) -> Known:
    """Again, with the secrets and keys that it had. Raises NotFound."""
    await the_system(session, account_id, lock=True)
    await queries.change_account(session, account_id, {"state": AccountState.ACTIVE})
    return await the_system(session, account_id)


async def add_secret(
    session: AsyncSession, account_id: str, *, now: datetime, good_for: timedelta | None = None
) -> NewSecret:
    """Two are good at once, so that one can be replaced while the system runs. Raises NotFound, Conflict."""
    await the_system(session, account_id, lock=True)
    if len(await queries.secrets(session, account_id, now=now)) >= MOST_SECRETS:
        raise Conflict(
            f"{account_id} has {MOST_SECRETS} secrets; take the older one away first.", code="too_many_secrets"
        )
    made = NewSecret(ids.new_id(), secrets.new_secret(), now, None if good_for is None else now + good_for)
    row = {"id": made.id, "account_id": account_id, "secret_hash": secrets.digest(made.text), "created_at": now}
    await queries.add_secret(session, row | {"expires_at": made.expires_at})
    return made


async def end_secret(session: AsyncSession, account_id: str, secret_id: UUID) -> None:
    """Raises NotFound."""
    await the_system(session, account_id, lock=True)
    if not await queries.end_secret(session, account_id, secret_id):
        raise NotFound(f"{account_id} has no secret {secret_id}.")


async def add_key(session: AsyncSession, account_id: str, jwk: Mapping[str, Any], *, now: datetime) -> str:
    """Its id. Raises NotFound, Invalid, Conflict."""
    await the_system(session, account_id, lock=True)
    kid, public = public_key(jwk)
    if len(await queries.keys(session, account_id)) >= MOST_KEYS:
        raise Conflict(f"{account_id} has {MOST_KEYS} keys; take one away first.", code="too_many_keys")
    row = {"account_id": account_id, "kid": kid, "jwk": public, "created_at": now}
    if not await queries.add_key(session, row):
        raise Conflict(f"{account_id} has a key {kid} already; give the new one another kid.", code="key_exists")
    return kid


async def end_key(session: AsyncSession, account_id: str, kid: str) -> None:
    """Raises NotFound."""
    await the_system(session, account_id, lock=True)
    if not await queries.end_key(session, account_id, kid):
        raise NotFound(f"{account_id} has no key {kid}.")
