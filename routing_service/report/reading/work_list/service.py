"""The work list: the reports that somebody answers for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading import views
from routing_service.report.reading.queries import WorkReach
from routing_service.report.reading.schemas import Instant, WorkItem, WorkListParams
from routing_service.report.reading.service import work_reach_of
from routing_service.report.reading.work_list import queries
from routing_service.report.reading.work_list.queries import Filters
from shared.clients import Client
from shared.errors import Invalid
from shared.http.wire import Page, decode_cursor, encode_cursor
from shared.log import feed
from shared.queries.reach import known_subtree

_Kind = Literal["received", "due", "none"]


class Position(NamedTuple):
    """Where a page ended: in which part of the list, at which instant, at which report."""

    kind: _Kind
    at: Instant
    id: UUID


async def work_list(session: AsyncSession, params: WorkListParams, client: Client, *, now: datetime) -> Page[WorkItem]:
    scope = await work_reach_of(session, client)
    filters = await _filters(session, params, now)
    if params.sort == "changed_at":
        return await _by_change(session, params, filters, scope)
    ascending = not params.sort.startswith("-")
    after = params.position(Position)
    by_due = params.sort.endswith("due_at")
    if after is not None and (after.kind != "received") is not by_due:
        raise Invalid("The cursor belongs to another sort.", pointer="query/cursor", code="bad_cursor")
    if by_due:
        kinds, rows = await _rows_by_due(session, filters, scope, ascending=ascending, after=after, limit=params.rows)
    else:
        place = None if after is None else (after.at, after.id)
        found = await queries.by_receipt(session, filters, scope, ascending=ascending, after=place, limit=params.rows)
        rows = list(found)
        kinds = ["received"] * len(rows)
    items = [views.work_item(row, secret_words=scope.secret_words) for row in rows[: params.limit]]
    if len(rows) <= params.limit:
        return Page(items=items)
    kind, last = kinds[params.limit - 1], items[-1]
    key = last.due_at if kind == "due" else last.received_at
    return Page(items=items, next_cursor=params.cursor_at(kind, key, last.id))


class Changed(NamedTuple):
    """Where a page by change ended, in the log."""

    kind: Literal["changed"]
    transaction_id: Annotated[int, Field(ge=0, lt=2**63)]
    event_id: UUID


async def _by_change(
    session: AsyncSession, params: WorkListParams, filters: Filters, scope: WorkReach
) -> Page[WorkItem]:
    """As the feed goes along the log: only up to the oldest transaction that still runs."""
    # A copy may ask for other filters as it goes along: the log is one for all of them.
    last = None if params.cursor is None else decode_cursor(params.cursor, Changed)
    after = feed.START if last is None else feed.Position(last.transaction_id, last.event_id)
    horizon = await feed.readers_horizon(session)
    rows = await queries.by_change(session, filters, scope, after=after, horizon=horizon, limit=params.limit)
    reached = max(after, feed.end_below(horizon))
    if len(rows) == params.limit:
        reached = feed.Position(rows[-1].transaction_id, rows[-1].event_id)
    items = [views.work_item(row, secret_words=scope.secret_words) for row in rows]
    return Page(items=items, next_cursor=encode_cursor("changed", *reached))


async def _rows_by_due(
    session: AsyncSession, filters: Filters, scope: WorkReach, *, ascending: bool, after: Position | None, limit: int
) -> tuple[list[_Kind], list[Row[Any]]]:
    """Those with a due instant first, in either direction; then, newest first, those without."""
    kinds: list[_Kind] = []
    rows: list[Row[Any]] = []
    place = None if after is None else (after.at, after.id)
    if after is None or after.kind == "due":
        rows += await queries.by_due(session, filters, scope, ascending=ascending, after=place, limit=limit)
        kinds += ["due"] * len(rows)
        place = None
    if len(rows) < limit:
        rest = await queries.without_due(session, filters, scope, after=place, limit=limit - len(rows))
        rows += rest
        kinds += ["none"] * len(rest)
    return kinds, rows


async def _filters(session: AsyncSession, params: WorkListParams, now: datetime) -> Filters:
    agencies: Sequence[str] | None = None
    if params.agency is not None:
        agencies = await known_subtree(session, params.agency)
    return Filters(
        statuses=params.status,
        agencies=agencies,
        holder=params.holder,
        tracking_number=params.tracking_number,
        q=params.q,
        classification=params.classification,
        region=params.region,
        due_before=params.due_before,
        overdue=params.overdue,
        updated_since=params.updated_since,
        now=now,
    )
