"""Compiled for a quarter by itself, or on demand; once for a region and period."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import Client, Role
from shared.database import Sessions
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import MONITOR
from shared.regions import WIB
from shared.wire import Page, decode_cursor, encode_cursor
from sla_monitor.reprimands import queries
from sla_monitor.reprimands.queries import Place
from sla_monitor.reprimands.schemas import (
    InstansiName,
    ReprimandLine,
    ReprimandParams,
    ReprimandRequest,
    ReprimandView,
)

ACTOR = f"service:{MONITOR}"
GRACE = timedelta(hours=1)  # for what is recorded at the last moment
LONGEST_PERIOD = timedelta(days=366)


class Compiled(NamedTuple):
    reprimand: ReprimandView
    new: bool


async def compile_one(session: AsyncSession, asked: ReprimandRequest, client: Client, *, now: datetime) -> Compiled:
    """The reprimand of a region for a period; if it was compiled before, that one."""
    await _check(session, asked, now)
    period = (asked.agency, asked.first_day, asked.last_day)
    new = await queries.compile_period(session, *period, actor=client.actor, now=now)
    reprimand_id = new[0] if new else await queries.of_period(session, *period)
    if reprimand_id is None:
        raise Conflict(f"There is nothing to reprimand {asked.agency} for in this period.", code="no_cases")
    return Compiled(await _get(session, reprimand_id), bool(new))


async def _check(session: AsyncSession, asked: ReprimandRequest, now: datetime) -> None:
    agency = await queries.agency(session, asked.agency)
    if agency is None:
        raise Invalid(f"There is no agency {asked.agency}.", pointer="/agency", code="unknown_agency")
    if agency.parent_code is not None:
        raise Invalid(
            f"{asked.agency} belongs to {agency.parent_code}; a reprimand is for a whole instansi.",
            pointer="/agency",
            code="not_an_instansi",
        )
    if not asked.first_day <= asked.last_day <= asked.first_day + LONGEST_PERIOD:
        raise Invalid(
            "A period ends on or after its first day, and is at most a year long.", pointer="/last_day", code="period"
        )
    if asked.last_day >= now.astimezone(ZoneInfo(agency.time_zone)).date():
        raise Invalid("The period has not ended yet; choose an earlier day.", pointer="/last_day", code="period_open")


async def compile_quarter(sessions: Sessions, *, now: datetime) -> int:
    """Compile the last quarter that has ended, for every region that has cases and no reprimand; how many.

    Safe to run again, to kill, and to run by several monitors at once.
    """
    first_day, last_day = last_quarter(now)
    async with sessions.begin() as session:
        return len(await queries.compile_period(session, None, first_day, last_day, actor=ACTOR, now=now))


def last_quarter(now: datetime) -> tuple[date, date]:
    """The last one that has ended everywhere: in the west midnight comes last."""
    today = (now - GRACE).astimezone(ZoneInfo(WIB)).date()
    this_one = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last_day = this_one - timedelta(days=1)
    return date(last_day.year, last_day.month - 2, 1), last_day


async def page(session: AsyncSession, params: ReprimandParams, client: Client) -> Page[ReprimandLine]:
    agency = params.agency
    if client.role is Role.COORDINATOR:
        if agency not in (None, client.agency):
            raise Forbidden("You see the reprimands of your own instansi.")
        agency = client.agency
    after = decode_cursor(params.cursor, Place) if params.cursor else None
    rows = await queries.reprimands(session, agency, after=after, limit=params.limit + 1)
    items = [ReprimandLine(**_line(row), case_count=row.case_count) for row in rows[: params.limit]]
    if len(rows) <= params.limit:
        return Page(items=items)
    return Page(items=items, next_cursor=encode_cursor(items[-1].compiled_at, items[-1].id))


async def get(session: AsyncSession, reprimand_id: UUID, client: Client) -> ReprimandView:
    """Another region's is not there for a coordinator."""
    found = await _get(session, reprimand_id)
    if client.role is Role.COORDINATOR and found.agency.code != client.agency:
        raise _unknown(reprimand_id)
    return found


async def _get(session: AsyncSession, reprimand_id: UUID) -> ReprimandView:
    row = await queries.reprimand(session, reprimand_id)
    if row is None:
        raise _unknown(reprimand_id)
    return ReprimandView(**_line(row), case_count=len(row.cases), cases=row.cases)


def _unknown(reprimand_id: UUID) -> NotFound:
    return NotFound(f"There is no reprimand {reprimand_id}.")


def _line(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "agency": InstansiName(code=row.agency_code, name=row.agency_name),
        "first_day": row.first_day,
        "last_day": row.last_day,
        "time_zone": row.time_zone,
        "compiled_at": row.compiled_at,
        "compiled_by": row.compiled_by,
    }
