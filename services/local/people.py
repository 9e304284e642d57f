"""Accounts for what `lapor up` shows: the people and systems of examples.py, registered as an operator would.

Passwords and secrets are made up once and lie in files that only whoever runs the services can read.
"""

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries, service, systems
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.secrets import digest
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, SystemDraft
from routing_service.access.login import codes
from routing_service.access.login import queries as proofs
from routing_service.registry.officers import queries as officers
from services import database
from services.local import private
from services.local.examples import EXAMPLES, Example
from services.local.home import Home
from shared import ids
from shared.actors import ROUTING
from shared.clients import AGENCY_ROLES, Role
from shared.clock import utc_now
from shared.database import create_sessions
from shared.domain.accounts import AccountState
from shared.domain.officers import OfficerRole
from shared.errors import DomainError
from shared.keys.held import Keys

BY = "service:routing_service"
#: Nothing is ever sent there (RFC 2606).
DOMAIN = "lapor.example"
NAMES: Mapping[str, str] = {
    "admin-1": "Admin Pusat (contoh)",
    "samarinda-coordinator": "Koordinator Samarinda (contoh)",
    "dpupr-officer": "Pejabat Penghubung DPUPR (contoh)",
    "dpupr-head": "Kepala DPUPR (contoh)",
    "supervisor-1": "Pengawas (contoh)",
    "custodian-1": "Penjaga Identitas (contoh)",
    "operator-1": "Operator (contoh)",
}
#: Of a person, in the order of their file.
PROOFS = ("address", "password", "key of one-time codes")
NAMES_OF_SYSTEMS: Mapping[str, str] = {
    "mobile-app": "Aplikasi telepon LAPOR",
    "samarinda-channel": "Kanal pengaduan Kota Samarinda",
}


@dataclass(frozen=True, slots=True)
class ReadyAccounts:
    """Where they lie. A file of a person has, each in a line, the address, the password and the key of the one-time
    codes; that of a system `id:secret`.
    """

    people: Mapping[Role, Path]
    systems: Mapping[Role, Path]


async def register_examples(url: str, home: Home) -> ReadyAccounts:
    """Register what is missing. An account that somebody has shut out stays shut out, one of a lost file is reset.

    Where somebody's own registry lacks an agency of the examples, so do its accounts.
    """
    engine = database.engine_for(url)
    sessions = create_sessions(engine)
    home.keys.complete(development=True)
    keys = home.keys.held_by(ROUTING)
    found: dict[bool, dict[Role, Path]] = {True: {}, False: {}}
    try:
        for example in EXAMPLES:
            is_system = example.role in systems.ROLES
            file = (home.clients if is_system else home.people) / example.role.value
            try:
                async with sessions.begin() as session:
                    if is_system:
                        text = await _system(session, example, kept=file.exists())
                    else:
                        text = await _person(session, example, keys, kept=_is_whole(file))
            except DomainError:
                continue
            if text is not None:
                private.write(file, text)
            if file.exists():
                found[is_system][example.role] = file
    finally:
        await engine.dispose()
    return ReadyAccounts(people=found[False], systems=found[True])


async def _system(session: AsyncSession, example: Example, *, kept: bool) -> str | None:
    """`id:secret`; None: there is nothing to write."""
    now = utc_now()
    account = await queries.account(session, example.sub, lock=True)
    if account is None:
        await systems.create_system(
            session,
            SystemDraft(
                NAMES_OF_SYSTEMS[example.sub],
                example.role,
                id=example.sub,
                agency=example.agency,
                channels=tuple(await queries.channels(session, example.sub)),
                scopes=tuple(scope.value for scope in example.scopes),
                grants=(CLIENT_CREDENTIALS,),
            ),
        )
    elif kept or account.state is not AccountState.ACTIVE:
        return None
    known = await queries.secrets(session, example.sub, now=now)
    if len(known) == systems.MOST_SECRETS:
        await systems.end_secret(session, example.sub, known[0].id)
    return f"{example.sub}:{(await systems.add_secret(session, example.sub, now=now)).text}"


def _is_whole(file: Path) -> bool:
    """Files of before have no key of codes: their accounts have no second proof, and are reset."""
    return file.exists() and len(file.read_text().split()) == len(PROOFS)


def code_of_now(file: Path, now: datetime) -> str:
    """The one-time code of an example person. Raises ValueError where the file is none of theirs."""
    *_, secret = file.read_text().split()
    return codes.code_at(secret, now)


async def _person(session: AsyncSession, example: Example, keys: Keys, *, kept: bool) -> str | None:
    """Address, password and the key of codes; None: there is nothing to write."""
    now = utc_now()
    account = await queries.account(session, example.sub, lock=True)
    if account is None:
        account = await _registered(session, example)
        token = (await service.invite(session, account.id, by=BY, now=now)).token
    elif kept or account.state in (AccountState.LOCKED, AccountState.DEACTIVATED):
        return None
    else:
        token = (await service.reset(session, account.id, by=BY, now=now)).token
    password, secret = secrets.token_urlsafe(15), codes.new_secret()
    hashed = PasswordHash.recommended().hash(password)
    await service.choose_password(session, token, password_hash=hashed, now=now)
    await proofs.set_totp(session, account.id, codes.sealed(keys, secret, account.id))
    await service.take_up(session, digest(token), now=now)
    return f"{account.email}\n{password}\n{secret}"


async def _registered(session: AsyncSession, example: Example) -> Known:
    email, name = f"{example.sub}@{DOMAIN}", NAMES[example.sub]
    if example.role not in AGENCY_ROLES:
        draft = PersonDraft(name, email, example.role, id=example.sub)
        return await service.create_person(session, draft)
    if example.agency is None or not await queries.agency_in_service(session, example.agency):
        raise service.no_agency(example.agency or "")
    officer_id = ids.new_id()
    row = {"id": officer_id, "agency_code": example.agency, "role": OfficerRole(example.role.value), "name": name}
    await officers.add_officer(session, row | {"email": email, "subject": example.sub})
    return await service.account_for_officer(session, officer_id)


def curl(routing_url: str, file: Path) -> str:
    """Asks for a token with the secret in a file and reads the work list with it; to be pasted into any shell."""
    ask = f'curl -sS -u "$(cat {shlex.quote(str(file))})" -d grant_type=client_credentials {routing_url}/oauth/token'
    read = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"
    return f'curl -sS -w \'\\n\' "{routing_url}/v1/reports?limit=1" -H "Authorization: Bearer $({ask} | {read})"'
