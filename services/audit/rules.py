"""The rules that clocks were computed by: policies, every calendar that there was, limits of agencies."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.audit.clocks import Limits, Rules
from shared.schema import CalendarVersion, CalendarYear
from sla_monitor.reference import queries as reference
from sla_monitor.reference import service

_VERSIONS = select(CalendarVersion).where(CalendarVersion.id.in_(select(CalendarYear.calendar_id)))
_MOMENT = text("SELECT EXISTS (SELECT FROM recomputations WHERE finished_at IS NULL), clock_timestamp()")
_LIMITS = text("SELECT agency_code, stage, days FROM agency_limits")


async def read_rules(connection: AsyncConnection) -> Rules | None:
    """None before any were loaded."""
    async with AsyncSession(connection, join_transaction_mode="rollback_only") as session:
        try:
            known = await service.read_reference(session)
        except service.NoReferenceData:
            return None
        versions = (await session.scalars(_VERSIONS)).all()
        calendars = {version.id: await reference.calendar_of(session, version) for version in versions}
    unfinished, now = (await connection.execute(_MOMENT)).one()
    return Rules(known, calendars, await _limits(connection), unfinished, now)


async def _limits(connection: AsyncConnection) -> Limits:
    """Every limit that an agency ever had."""
    found: dict[tuple[str, str], set[int]] = {}
    for row in await connection.execute(_LIMITS):
        found.setdefault((row.agency_code, row.stage), set()).add(row.days)
    return {key: frozenset(days) for key, days in found.items()}
