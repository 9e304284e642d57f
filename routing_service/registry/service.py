"""The registry: who there is, who belongs to whom."""

from typing import Annotated, Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service import queries as common
from routing_service.levels import level_of
from routing_service.registry import queries
from routing_service.registry.schemas import AgencyCreate, AgencyParams, AgencyPatch, AgencyView
from shared.errors import Conflict, Invalid, NotFound
from shared.regions import time_zone_of
from shared.wire import Page, Storable, decode_cursor, encode_cursor

StoredText = Annotated[str, Storable]


async def list_agencies(session: AsyncSession, params: AgencyParams) -> Page[AgencyView]:
    filters = queries.matching(
        parent=params.parent, region=params.region, kind=params.kind, active=params.active, q=params.q
    )
    after = decode_cursor(params.cursor, tuple[StoredText, StoredText]) if params.cursor else None
    rows = await queries.agencies(session, filters=filters, sort=params.sort, after=after, limit=params.limit + 1)
    items = [AgencyView.model_validate(row) for row in rows[: params.limit]]
    more = len(rows) > params.limit
    cursor = encode_cursor(getattr(items[-1], params.sort), items[-1].code) if more else None
    return Page(items=items, next_cursor=cursor)


async def get_agency(session: AsyncSession, code: str) -> AgencyView:
    row = await queries.agency(session, code)
    if row is None:
        raise NotFound(f"There is no agency {code}.")
    return AgencyView.model_validate(row)


async def create_agency(session: AsyncSession, body: AgencyCreate) -> AgencyView:
    await _check_region(session, body.region)
    values = {
        "code": body.code,
        "name": body.name,
        "short_name": body.short_name,
        "kind": body.kind.value,
        "level": level_of(body.kind.value, root=body.parent is None, region=body.region).value,
        "parent_code": body.parent,
        "region_code": body.region,
        "time_zone": body.time_zone or await _zone(session, body.region, body.parent),
    }
    await _check_parent(session, body.code, body.parent)
    if not await queries.add(session, values):
        raise Conflict(f"There is an agency {body.code} already; change it with PATCH.", code="agency_exists")
    return await get_agency(session, body.code)


async def change_agency(session: AsyncSession, code: str, body: AgencyPatch) -> AgencyView:
    if "parent" in body.model_fields_set:
        await queries.lock_shape(session)
    now = await get_agency(session, code)
    given = body.model_dump(exclude_unset=True, mode="json")
    if "region" in given:
        await _check_region(session, given["region"])
    if "parent" in given and given["parent"] != now.parent:
        await _check_parent(session, code, given["parent"])
        if now.parent is None and await queries.is_coordinating(session, code):
            raise Conflict(
                f"The coordinator of {code} holds open reports; move them on before {code} gets a parent.",
                code="agency_holds_reports",
            )
    if "time_zone" in given and given["time_zone"] is None:
        given["time_zone"] = await _zone(session, given.get("region", now.region), given.get("parent", now.parent))
    columns = {"parent": "parent_code", "region": "region_code"}
    values: dict[str, Any] = {columns.get(name, name): value for name, value in given.items()}
    if values:
        await queries.change(session, code, values)
    return await get_agency(session, code)


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
