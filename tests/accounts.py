"""Accounts of people and systems in one line."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service, systems
from routing_service.access.accounts.known import Known
from routing_service.access.accounts.secrets import digest
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, SystemDraft
from routing_service.access.login import queries as login
from shared import ids
from shared.clients import Role
from shared.domain.officers import OfficerRole
from shared.http.tokens import Signer
from shared.keys.purposes import KeyPurpose
from shared.schema import Officer
from tests.factories import NOON, RING

BY = "operator:op"
#: Signs as the issuer does; what it says must agree with the registry.
ISSUER = Signer(lambda: RING.current(KeyPurpose.TOKENS), issuer="http://127.0.0.1:8002")


async def an_officer(
    session: AsyncSession, role: OfficerRole = OfficerRole.LIAISON_OFFICER, agency: str | None = "SAMARINDA-PU",
    **changes: Any,
) -> UUID:  # fmt: skip
    values = {
        "id": ids.new_id(), "agency_code": agency, "role": role, "name": "Sari",
        "email": f"{ids.new_id().hex}@x.example",
    }  # fmt: skip
    await session.execute(insert(Officer).values(values | changes))
    officer_id: UUID = (values | changes)["id"]
    return officer_id


async def taken_up(session: AsyncSession, account: Known) -> Known:
    return await taken_up_by(session, (await service.invite(session, account.id, by=BY, now=NOON)).token)


async def taken_up_by(
    session: AsyncSession, token: str, *, password_hash: str = "$argon2id$x", now: datetime = NOON
) -> Known:
    """With a password, and a second proof that nobody can show."""
    account = await service.choose_password(session, token, password_hash=password_hash, now=now)
    await login.set_totp(session, account.id, b"sealed")
    return await service.take_up(session, digest(token), now=now)


async def an_officer_with_account(session: AsyncSession, *args: Any, **changes: Any) -> Known:
    """Who has taken it up."""
    officer_id = await an_officer(session, *args, **changes)
    return await taken_up(session, await service.account_for_officer(session, officer_id))


async def a_person(session: AsyncSession, role: Role = Role.OPERATOR, **changes: Any) -> Known:
    """Who has taken up their account."""
    drafted: dict[str, Any] = {"name": "Budi", "email": f"{ids.new_id().hex}@x.example", "role": role}
    return await taken_up(session, await service.create_person(session, PersonDraft(**drafted | changes)))


async def a_system(session: AsyncSession, role: Role = Role.CHANNEL, **changes: Any) -> Known:
    drafted: dict[str, Any] = {
        "name": "Kanal", "role": role, "agency": "SAMARINDA", "channels": ("whatsapp",), "scopes": ("reports:submit",),
        "grants": (CLIENT_CREDENTIALS,),
    }  # fmt: skip
    return await systems.create_system(session, SystemDraft(**drafted | changes))
