from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.boundaries.overlaps import Overlap
from routing_service.competence.place.queries import BOUNDARIES
from shared.schema import Boundary, BoundaryActivation, BoundaryOverlap, BoundarySet, Region, Version

_STORE = text(
    """
    INSERT INTO boundaries (set_id, region_code, geometry, square_metres, repaired, fault)
    SELECT :set_id, region, geometry, square_metres, fault IS NOT NULL, fault
    FROM unnest(
        CAST(:regions AS text[]), CAST(:geometries AS bytea[]), CAST(:areas AS float8[]), CAST(:faults AS text[])
    ) AS given (region, geometry, square_metres, fault)
    """
)
_STORE_OVERLAPS = text(
    """
    INSERT INTO boundary_overlaps (set_id, winner_code, loser_code, square_metres)
    SELECT :set_id, * FROM unnest(CAST(:winners AS text[]), CAST(:losers AS text[]), CAST(:areas AS float8[]))
    """
)


async def lock_boundaries(session: AsyncSession) -> None:
    """One import or activation at a time: a transaction that changes sets takes the row of their version first."""
    await session.execute(select(Version.number).where(Version.subject == BOUNDARIES).with_for_update())


async def page_of_boundary_sets(
    session: AsyncSession, *, active: bool | None, before: int | None, limit: int
) -> Sequence[BoundarySet]:
    filters: list[ColumnElement[bool]] = []
    if active is not None:
        filters.append(BoundarySet.active == active)
    if before is not None:
        filters.append(BoundarySet.id < before)
    statement = select(BoundarySet).where(*filters).order_by(BoundarySet.id.desc()).limit(limit)
    return (await session.scalars(statement)).all()


async def get_boundary_set(session: AsyncSession, id: int) -> BoundarySet | None:
    return await session.get(BoundarySet, id, populate_existing=True)


async def with_digest(session: AsyncSession, digest: bytes) -> int | None:
    found: int | None = await session.scalar(select(BoundarySet.id).where(BoundarySet.digest == digest))
    return found


async def regions_in(session: AsyncSession, area: str | None, depth: int) -> int:
    """How many regions of a level an area has."""
    filters = [func.cardinality(func.string_to_array(Region.code, ".")) == depth]
    if area is not None:
        filters.append(Region.code.startswith(f"{area}.", autoescape=True))
    return await session.scalar(select(func.count()).select_from(Region).where(*filters)) or 0


async def add_boundary_set(session: AsyncSession, values: dict[str, Any]) -> int:
    id: int = (await session.execute(insert(BoundarySet).values(values).returning(BoundarySet.id))).scalar_one()
    return id


async def add_boundaries(
    session: AsyncSession, set_id: int, rows: Sequence[tuple[str, bytes, float, str | None]]
) -> None:
    """One statement, whatever their number."""
    regions, geometries, areas, faults = (list(column) for column in zip(*rows, strict=True))
    given = {"set_id": set_id, "regions": regions, "geometries": geometries, "areas": areas, "faults": faults}
    await session.execute(_STORE, given)


async def add_overlaps(session: AsyncSession, set_id: int, found: Sequence[Overlap]) -> None:
    given = {
        "set_id": set_id,
        "winners": [one.winner for one in found],
        "losers": [one.loser for one in found],
        "areas": [one.square_metres for one in found],
    }
    await session.execute(_STORE_OVERLAPS, given)


async def active_with(session: AsyncSession, regions: Collection[str]) -> Sequence[int]:
    """The active sets that have a polygon of one of the regions."""
    statement = (
        select(BoundarySet.id)
        .join(Boundary)
        .where(BoundarySet.active, Boundary.region_code.in_(regions))
        .distinct()
        .order_by(BoundarySet.id)
    )
    return (await session.scalars(statement)).all()


async def regions_of(session: AsyncSession, id: int) -> Sequence[str]:
    return (await session.scalars(select(Boundary.region_code).where(Boundary.set_id == id))).all()


async def put_in_force(session: AsyncSession, ids: Collection[int], *, active: bool) -> int:
    """The version of the boundaries from then on: a trigger raises it."""
    await session.execute(update(BoundarySet).where(BoundarySet.id.in_(ids)).values(active=active))
    return await session.scalar(select(Version.number).where(Version.subject == BOUNDARIES)) or 0


async def record(session: AsyncSession, changes: Sequence[dict[str, Any]]) -> None:
    await session.execute(insert(BoundaryActivation), list(changes))


async def repairs(session: AsyncSession, id: int) -> Sequence[Row[Any]]:
    statement = select(Boundary.region_code.label("region"), Boundary.fault).where(
        Boundary.set_id == id, Boundary.repaired
    )
    return (await session.execute(statement.order_by(Boundary.region_code))).all()


async def largest_overlaps(session: AsyncSession, id: int, *, limit: int) -> Sequence[Row[Any]]:
    columns = BoundaryOverlap.winner_code.label("winner"), BoundaryOverlap.loser_code.label("loser")
    statement = (
        select(*columns, BoundaryOverlap.square_metres)
        .where(BoundaryOverlap.set_id == id)
        .order_by(BoundaryOverlap.square_metres.desc(), *columns)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def changes(session: AsyncSession, id: int) -> Sequence[BoundaryActivation]:
    statement = select(BoundaryActivation).where(BoundaryActivation.set_id == id).order_by(BoundaryActivation.id.desc())
    return (await session.scalars(statement)).all()
