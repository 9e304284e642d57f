"""The registry: who there is, who belongs to whom."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as common
from routing_service.registry.agencies import queries
from routing_service.registry.agencies.schemas import AgencyCreate, AgencyParams, AgencyPatch, AgencyView
from routing_service.registry.delegation import queries as delegation_queries
from routing_service.registry.delegation import service as delegation
from routing_service.registry.delegation.part import RegistryPart
from routing_service.registry.levels import level_of
from shared.clients import Client
from shared.domain.regions import national_day, time_zone_of
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Page, StoredText

SWITCHES = ("own_verification", "automatic_assignment")
_COLUMNS = {"parent": "parent_code", "region": "region_code", "successor": "successor_code"}


async def list_agencies(session: AsyncSession, params: AgencyParams, *, now: datetime) -> Page[AgencyView]:
    filters = queries.matching(
        parent=params.parent, region=params.region, kind=params.kind, level=params.level, duty=params.duty,
        active=params.active, in_service_on=params.in_service_on, q=params.q,
    )  # fmt: skip
    params = params.in_list("agencies")
    after = params.position(tuple[StoredText, StoredText])
    rows = await queries.page_of_agencies(
        session, filters=filters, sort=params.sort, after=after, limit=params.rows, today=national_day(now)
    )
    shown, next_cursor = params.cut(rows, lambda row: (getattr(row, params.sort), row.code))
    return Page(items=[AgencyView.model_validate(row) for row in shown], next_cursor=next_cursor)


async def get_agency(session: AsyncSession, code: str, *, now: datetime) -> AgencyView:
    row = await queries.agency(session, code, today=national_day(now))
    if row is None:
        raise NotFound(f"There is no agency {code}.")
    return AgencyView.model_validate(row)


async def create_agency(session: AsyncSession, body: AgencyCreate, client: Client, *, now: datetime) -> AgencyView:
    part = await delegation.part_of(session, client)
    await _check_region(session, body.region)
    _check_validity(body.valid_from, body.valid_until)
    level = body.level or level_of(body.kind.value, root=body.parent is None, region=body.region)
    values = {
        "code": body.code,
        "name": body.name,
        "short_name": body.short_name,
        "kind": body.kind.value,
        "level": level.value,
        "parent_code": body.parent,
        "region_code": body.region,
        "time_zone": body.time_zone or await _zone(session, body.region, body.parent),
        "duties": body.duties,
        "contacts": body.contacts.given(),
        "valid_from": body.valid_from,
        "valid_until": body.valid_until,
        "own_verification": body.own_verification,
        "automatic_assignment": body.automatic_assignment,
    }
    _check_part(part, None, values)
    _check_switches(body.code, values, parent=body.parent)
    await _check_parent(session, body.code, body.parent)
    if not await queries.add_agency(session, values):
        raise Conflict(f"There is an agency {body.code} already; change it with PATCH.", code="agency_exists")
    return await get_agency(session, body.code, now=now)


async def change_agency(
    session: AsyncSession, code: str, body: AgencyPatch, client: Client, *, now: datetime
) -> AgencyView:
    if "parent" in body.model_fields_set:
        await queries.lock_shape(session)
    part = await delegation.part_of(session, client)
    stored = await get_agency(session, code, now=now)
    delegation.check_agency(part, code)
    given = body.model_dump(exclude_unset=True, mode="python")
    if "region" in given:
        await _check_region(session, given["region"])
    if "parent" in given and given["parent"] != stored.parent:
        await _check_move(session, stored, given["parent"])
    _check_validity(
        given.get("valid_from", stored.valid_from),
        given.get("valid_until", stored.valid_until),
    )
    _check_switches(code, stored.model_dump() | given, parent=given.get("parent", stored.parent))
    if "time_zone" in given and given["time_zone"] is None:
        region, parent = given.get("region", stored.region), given.get("parent", stored.parent)
        given["time_zone"] = await _zone(session, region, parent)
    values = _as_columns(stored, given, body)
    before = _row(stored)
    _check_part(part, before, before | values)
    if values.get("parent_code", stored.parent) != stored.parent:
        await _move(session, code, values)
    elif values:
        await queries.change_agency(session, code, values)
    return await get_agency(session, code, now=now)


async def _move(session: AsyncSession, code: str, values: Mapping[str, Any]) -> None:
    """Whom the coordinator of another instansi had named there looks after nothing any more."""
    before = (await common.tree(session, (code,))).root(code)
    await queries.change_agency(session, code, values)
    if (await common.tree(session, (code,))).root(code) != before:
        await delegation_queries.forget_named(session, (code,))


def _row(agency: AgencyView) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in agency.model_dump().items()}


def _check_part(part: RegistryPart | None, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Raises Forbidden for what is not for an instansi to decide."""
    if part is not None:
        delegation.check(part.of_agency(before, after))


def _as_columns(stored: AgencyView, given: dict[str, Any], body: AgencyPatch) -> dict[str, Any]:
    values = {_COLUMNS.get(name, name): value for name, value in given.items()}
    if "duties" in values:
        values["duties"] = values["duties"] or []
    if "contacts" in values:
        values["contacts"] = {} if body.contacts is None else body.contacts.given()
    if "valid_until" in values and values["valid_until"] is None:
        values["successor_code"] = None
    if (level := _level(stored, given)) is not None:
        values["level"] = level
    return values


def _level(stored: AgencyView, given: dict[str, Any]) -> str | None:
    """The new level; one that followed from the kind goes on doing so, one that was chosen stays."""
    if given.get("level") is not None:
        return str(given["level"])
    follows = level_of(stored.kind, root=stored.parent is None, region=stored.region).value == stored.level
    if "level" not in given and not follows:
        return None
    root = given.get("parent", stored.parent) is None
    return level_of(given.get("kind", stored.kind), root=root, region=given.get("region", stored.region)).value


def _check_switches(code: str, values: Mapping[str, Any], *, parent: str | None) -> None:
    """What is switched on for an instansi as a whole."""
    for switch in SWITCHES:
        if values[switch] and parent is not None:
            raise Invalid(
                f"{code} is not an instansi; {switch} can only be switched on for a whole instansi.",
                pointer=f"/{switch}",
                code="not_an_instansi",
            )


def _check_validity(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        detail = f"The last day, {last}, lies before the first, {first}."
        raise Invalid(detail, pointer="/valid_until", code="validity_reversed")


async def _check_move(session: AsyncSession, stored: AgencyView, parent: str | None) -> None:
    await _check_parent(session, stored.code, parent)
    if stored.parent is None and await queries.is_coordinating(session, stored.code):
        raise Conflict(
            f"The coordinator of {stored.code} holds open reports; move them on before {stored.code} gets a parent.",
            code="agency_holds_reports",
        )


async def _check_region(session: AsyncSession, region: str | None) -> None:
    if region is not None and not await common.region_exists(session, region):
        raise Invalid(f"There is no region {region}.", pointer="/region", code="unknown_region")


async def _check_parent(session: AsyncSession, code: str, parent: str | None) -> None:
    if parent is None:
        return
    line = (await common.tree(session, (parent,))).line(parent)
    if parent != code and not line:
        raise Invalid(f"There is no agency {parent}.", pointer="/parent", code="unknown_agency")
    if parent == code or code in line:
        raise Invalid(f"{parent} is {code} itself or below it.", pointer="/parent", code="agency_cycle")


async def _zone(session: AsyncSession, region: str | None, parent: str | None) -> str:
    node = None if region else (await common.tree(session, (parent,))).get(parent)
    return node.time_zone if node else time_zone_of(region)
