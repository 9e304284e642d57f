"""What the locator is built from."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.place.polygons import Boundary
from shared.schema import Boundary as Stored
from shared.schema import Region, Version

BOUNDARIES = "boundaries"  #: the subject in `versions`

_NAMES = text("SELECT array_agg(code ORDER BY code), array_agg(name ORDER BY code) FROM regions")

# One statement, so that the version is that of these very boundaries.
_IN_FORCE = text(
    """
    SELECT v.number, b.set_id, b.region_code, b.geometry
    FROM versions v
    LEFT JOIN (boundary_sets s JOIN boundaries b ON b.set_id = s.id) ON s.active
    WHERE v.subject = :subject
    """
)


async def version(session: AsyncSession) -> int:
    """Grows whenever a set is imported, comes into force or goes out of it."""
    return await session.scalar(select(Version.number).where(Version.subject == BOUNDARIES)) or 0


async def in_force(session: AsyncSession) -> tuple[int, Sequence[Boundary]]:
    """The version, and the boundaries of all active sets."""
    rows = (await session.execute(_IN_FORCE, {"subject": BOUNDARIES})).all()
    number = rows[0].number if rows else 0
    return number, [Boundary(row.set_id, row.region_code, row.geometry) for row in rows if row.set_id is not None]


async def of_set(session: AsyncSession, set_id: int) -> Sequence[Boundary]:
    """Those of one set, in force or not; none where there is no such set."""
    rows = await session.execute(select(Stored.region_code, Stored.geometry).where(Stored.set_id == set_id))
    return [Boundary(set_id, row.region_code, row.geometry) for row in rows]


async def region_count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Region)) or 0


async def names(session: AsyncSession) -> Sequence[tuple[str, str]]:
    """(code, name) of every region. As two arrays: a tenth of the time of 90,000 rows."""
    codes, found = (await session.execute(_NAMES)).one()
    return list(zip(codes or (), found or (), strict=True))
