"""What the storeys above ask of the registry under way: agencies with their lines, whether a code is in force."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.tree import Node, Tree
from shared.queries.terms import is_in_service
from shared.schema import Category, Region

_LINES = text(
    """
    WITH RECURSIVE line AS (
        SELECT code, name, parent_code, region_code, time_zone, active, valid_from, valid_until, successor_code
        FROM agencies WHERE code = ANY(CAST(:codes AS text[]))
        UNION
        SELECT a.code, a.name, a.parent_code, a.region_code, a.time_zone, a.active, a.valid_from, a.valid_until,
               a.successor_code
        FROM line l JOIN agencies a ON a.code = ANY(ARRAY[l.parent_code, l.successor_code])
    ) SELECT * FROM line
    """
)


async def tree(session: AsyncSession, codes: Iterable[str | None]) -> Tree:
    """These agencies with all that stand above them or took over from them; unknown codes are left out.

    UNION ends a loop in the data.
    """
    wanted = sorted({code for code in codes if code is not None})
    if not wanted:
        return Tree()
    rows = await session.execute(_LINES, {"codes": wanted})
    return Tree({row.code: Node(*row) for row in rows})


_OFFICES = text(
    """
    SELECT code, name, parent_code, region_code, time_zone, active, valid_from, valid_until, successor_code
    FROM agencies WHERE code = ANY(CAST(:codes AS text[])) ORDER BY code FOR KEY SHARE
    """
)


async def offices(session: AsyncSession, codes: Iterable[str]) -> dict[str, Node]:
    """These agencies as they are, held so until the transaction ends, for whoever gives them a report.

    One that ends at this moment (FOR UPDATE) is waited for and read again; one that is about to end waits for us, and
    then counts the report among those that it holds.
    """
    rows = await session.execute(_OFFICES, {"codes": sorted(set(codes))})
    return {row.code: Node(*row) for row in rows}


async def held_tree(session: AsyncSession, codes: Iterable[str | None]) -> Tree:
    """The tree of these agencies, all of them held as by `offices`: for whoever is about to take up a report that one
    of them may no longer be there for.
    """
    found = await tree(session, codes)
    held = await offices(session, found.nodes) if found.nodes else {}
    named = {code for node in held.values() for code in (node.parent, node.successor) if code is not None}
    return Tree(held) if named <= held.keys() else await held_tree(session, [*held, *named])


async def category_in_force(session: AsyncSession, code: str, on: date) -> bool | None:
    """Whether reports may be put under it on that day; None: there is no such category."""
    found: bool | None = await session.scalar(select(is_in_service(Category, on)).where(Category.code == code))
    return found


async def region_exists(session: AsyncSession, code: str) -> bool:
    return await session.scalar(select(Region.code).where(Region.code == code)) is not None
