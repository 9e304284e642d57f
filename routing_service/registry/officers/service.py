"""The registry of officers: whom a ladder step reaches."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as common
from routing_service.registry.delegation import service as delegation
from routing_service.registry.officers import queries
from routing_service.registry.officers.schemas import (
    NationalOfficerCreate,
    NationalRoleOfficerCreate,
    OfficerCreate,
    OfficerParams,
    OfficerPatch,
    OfficerView,
    OwnNews,
)
from shared import ids
from shared.clients import Client, Role
from shared.domain.officers import NATIONAL, OF_INSTANSI, OfficerRole
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.http.wire import Instant, Page
from shared.queries.managed import managed_by

#: Who acted within it is active.
MONTH = timedelta(days=30)


async def list_officers(
    session: AsyncSession, agency: str | None, params: OfficerParams, client: Client, *, now: datetime
) -> Page[OfficerView]:
    if agency is not None:
        instansi = await _instansi(session, agency)
        if client.role is not Role.NATIONAL_ADMIN and not (await managed_by(session, client)).has(agency):
            raise Forbidden(f"You see the officers of your own instansi; {agency} belongs to {instansi}.")
    params = params.in_list("officers", agency)
    after = params.position(tuple[Instant, UUID])
    rows = await queries.officers(
        session, agency, role=params.role, active=params.active, active_in_last_month=params.active_in_last_month,
        since=now - MONTH, after=after, limit=params.rows,
    )  # fmt: skip
    shown, next_cursor = params.cut(rows, lambda row: (row.created_at, row.id))
    return Page(items=[OfficerView.model_validate(row) for row in shown], next_cursor=next_cursor)


async def get_officer(session: AsyncSession, officer_id: UUID, client: Client, *, now: datetime) -> OfficerView:
    """Raises NotFound, also for an officer of another instansi."""
    found = await _get(session, officer_id, now)
    if client.role is not Role.NATIONAL_ADMIN and not (await managed_by(session, client)).has(found.agency):
        raise _no_officer(officer_id)
    return found


async def add_officer(
    session: AsyncSession, agency: str, body: OfficerCreate, client: Client, *, now: datetime
) -> OfficerView:
    instansi = await _instansi(session, agency)
    part = await delegation.part_of(session, client)
    if part is not None:
        delegation.check(part.of_officer(None, {"agency_code": agency, "role": body.role, "subject": body.subject}))
    if body.role in NATIONAL:
        raise Invalid(
            "A national administrator or a supervisor belongs to no agency; POST to /v1/officers.",
            pointer="/role",
            code="role_is_national",
        )
    if body.role in OF_INSTANSI and agency != instansi:
        raise Invalid(
            f"Only an instansi has a {body.role.value}; add them to {instansi}.",
            pointer="/role",
            code="role_of_instansi",
        )
    return await _add(session, agency, body.role, body, now)


async def add_national_officer(session: AsyncSession, body: NationalRoleOfficerCreate, *, now: datetime) -> OfficerView:
    return await _add(session, None, body.role, body, now)


async def change_officer(
    session: AsyncSession, officer_id: UUID, body: OfficerPatch, client: Client, *, now: datetime
) -> OfficerView:
    stored = await _get(session, officer_id, now)
    values = body.model_dump(exclude_unset=True)
    part = await delegation.part_of(session, client)
    if part is not None:
        if stored.agency not in part.codes:
            raise _no_officer(officer_id)
        before = {"agency_code": stored.agency, **stored.model_dump(include={"role", "subject", "email"})}
        delegation.check(part.of_officer(before, before | values))
    if values and not await queries.change_officer(session, officer_id, values):
        raise _there_already(values["email"])
    return await _get(session, officer_id, now)


async def _add(
    session: AsyncSession, agency: str | None, role: OfficerRole, body: NationalOfficerCreate, now: datetime
) -> OfficerView:
    officer_id = ids.new_id()
    values: dict[str, Any] = {
        "id": officer_id,
        "agency_code": agency,
        "role": role,
        "name": body.name,
        "email": body.email,
        "language": body.language,
        "subject": body.subject,
        "news": body.news,
    }
    if not await queries.add_officer(session, values):
        raise _there_already(body.email)
    return await _get(session, officer_id, now)


async def _get(session: AsyncSession, officer_id: UUID, now: datetime) -> OfficerView:
    row = await queries.officer(session, officer_id, since=now - MONTH)
    if row is None:
        raise _no_officer(officer_id)
    return OfficerView.model_validate(row)


async def own_news(session: AsyncSession, client: Client) -> OwnNews:
    """Raises NotFound for whom the registry of officers does not know by the `sub` of their tokens."""
    found = await queries.news_of(session, client)
    if found is None:
        raise _unregistered()
    return OwnNews(news=found)


async def choose_news(session: AsyncSession, client: Client, body: OwnNews) -> OwnNews:
    """Raises NotFound."""
    if not await queries.choose_news(session, client, body.news):
        raise _unregistered()
    return body


def _unregistered() -> NotFound:
    return NotFound(
        "The registry knows no officer with your token; have your coordinator enter its `sub`.",
        code="unregistered_officer",
    )


def _no_officer(officer_id: UUID) -> NotFound:
    return NotFound(f"There is no officer {officer_id}.")


async def _instansi(session: AsyncSession, agency: str) -> str:
    """The root of an agency's tree. Raises NotFound."""
    line = (await common.tree(session, (agency,))).line(agency)
    if not line:
        raise NotFound(f"There is no agency {agency}.")
    return line[-1]


def _there_already(email: str) -> Conflict:
    return Conflict(
        f"{email} is registered in this role already; change that officer with PATCH.", code="officer_exists"
    )
