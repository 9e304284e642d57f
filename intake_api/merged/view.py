"""What the reporter of a merged report sees of the one that is worked on: never what its reporter wrote."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.merged import queries
from intake_api.merged.queries import Steps
from intake_api.merged.schemas import MergedInto, Survivor
from intake_api.timeline import queries as shown
from intake_api.timeline.parts import acting, agency_of, deadline_of, event_label
from intake_api.timeline.schemas import TimelineEntry
from intake_api.timeline.told import told_entries
from shared.clock import to_the_minute
from shared.domain.lifecycle import Status, status_label
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.http import cursors
from shared.http.wire import Instant, Page, PageParams, Sequence32
from shared.log.events import Event
from shared.log.own_feed import FOLLOWED
from shared.log.parts import SHOWN
from shared.queries import talks
from shared.queries.agency_names import Names, names_of
from shared.queries.told import told_of
from shared.schema import Report

_TEXTS = {
    True: (
        "Laporan Anda digabung dengan laporan {} tentang hal yang sama. Perkembangannya Anda lihat di sini, dan "
        "tanggapan Anda tetap dibaca instansi.",
        "Your report was merged with report {} about the same thing. You follow it here, and the agency still reads "
        "your replies.",
    ),
    False: (
        "Laporan Anda digabung dengan laporan rahasia tentang hal yang sama. Perkembangannya sejak itu Anda lihat di "
        "sini, dan tanggapan Anda tetap dibaca instansi.",
        "Your report was merged with a secret report about the same thing. What happens since then you follow here, "
        "and the agency still reads your replies.",
    ),
}


async def ends_of(session: AsyncSession, reports: Sequence[Report], *, language: Language) -> dict[UUID, MergedInto]:
    """Where those stand that these reports were merged into; nothing for a report that is not merged."""
    merged = [report.id for report in reports if report.status is Status.MERGED]
    if not merged:
        return {}
    trails = await queries.trails(session, merged)
    return {start: MergedInto(**_end(trail[-1], language)) for start, trail in trails.items()}


async def survivor_of(session: AsyncSession, report: Report, *, language: Language, now: datetime) -> Survivor | None:
    if report.status is not Status.MERGED:
        return None
    trail = (await queries.trails(session, [report.id]))[report.id]
    end = trail[-1]
    followed = _followed(trail)
    steps = list(reversed(await followed.page(session, limit=SHOWN)))
    said = await talks.read_talk(session, shown.official_talk([one.id for one in trail]))
    names = await names_of(session, {code for code in (end.agency_code, *(acting(one) for one in steps)) if code})
    # Of a secret report the others tell when it was received.
    clocks = await shown.clocks(session, end.id, since=trail[-1].since if end.secret else None)
    words = {one.id: one.words for one in said.rows}
    number = None if end.secret else end.tracking_number
    return Survivor(
        **_end(end, language),
        merged_at=trail[0].since,
        text=say(_TEXTS[number is not None], language).format(number),
        agency=agency_of(end.agency_code, now, names),
        timeline=await _told_entries(session, report, steps, words, names, language),
        timeline_total=await followed.count(session),
        deadlines=[deadline_of(clock, language, now) for clock in reversed(clocks)],
    )


async def timeline(
    session: AsyncSession, report: Report, params: PageParams, *, secrets: Sequence[str], language: Language
) -> Page[TimelineEntry]:
    """What the reporter of a merged report may follow, newest first, without what was said. Raises Invalid."""
    of = f"merged|{report.tracking_number}"
    before = None
    if params.cursor is not None:
        before = cursors.unseal(secrets, params.cursor, tuple[Instant, UUID, Sequence32], of=of)
    if report.status is not Status.MERGED:
        return Page(items=[])
    followed = _followed((await queries.trails(session, [report.id]))[report.id])
    found = await followed.page(session, before=before, limit=params.rows)
    shown = found[: params.limit]
    names = await names_of(session, {code for one in shown if (code := acting(one))})
    cursor = None
    if len(found) > params.limit:
        last = shown[-1]
        cursor = cursors.seal(secrets, last.occurred_at, last.report_id, last.seq, of=of)
    return Page(items=await _told_entries(session, report, shown, {}, names, language), next_cursor=cursor)


def _followed(trail: Sequence[Row[Any]]) -> Steps:
    """The texts and answers of a secret report are not for reporters who joined it later."""
    return Steps({one.id: one.since if one.secret else None for one in trail}, FOLLOWED)


def _end(row: Row[Any], language: Language) -> dict[str, Any]:
    status = code(Status, row.status)
    return {
        "tracking_number": None if row.secret else row.tracking_number,
        "status": status,
        "status_label": say(status_label(status), language),
    }


async def _told_entries(
    session: AsyncSession, report: Report, steps: Sequence[Event], words: dict[UUID, str | None], names: Names,
    language: Language,
) -> list[TimelineEntry]:  # fmt: skip
    """With when the reporter of the merged report was told of them."""
    told = await told_of(session, report.id, [one.id for one in steps])
    entries = []
    for one in steps:
        heard = told_entries(told.get(one.id, ()), region=report.about_region_code, language=language)
        entries.append(_entry(one, words, names, language).model_copy(update={"told": heard}))
    return entries


def _entry(event: Event, words: dict[UUID, str | None], names: Names, language: Language) -> TimelineEntry:
    return TimelineEntry(
        at=to_the_minute(event.occurred_at),  # as everybody is told of a report of another
        type=event.type,
        label=event_label(event, language),
        text=None if event.said is None else words.get(event.said.message),
        agency=agency_of(acting(event), event.occurred_at, names),
    )
