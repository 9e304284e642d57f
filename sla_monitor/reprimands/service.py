"""Compiled for a quarter by itself, or on demand; once for a region and period."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import MONITOR
from shared.clients import Client, Role, Scope
from shared.database import Sessions
from shared.domain.regions import national_day
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.http.wire import Page
from shared.queries.reach import knows_published_only, reach_of
from shared.queries.subtrees import subtree
from shared.schema import Agency
from sla_monitor.reprimands import queries
from sla_monitor.reprimands.queries import Position
from sla_monitor.reprimands.schemas import (
    ComingCase,
    InstansiName,
    PreviewParams,
    ReprimandCase,
    ReprimandLine,
    ReprimandParams,
    ReprimandPreview,
    ReprimandRequest,
    ReprimandView,
)

ACTOR = f"service:{MONITOR}"
GRACE = timedelta(hours=1)  # for what is recorded at the last moment
LONGEST_PERIOD = timedelta(days=366)
MOST_COMING = 500


class Compiled(NamedTuple):
    reprimand: ReprimandView
    new: bool


async def compile_one(session: AsyncSession, asked: ReprimandRequest, client: Client, *, now: datetime) -> Compiled:
    """The reprimand of a region for a period; if it was compiled before, that one."""
    await _check(session, asked, now)
    period = (asked.agency, asked.first_day, asked.last_day)
    nothing = Conflict(
        f"There is nothing to reprimand {asked.agency} for in this period; choose another one.", code="no_cases"
    )
    try:
        async with session.begin_nested():
            new = await queries.compile_period(session, *period, actor=client.actor, now=now)
            reprimand_id = new[0] if new else await queries.of_period(session, *period)
            if reprimand_id is None:
                raise nothing
            return Compiled(await _get(session, reprimand_id, client), bool(new))
    except NotFound:
        raise nothing from None  # nothing that the caller may know of: the compiling of the quarter finds it


async def _check(session: AsyncSession, asked: ReprimandRequest, now: datetime) -> None:
    agency = await _instansi(session, asked.agency, "/agency")
    _check_period(asked.first_day, asked.last_day, "/last_day")
    if asked.last_day >= now.astimezone(ZoneInfo(agency.time_zone)).date():
        raise Invalid(
            "The period has not ended yet; choose an earlier day, or preview it (GET /v1/reprimands/preview).",
            pointer="/last_day",
            code="period_open",
        )


async def _instansi(session: AsyncSession, code: str, pointer: str) -> Agency:
    agency = await queries.agency(session, code)
    if agency is None:
        raise Invalid(f"There is no agency {code}.", pointer=pointer, code="unknown_agency")
    if agency.parent_code is not None:
        raise Invalid(
            f"{code} belongs to {agency.parent_code}; a reprimand is for a whole instansi.",
            pointer=pointer,
            code="not_an_instansi",
        )
    return agency


def _check_period(first_day: date, last_day: date, pointer: str) -> None:
    if not first_day <= last_day <= first_day + LONGEST_PERIOD:
        raise Invalid(
            "A period ends on or after its first day, and is at most a year long.", pointer=pointer, code="period"
        )


async def compile_quarter(sessions: Sessions, *, now: datetime) -> int:
    """Compile the last quarter that has ended, for every region that has cases and no reprimand; how many.

    Safe to run again, to kill, and to run by several monitors at once.
    """
    first_day, last_day = last_quarter(now)
    async with sessions.begin() as session:
        return len(await queries.compile_period(session, None, first_day, last_day, actor=ACTOR, now=now))


def last_quarter(now: datetime) -> tuple[date, date]:
    """The last one that has ended everywhere: in the west midnight comes last."""
    today = national_day(now - GRACE)
    return quarter_of(quarter_of(today)[0] - timedelta(days=1))


def quarter_of(day: date) -> tuple[date, date]:
    """Its first day and its last."""
    first_month = 3 * ((day.month - 1) // 3) + 1
    _, length = monthrange(day.year, first_month + 2)
    return date(day.year, first_month, 1), date(day.year, first_month + 2, length)


async def page_of_reprimands(session: AsyncSession, params: ReprimandParams, client: Client) -> Page[ReprimandLine]:
    seen = await _seen(session, client)
    if params.agency is not None and seen is not None and params.agency not in seen:
        raise _not_theirs(client)
    params = params.in_list("reprimands")
    rows = await queries.reprimands(
        session,
        seen if params.agency is None else [params.agency],
        with_secret=_knows_secret(client),
        after=params.position(Position),
        limit=params.rows,
    )
    shown, next_cursor = params.cut(rows, lambda row: (row.compiled_at, row.id))
    items = [ReprimandLine(**_line(row), case_count=row.case_count) for row in shown]
    return Page(items=items, next_cursor=next_cursor)


async def get_reprimand(session: AsyncSession, reprimand_id: UUID, client: Client) -> ReprimandView:
    """Another region's is not there for a coordinator, nor for a supervisor with an agency."""
    found = await _get(session, reprimand_id, client)
    seen = await _seen(session, client)
    if seen is not None and found.agency.code not in seen:
        raise _unknown(reprimand_id)
    return found


async def _seen(session: AsyncSession, client: Client) -> Sequence[str] | None:
    """Of which agencies; None: of all."""
    if client.role is Role.COORDINATOR and client.agency is not None:
        return [client.agency]
    return (await reach_of(session, client)).codes if client.supervises_a_part else None


def _not_theirs(client: Client) -> Forbidden:
    if client.supervises_a_part:
        return Forbidden("You see the reprimands of the instansi in your region.")
    return Forbidden("You see the reprimands of your own instansi.")


def _knows_secret(client: Client) -> bool:
    """Who works on no report does not, and who supervises a part of the country only if that is granted."""
    return client.may(Scope.SECRET) if client.supervises_a_part else not knows_published_only(client)


async def _get(session: AsyncSession, reprimand_id: UUID, client: Client) -> ReprimandView:
    row = await queries.reprimand(session, reprimand_id)
    hidden = await _hidden(session, [] if row is None else [UUID(one["report_id"]) for one in row.cases], client)
    known = [] if row is None else [one for one in row.cases if UUID(one["report_id"]) not in hidden]
    if row is None or not known:
        raise _unknown(reprimand_id)
    cases = await _cases(session, known, row.compiled_at)
    return ReprimandView(**_line(row), case_count=len(cases), cases=cases)


async def _hidden(session: AsyncSession, report_ids: Collection[UUID], client: Client) -> set[UUID]:
    return set() if _knows_secret(client) else await queries.secret(session, report_ids)


async def _cases(session: AsyncSession, stored: Sequence[Mapping[str, Any]], at: datetime) -> list[ReprimandCase]:
    """With the names of then and the titles of now: what has been hidden since is not shown."""
    titles = await queries.public_titles(session, [UUID(one["report_id"]) for one in stored])
    holders = [one.get("holder") or one["agency"] for one in stored]
    names = await queries.names(session, set(holders), at)
    return [
        ReprimandCase.model_validate(
            {**one, "title": titles.get(UUID(one["report_id"])), "holder": _named(holder, names)}
        )
        for one, holder in zip(stored, holders, strict=True)
    ]


def _named(code: str, names: Mapping[str, str]) -> InstansiName:
    return InstansiName(code=code, name=names.get(code, code))


async def preview_reprimand(
    session: AsyncSession, params: PreviewParams, client: Client, *, now: datetime
) -> ReprimandPreview:
    """A period that runs, or any other: so that it can still be prevented."""
    own = client.agency if client.role is Role.COORDINATOR else None
    code = params.agency or own
    if code is None:
        raise Invalid("Name the instansi.", pointer="query/agency", code="agency_required")
    seen = await _seen(session, client)
    if seen is not None and code not in seen:
        raise _not_theirs(client)
    instansi = await _instansi(session, code, "query/agency")
    zone = ZoneInfo(instansi.time_zone)
    first_day, last_day = _period(params, now.astimezone(zone).date())
    due = await queries.preview_cases(session, code, first_day, last_day)
    ends_at = datetime.combine(last_day + timedelta(days=1), time(), zone)
    coming = await queries.coming(session, await subtree(session, code), before=ends_at, limit=MOST_COMING)
    reports = [*(UUID(one["report_id"]) for one in due), *(row.report_id for row in coming)]
    hidden = await _hidden(session, reports, client)
    cases = await _cases(session, [one for one in due if UUID(one["report_id"]) not in hidden], now)
    coming = [row for row in coming if row.report_id not in hidden]
    titles = await queries.public_titles(session, [row.report_id for row in coming])
    names = await queries.names(session, {row.holder or code for row in coming}, now)
    return ReprimandPreview(
        agency=InstansiName(code=code, name=(await queries.names(session, [code], now))[code]),
        first_day=first_day, last_day=last_day, time_zone=instansi.time_zone, as_of=now, cases=cases,
        coming=[
            ComingCase(
                report_id=row.report_id, tracking_number=row.tracking_number, title=titles.get(row.report_id),
                holder=_named(row.holder or code, names), status=row.status, received_at=row.received_at,
                due_at=row.due_at,
            )
            for row in coming
        ],
    )  # fmt: skip


def _period(params: PreviewParams, today: date) -> tuple[date, date]:
    if params.first_day is None and params.last_day is None:
        return quarter_of(today)
    if params.first_day is None or params.last_day is None:
        raise Invalid("Name both days of the period, or none.", pointer="query/last_day", code="period")
    _check_period(params.first_day, params.last_day, "query/last_day")
    return params.first_day, params.last_day


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
