"""One report, for those who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.registry.tree import Tree
from routing_service.report import possible, rights
from routing_service.report import queries as common
from routing_service.report.possible import Officer
from routing_service.report.reading import origin, queries, views
from routing_service.report.reading.queries import WorkReach
from routing_service.report.reading.schemas import (
    EventView,
    Instant,
    MergedView,
    MessageParams,
    MessageView,
    OfficersAction,
    ReportDetail,
    ReportView,
)
from routing_service.report.rights import Reader, Sight, Standing
from shared.clients import Client, Role
from shared.clients import Scope as TokenScope
from shared.domain import lifecycle
from shared.domain.lifecycle import Holder
from shared.errors import bad_cursor
from shared.http.wire import Page, PageParams, Sequence32, decode_cursor
from shared.ids import report_named
from shared.log import parts, public_changes
from shared.log.events import Event
from shared.log.public_changes import Changes
from shared.queries import talks
from shared.queries.reach import reach_of
from shared.queries.talks import Talk
from shared.queries.told import told_of


@dataclass(frozen=True, slots=True)
class Found:
    """A report that the caller may know of."""

    row: Row[Any]
    reader: Reader
    standing: Standing
    sight: Sight


async def id_named(session: AsyncSession, reference: str) -> UUID:
    """The report of a tracking number, or an id: whether that has a report is seen when it is read. Raises NotFound."""
    named = report_named(reference)
    report_id = await common.report_id_of(session, named) if isinstance(named, str) else named
    if report_id is None:
        raise rights.no_report(reference)
    return report_id


async def find_report(session: AsyncSession, reference: str, client: Client) -> Found:
    """Raises Forbidden for a role that does not read here, NotFound for a report that they may not know of."""
    reader = rights.as_reader(client)
    row = await queries.report(session, await id_named(session, reference))
    if row is None:
        raise rights.no_report(reference)
    tree = await registry.tree(session, (row.holder_agency_code, rights.supervising(client)))
    standing = rights.standing(reader, Holder(row.holder_level, row.holder_agency_code), tree)
    sight = rights.sight(standing, client, secret=row.secret)
    rights.check_seen(sight, reference)
    return Found(row, reader, standing, sight)


async def view(session: AsyncSession, reference: str, client: Client) -> ReportView:
    """The report alone. Raises Forbidden, NotFound."""
    found = await find_report(session, reference, client)
    return await _seen(session, found.row, found.sight, client)


async def read_report(session: AsyncSession, reference: str, client: Client, *, most_returns: int) -> ReportDetail:
    found = await find_report(session, reference, client)
    row, sight = found.row, found.sight
    public = sight not in views.WORKS_ON_IT
    happened = [] if public else await parts.page_of_events(session, row.id)
    merged = await _merged(session, found, None, parts.SHOWN)
    talk = await _talk(session, found)
    said = await talks.read_talk(session, talk)
    officer = Officer(client.sub, found.standing, sight, most_returns)
    can = await possible.possible(session, row, officer)
    clock = {} if sight is Sight.PUBLIC else {"stage": row.stage, "due_at": row.due_at, "level": row.level}
    return ReportDetail(
        **(await _seen(session, row, sight, client)).model_dump(),
        **clock,
        actions=[OfficersAction(action=action, until=until) for action, until in can],
        events=await _event_views(session, found, list(reversed(happened))),
        events_total=0 if public else row.seq,
        messages=origin.messages_without_origin(views.message_views(reversed(said.rows), sight), row),
        messages_total=await talks.count_messages(session, talk),
        merged=[views.merged_view(one, words=sight is Sight.FULL) for one in reversed(merged)],
        merged_total=merged[0].total if merged else 0,
    )


async def page_of_messages(
    session: AsyncSession, reference: str, client: Client, params: MessageParams
) -> Page[MessageView]:
    """What was said, as in the report itself. Raises Forbidden, NotFound, Invalid."""
    found = await find_report(session, reference, client)
    talk = await _talk(session, found)
    last = params.key(tuple[UUID])
    ended = None if last is None else await talks.position_of(session, talk, last)
    said = await talks.read_talk(session, talk, before=ended, limit=params.limit)
    items = origin.messages_without_origin(views.message_views(said.rows, found.sight), found.row)
    return Page(items=items, next_cursor=params.cursor_at(items[-1].id) if said.older else None)


async def page_of_report_events(
    session: AsyncSession, reference: str, client: Client, params: PageParams
) -> Page[EventView]:
    """What happened, as in the report itself. Raises Forbidden, NotFound, Invalid."""
    found = await find_report(session, reference, client)
    before = None
    if params.cursor is not None:
        _, _, before = place_in_report(params.cursor, found, tuple[Literal["events"], UUID, Sequence32])
    if found.sight not in views.WORKS_ON_IT:
        return Page(items=[])
    rows = await parts.page_of_events(session, found.row.id, before=before, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: ("events", found.row.id, row.seq))
    return Page(items=await _event_views(session, found, shown), next_cursor=next_cursor)


async def _event_views(session: AsyncSession, found: Found, history: Sequence[Event]) -> list[EventView]:
    """With whether the reporter was told of each."""
    told = await told_of(session, found.row.id, [event.id for event in history]) if history else {}
    items = views.event_views(history, told, words=found.sight is Sight.FULL)
    return origin.events_without_origin(items, found.row)


async def page_of_merged(session: AsyncSession, reference: str, client: Client, params: PageParams) -> Page[MergedView]:
    """What is merged into it, as in the report itself. Raises Forbidden, NotFound, Invalid."""
    found = await find_report(session, reference, client)
    before = None
    if params.cursor is not None:
        shape = tuple[Literal["merged"], UUID, Instant, UUID]
        _, _, *place = place_in_report(params.cursor, found, shape)
        before = (place[0], place[1])
    rows = await _merged(session, found, before, params.rows)
    shown, next_cursor = params.cut(rows, lambda row: ("merged", found.row.id, row.received_at, row.id))
    items = [views.merged_view(one, words=found.sight is Sight.FULL) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


def place_in_report(cursor: str, found: Found, shape: Any) -> Any:
    """Where a page of this view of this report ended. Raises Invalid for a cursor of anything else."""
    place = decode_cursor(cursor, shape)
    if place[1] != found.row.id:
        raise bad_cursor()
    return place


async def _merged(
    session: AsyncSession, found: Found, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    if found.sight not in views.WORKS_ON_IT:
        return []
    return await common.merged(session, found.row.id, before=before, limit=limit)


async def _talk(session: AsyncSession, found: Found) -> Talk:
    """What the caller reads of what was said. Co-reporters' words are for those who read the report's own."""
    row, sight = found.row, found.sight
    public = lifecycle.is_public(row.status, secret=row.secret, published=row.published_at is not None)
    co_reports = await common.merged_below(session, [row.id]) if sight is Sight.FULL else set()
    kinds = views.readable(sight, public=public)
    return queries.talk(row.id, kinds, public=sight is Sight.PUBLIC, co_reports=co_reports)


async def after_action(session: AsyncSession, report_id: UUID, client: Reader, tree: Tree) -> ReportView:
    """The report as the officer who acted sees it now, which may be less than before."""
    row = await queries.report(session, report_id)
    assert row is not None
    standing = rights.standing(client, Holder(row.holder_level, row.holder_agency_code), tree)
    return await _seen(session, row, rights.sight(standing, client, secret=row.secret), client)


async def _seen(session: AsyncSession, row: Row[Any], sight: Sight, client: Client) -> ReportView:
    changes = Changes(row.fact_seq, row.changed_at)
    if sight not in views.WORKS_ON_IT:
        changes = (await public_changes.of_reports(session, (row.id,)))[row.id]
    return origin.report_without_origin(views.report_view(row, sight, changes), row, client)


# --- the work list -----------------------------------------------------------------------------------------


async def work_reach_of(session: AsyncSession, client: Client) -> WorkReach:
    """The reports that somebody works on. Raises Forbidden for who works on none."""
    rights.as_reader(client)
    found = await reach_of(session, client)
    secret_words = client.role is not Role.SUPERVISOR or client.may(TokenScope.SECRET)
    return WorkReach(found.codes, found.agencies_only, found.secret, secret_words)
