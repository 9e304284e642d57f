"""SQL of the outlines of regions that are in force, for whoever draws them."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Boundary, BoundarySet

#: Of a boundary: its set, and the code of its region.
OutlineKey = tuple[int, str]


async def sets_in_force(session: AsyncSession) -> Sequence[int]:
    """In the order of their numbers. A set is written once."""
    return (await session.scalars(select(BoundarySet.id).where(BoundarySet.active).order_by(BoundarySet.id))).all()


async def outlines_within(
    session: AsyncSession, sets: Collection[int], within: str, levels: Collection[int]
) -> Sequence[OutlineKey]:
    """Of the regions of these levels within a region; empty text: within the country."""
    statement = (
        select(Boundary.set_id, Boundary.region_code)
        .join(BoundarySet, BoundarySet.id == Boundary.set_id)
        .where(BoundarySet.id.in_(sets), BoundarySet.level.in_(levels))
        .order_by(Boundary.region_code)
    )
    if within:
        statement = statement.where(func.starts_with(Boundary.region_code, f"{within}."))
    return (await session.execute(statement)).tuples().all()


async def geometries(session: AsyncSession, keys: Collection[OutlineKey]) -> dict[OutlineKey, bytes]:
    """By the primary key, in WKB."""
    columns = (Boundary.set_id, Boundary.region_code)
    rows = await session.execute(select(*columns, Boundary.geometry).where(tuple_(*columns).in_(keys)))
    return {(set_id, code): geometry for set_id, code, geometry in rows}
