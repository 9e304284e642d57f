from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.directory import Directory, Listed
from shared.lifecycle import OPEN, Level
from shared.schema import Agency, AgencyName, Category, Report, Version

_COLUMNS = (
    Agency.code,
    Agency.name,
    Agency.short_name,
    Agency.kind,
    Agency.parent_code.label("parent"),
    Agency.region_code.label("region"),
    Agency.time_zone,
    Agency.active,
)
#: Held while the tree changes shape, so that two moves at once cannot make a loop of it.
_SHAPE_LOCK = 0x6C61706F72  # "lapor"


_VERSION = select(Version.number).where(Version.subject == "registry")
# Duties as one text, and no arrays: lists of lists keep the garbage collector busy for longer than all the rest.
_LISTED = text(
    """
    SELECT (SELECT number FROM versions WHERE subject = 'registry'), code, name, kind, level, parent_code, region_code,
        array_to_string(duties, ' '), active, valid_from, valid_until, successor_code
    FROM agencies
    """
)
_FORMER_NAMES = select(AgencyName.agency_code, AgencyName.valid_to, AgencyName.name).order_by(AgencyName.valid_to)
_CATEGORIES = select(Category.code, Category.parent_code)


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
            code, name, kind, level, parent, region, duties[joined], active, begun, until, successor, former.get(code, ())
        )
        for _, code, name, kind, level, parent, region, joined, active, begun, until, successor in rows
    }  # fmt: skip
    categories = (await session.execute(_CATEGORIES)).all()
    return Directory(rows[0][0] if rows else 0, agencies, {row.code: row.parent_code for row in categories})


async def lock_shape(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(_SHAPE_LOCK)))


async def agency(session: AsyncSession, code: str) -> Row[Any] | None:
    return (await session.execute(select(*_COLUMNS).where(Agency.code == code))).one_or_none()


async def agencies(
    session: AsyncSession,
    *,
    filters: Sequence[ColumnElement[bool]],
    sort: str,
    after: tuple[str, str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    key = Agency.name if sort == "name" else Agency.code
    statement = select(*_COLUMNS).where(*filters).order_by(key, Agency.code).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(key, Agency.code) > after)
    return (await session.execute(statement)).all()


def matching(
    *, parent: str | None, region: str | None, kind: str | None, active: bool | None, q: str | None
) -> list[ColumnElement[bool]]:
    """The filters of the list, those that are given."""
    found: list[ColumnElement[bool]] = []
    if parent is not None:
        found.append(Agency.parent_code == parent)
    if region is not None:
        found.append(or_(Agency.region_code == region, Agency.region_code.startswith(f"{region}.", autoescape=True)))
    if kind is not None:
        found.append(Agency.kind == kind)
    if active is not None:
        found.append(Agency.active == active)
    if q is not None:
        found.append(or_(*(c.icontains(q, autoescape=True) for c in (Agency.name, Agency.short_name, Agency.code))))
    return found


async def add(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the code is taken. ON CONFLICT, so that two requests at once get one agency and one refusal."""
    statement = insert(Agency).values(**values).on_conflict_do_nothing().returning(Agency.code)
    return await session.scalar(statement) is not None


async def change(session: AsyncSession, code: str, values: Mapping[str, Any]) -> None:
    await session.execute(update(Agency).where(Agency.code == code).values(**values))


async def is_coordinating(session: AsyncSession, code: str) -> bool:
    """Whether the coordinator of this instansi holds open reports."""
    held = and_(
        Report.holder_agency_code == code, Report.holder_level == Level.COORDINATOR, Report.status.in_(sorted(OPEN))
    )
    return bool(await session.scalar(select(exists().where(held))))
