"""What the public sees."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.labels import PUBLIC_GROUPS, public_title
from intake_api.paging import Position, public_position_of
from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.reporters.schemas import MessageParams
from intake_api.reports import queries
from intake_api.reports.queries import Circle, Filters, Search
from intake_api.reports.schemas import (
    OfficialResponse,
    PublicAction,
    PublicItem,
    PublicMessages,
    PublicParams,
    PublicReport,
    Sort,
)
from intake_api.supports import queries as supports
from intake_api.supports.service import can_be_supported
from intake_api.timeline import queries as shown
from intake_api.timeline.schemas import AgencyName, RegionName
from shared import ids
from shared.clock import to_the_minute
from shared.domain.lifecycle import PUBLIC_GROUP, Status, is_public, public_group
from shared.domain.messages import MessageKind
from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from shared.domain.wording import Language, say
from shared.errors import Invalid
from shared.http.wire import Page, Sequence32
from shared.log import public_changes
from shared.queries import talks
from shared.queries.agency_names import Names, names_of
from shared.schema import Report

_RADIUS_METRES = (1_000, 100_000)
Span = tuple[datetime, datetime]


async def public_report(session: AsyncSession, tracking_number: str, *, language: Language) -> PublicReport:
    """Raises NotFound, for a secret report too."""
    report, _ = await _known(session, tracking_number)
    group = public_group(report.status)
    published = _is_public(report)
    changes = (await public_changes.of_reports(session, (report.id,)))[report.id]
    view = PublicReport(
        view="public",
        version=changes.version,
        tracking_number=report.tracking_number,
        status_group=group,
        status_label=say(PUBLIC_GROUPS[group], language),
        published=published,
    )
    if not published:
        return view
    told = {"changed_at": changes.latest and to_the_minute(changes.latest)}
    return view.model_copy(update=told | await _details(session, report, language))


async def _known(session: AsyncSession, tracking_number: str) -> tuple[Report, int]:
    found = (
        await reporters.find_by_number(session, tracking_number) if ids.is_tracking_number(tracking_number) else None
    )
    if found is None or found[0].secret:
        raise access.unknown(tracking_number)
    return found


def _is_public(report: Report) -> bool:
    return is_public(report.status, secret=report.secret, published=report.published_at is not None)


async def _details(session: AsyncSession, report: Report, language: Language) -> dict[str, object]:
    talk = shown.official_talk([report.id])
    responses = (await talks.read_talk(session, talk)).rows
    names = await names_of(session, {report.agency_code, *(row.agency_code for row in responses)} - {None})
    code = report.seen_region_code
    region = await reporters.region_name(session, code) if code else None
    masked = await queries.public_text(session, report.id)
    return {
        "classification": report.classification,
        "title": public_title(masked.title if masked else None, report.tracking_number, language),
        "body": masked.body if masked else None,
        "category": report.category_code,
        "region": _region(code, region),
        "agency": _agency(report.agency_code, names.at(report.agency_code, report.received_at)),
        "received_at": to_the_minute(report.received_at),
        "supports": await supports.count_supports(session, report.id),
        "actions": [PublicAction.SUPPORT] if can_be_supported(report) else [],
        "responses": [_response(row, names) for row in reversed(responses)],
        "responses_total": await talks.count_messages(session, talk),
    }


def _response(row: Row[Any], names: Names) -> OfficialResponse:
    return OfficialResponse(
        at=to_the_minute(row.created_at),
        text=row.words,
        final=row.kind == MessageKind.FINAL_RESPONSE,
        agency=_agency(row.agency_code, names.at(row.agency_code, row.created_at)),
        corrects=row.corrects_at and to_the_minute(row.corrects_at),
        corrected=row.corrected_by is not None,
        evidence=row.released_evidence,
    )


async def public_responses(session: AsyncSession, tracking_number: str, params: MessageParams) -> PublicMessages:
    """Official answers, as in the public view: none before the report is public. Raises NotFound."""
    report, _ = await _known(session, tracking_number)
    if not _is_public(report):
        return PublicMessages(view="public", items=[])
    talk = shown.official_talk([report.id])
    params = params.in_list("responses", report.id)
    number = params.key(tuple[Sequence32])
    ended = None if number is None else await talks.position_at(session, talk, number)
    said = await talks.read_talk(session, talk, before=ended, limit=params.limit)
    names = await names_of(session, {row.agency_code for row in said.rows if row.agency_code})
    older = await talks.count_messages(session, talk, before=said.oldest) if said.older else 0
    return PublicMessages(
        view="public",
        items=[_response(row, names) for row in said.rows],
        next_cursor=params.cursor_at(older) if older else None,
    )


async def public_reports(
    session: AsyncSession, params: PublicParams, *, language: Language, received: Span | None = None
) -> Page[PublicItem]:
    """`received`: only those from the first instant until before the second."""
    rows, next_cursor = await _page(session, params, received)
    changes = await public_changes.of_reports(session, [row.id for row in rows])
    items = [
        PublicItem(
            tracking_number=row.tracking_number,
            status_group=public_group(row.status),
            status_label=say(PUBLIC_GROUPS[public_group(row.status)], language),
            classification=row.classification,
            title=public_title(row.title, row.tracking_number, language),
            excerpt=row.excerpt,
            category=row.category_code,
            region=_region(row.seen_region_code, row.region_name),
            agency=_agency(row.agency_code, row.agency_name),
            received_at=to_the_minute(row.received_at),
            supports=row.supports,
            version=changes[row.id].version,
            changed_at=to_the_minute(changes[row.id].latest or row.received_at),
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=next_cursor)


async def _after(session: AsyncSession, params: PublicParams) -> Position | None:
    """If the report that a page ended with is public no more, the page goes on with the minute that it came in."""
    place = public_position_of(params)
    if place is None:
        return None
    minute, tracking_number = place
    begin = to_the_minute(minute)
    known = await queries.place_of(session, tracking_number)
    if known is not None and to_the_minute(known[0]) == begin:
        return known
    return (begin if params.sort is Sort.OLDEST else begin + timedelta(minutes=1)), UUID(int=0)


async def _page(
    session: AsyncSession, params: PublicParams, received: Span | None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The rows of a page, and the cursor of the next one. Where nothing has the words that are looked for: one page of
    what has a similar title.
    """
    filters, oldest_first = _filters(params, received), params.sort is Sort.OLDEST
    after = await _after(session, params)
    for search in (Search.WORDS, Search.SIMILAR):
        rows = await queries.published(
            session, filters, after=after, oldest_first=oldest_first, limit=params.rows, search=search
        )
        if rows or filters.q is None or after is not None:
            break
    shown, next_cursor = params.cut(rows, lambda row: (to_the_minute(row.received_at), row.tracking_number))
    return shown, next_cursor if search is Search.WORDS else None


def _filters(params: PublicParams, received: Span | None) -> Filters:
    statuses = [status for status in Status if PUBLIC_GROUP[status] is params.status] if params.status else None
    near = _circle(params.near) if params.near else None
    return Filters(params.q, params.region, params.agency, params.category, statuses, near, received)


def _circle(near: str) -> Circle:
    latitude, longitude, metres = (float(part) for part in near.split(","))
    for value, (least, most), name in (
        (latitude, LATITUDE_RANGE, "latitude"),
        (longitude, LONGITUDE_RANGE, "longitude"),
        (metres, _RADIUS_METRES, "radius"),
    ):
        if not least <= value <= most:
            raise Invalid(f"The {name} must be between {least} and {most}.", pointer="query/near", code="bad_near")
    return Circle(latitude, longitude, metres)


def _agency(code: str | None, name: str | None) -> AgencyName | None:
    return AgencyName(code=code, name=name) if code and name else None


def _region(code: str | None, name: str | None) -> RegionName | None:
    return RegionName(code=code, name=name) if code and name else None
