"""What happened to a report, as its reporter is told: the newest of it in the report itself, the rest by pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.timeline import queries
from intake_api.timeline.parts import acting, agency_of, because, deadline_of, event_label
from intake_api.timeline.schemas import Deadline, TimelineEntry
from intake_api.timeline.told import told_entries
from shared.domain.wording import Language
from shared.http import cursors
from shared.http.wire import Page, PageParams, Sequence32
from shared.log import parts
from shared.log.events import Event
from shared.log.own_feed import HIDDEN
from shared.queries.agency_names import Names, names_of
from shared.queries.told import ToldOf, told_of
from shared.schema import Report


async def newest(session: AsyncSession, report_id: UUID) -> Sequence[Event]:
    """In order."""
    return list(reversed(await parts.page_of_events(session, report_id, without=HIDDEN)))


async def total(session: AsyncSession, report_id: UUID) -> int:
    return await parts.count_events(session, report_id, without=HIDDEN)


async def page_of_timeline(
    session: AsyncSession, report: Report, params: PageParams, *, secrets: Sequence[str], language: Language
) -> Page[TimelineEntry]:
    """Newest first, without what was said: that is on the pages of the messages. Raises Invalid."""
    of = f"timeline|{report.tracking_number}"
    before = None if params.cursor is None else cursors.unseal(secrets, params.cursor, tuple[Sequence32], of=of)[0]
    found = await parts.page_of_events(session, report.id, before=before, limit=params.rows, without=HIDDEN)
    shown = found[: params.limit]
    names = await names_of(session, {code for event in shown if (code := acting(event))})
    more = len(found) > params.limit
    return Page(
        items=await own_entries(session, report, shown, {}, names, language),
        next_cursor=cursors.seal(secrets, shown[-1].seq, of=of) if more else None,
    )


async def own_entries(
    session: AsyncSession, report: Report, happened: Sequence[Event], messages: Mapping[UUID, Row[Any]], names: Names,
    language: Language,
) -> list[TimelineEntry]:  # fmt: skip
    """For its reporter: with when they were told of it."""
    told = await told_of(session, report.id, [event.id for event in happened])
    return [_with_told(entry(event, messages, names, language), event, told, report, language) for event in happened]


def _with_told(shown: TimelineEntry, event: Event, told: ToldOf, report: Report, language: Language) -> TimelineEntry:
    entries = told_entries(told.get(event.id, ()), region=report.about_region_code, language=language)
    return shown.model_copy(update={"told": entries})


def entry(event: Event, messages: Mapping[UUID, Row[Any]], names: Names, language: Language) -> TimelineEntry:
    """`messages`: those whose words are shown with it."""
    said = None if event.said is None else messages.get(event.said.message)
    return TimelineEntry(
        at=event.occurred_at,
        type=event.type,
        label=event_label(event, language),
        text=said.words if said else None,
        reason=because(event, language),
        agency=agency_of(acting(event), event.occurred_at, names),
    )


async def deadlines(
    session: AsyncSession,
    report: Report,
    params: PageParams,
    *,
    secrets: Sequence[str],
    language: Language,
    now: datetime,
) -> Page[Deadline]:
    """Those opened last first. Raises Invalid."""
    of = f"deadlines|{report.tracking_number}"
    before = None if params.cursor is None else cursors.unseal(secrets, params.cursor, tuple[Sequence32, str], of=of)
    rows = await queries.clocks(session, report.id, before=before, limit=params.rows)
    shown = rows[: params.limit]
    more = len(rows) > params.limit
    return Page(
        items=[deadline_of(clock, language, now) for clock in shown],
        next_cursor=cursors.seal(secrets, shown[-1].opened_seq, shown[-1].stage, of=of) if more else None,
    )
