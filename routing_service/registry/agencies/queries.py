from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.directory import Directory, Listed
from shared.domain.lifecycle import OPEN, Level
from shared.domain.terms import Term
from shared.queries.terms import is_in_service
from shared.schema import Agency, AgencyName, Category, Report, Version

#: The name of this day is shown.
_DAY = bindparam("day", type_=Date)
_former = (
    select(AgencyName.name, AgencyName.short_name)
    .where(AgencyName.agency_code == Agency.code, AgencyName.valid_to >= _DAY)
    .order_by(AgencyName.valid_to)
    .limit(1)
    .correlate(Agency)
    .lateral("former")
)
_NAME = case((_former.c.name.is_not(None), _former.c.name), else_=Agency.name)
_COLUMNS = (
    Agency.code,
    _NAME.label("name"),
    case((_former.c.name.is_not(None), _former.c.short_name), else_=Agency.short_name).label("short_name"),
    Agency.kind,
    Agency.level,
    Agency.parent_code.label("parent"),
    Agency.region_code.label("region"),
    Agency.time_zone,
    Agency.duties,
    Agency.contacts,
    Agency.valid_from,
    Agency.valid_until,
    Agency.successor_code.label("successor"),
    Agency.active,
    Agency.own_verification,
    Agency.automatic_assignment,
)
_AGENCIES = select(*_COLUMNS).join(_former, true(), isouter=True)
#: Held while the tree changes shape, so that two moves at once cannot make a loop of it.
_SHAPE_LOCK = 0x6C61706F72  # "lapor"


_VERSION = select(Version.number).where(Version.subject == "registry")
# Duties as one text, and no arrays: lists of lists keep the garbage collector busy for longer than all the rest.
_LISTED = text(
    """
    SELECT (SELECT number FROM versions WHERE subject = 'registry'), code, name, kind, level, parent_code, region_code,
        array_to_string(duties, ' '), active, valid_from, valid_until, successor_code,
        own_verification, automatic_assignment
    FROM agencies
    """
)
_FORMER_NAMES = select(AgencyName.agency_code, AgencyName.valid_to, AgencyName.name).order_by(AgencyName.valid_to)
_CATEGORIES = select(
    Category.code, Category.parent_code, Category.active, Category.valid_from, Category.valid_until
)  # fmt: skip


async def version(session: AsyncSession) -> int:
    """The version of the registry, to know whether a directory in memory is the newest."""
    return await session.scalar(_VERSION) or 0


async def directory(session: AsyncSession) -> Directory:
    """The whole registry. Its version is read with the agencies: what changes meanwhile has a later one."""
    rows = (await session.execute(_LISTED)).all()
    former: dict[str, tuple[tuple[date, str], ...]] = {}
    for code, last_day, name in await session.execute(_FORMER_NAMES):
        former[code] = (*former.get(code, ()), (last_day, name))
    duties = {joined: tuple(joined.split()) for joined in {row[7] for row in rows}}
    agencies = {
        code: Listed(
            code, name, kind, level, parent, region, duties[joined], active, begun, until, successor,
            former.get(code, ()), own, automatic,
        )
        for _, code, name, kind, level, parent, region, joined, active, begun, until, successor, own, automatic in rows
    }  # fmt: skip
    categories = (await session.execute(_CATEGORIES)).all()
    return Directory(
        rows[0][0] if rows else 0,
        agencies,
        {row.code: row.parent_code for row in categories},
        {row.code: Term(row.active, row.valid_from, row.valid_until) for row in categories},
    )


async def lock_shape(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(_SHAPE_LOCK)))


async def agency(session: AsyncSession, code: str, *, today: date) -> Row[Any] | None:
    """With the name that it has today: it may have been renamed from a later day on."""
    return (await session.execute(_AGENCIES.where(Agency.code == code), {"day": today})).one_or_none()


async def page_of_agencies(
    session: AsyncSession,
    *,
    filters: Sequence[ColumnElement[bool]],
    sort: str,
    after: tuple[str, str] | None,
    limit: int,
    today: date,
) -> Sequence[Row[Any]]:
    key = _NAME if sort == "name" else Agency.code
    statement = _AGENCIES.where(*filters).order_by(key, Agency.code).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(key, Agency.code) > after)
    return (await session.execute(statement, {"day": today})).all()


def matching(
    *,
    parent: str | None,
    region: str | None,
    kind: str | None,
    level: str | None,
    duty: str | None,
    active: bool | None,
    in_service_on: date | None,
    q: str | None,
) -> list[ColumnElement[bool]]:
    """The filters of the list, those that are given."""
    found: list[ColumnElement[bool]] = []
    if parent is not None:
        found.append(Agency.parent_code == parent)
    if region is not None:
        found.append(or_(Agency.region_code == region, Agency.region_code.startswith(f"{region}.", autoescape=True)))
    if kind is not None:
        found.append(Agency.kind == kind)
    if level is not None:
        found.append(Agency.level == level)
    if duty is not None:
        found.append(Agency.duties.contains([duty]))
    if active is not None:
        found.append(Agency.active == active)
    if in_service_on is not None:
        found.append(is_in_service(Agency, in_service_on))
    if q is not None:
        found.append(or_(*(c.icontains(q, autoescape=True) for c in (Agency.name, Agency.short_name, Agency.code))))
    return found


async def add_agency(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the code is taken. ON CONFLICT, so that two requests at once get one agency and one refusal."""
    statement = insert(Agency).values(**values).on_conflict_do_nothing().returning(Agency.code)
    return await session.scalar(statement) is not None


async def change_agency(session: AsyncSession, code: str, values: Mapping[str, Any]) -> None:
    await session.execute(update(Agency).where(Agency.code == code).values(**values))


async def is_coordinating(session: AsyncSession, code: str) -> bool:
    """Whether the coordinator of this instansi holds open reports."""
    held = and_(
        Report.holder_agency_code == code, Report.holder_level == Level.COORDINATOR, Report.status.in_(sorted(OPEN))
    )
    return bool(await session.scalar(select(exists().where(held))))
