"""What the public sees."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.labels import PUBLIC_GROUPS, in_language, public_title
from intake_api.paging import place_of
from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.reporters.schemas import AgencyName, RegionName
from intake_api.reports import queries
from intake_api.reports.queries import Circle, Filters, Search
from intake_api.reports.schemas import OfficialResponse, PublicItem, PublicParams, PublicReport, Sort
from intake_api.supports import queries as supports
from shared import ids
from shared.agency_names import names_of
from shared.errors import Invalid
from shared.lifecycle import PUBLIC_GROUP, Status, is_public
from shared.messages import MessageKind
from shared.officers import Language
from shared.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from shared.schema import Report
from shared.wire import Page, encode_cursor

_RADIUS_METRES = (1_000, 100_000)


async def public_report(session: AsyncSession, tracking_number: str, *, language: Language) -> PublicReport:
    """Raises NotFound, for a secret report too."""
    found = await reporters.find(session, tracking_number) if ids.is_tracking_number(tracking_number) else None
    if found is None or found[0].secret:
        raise access.unknown(tracking_number)
    report, version = found
    group = PUBLIC_GROUP[report.status]
    published = is_public(report.status, secret=report.secret, published=report.published_at is not None)
    view = PublicReport(
        version=version,
        tracking_number=report.tracking_number,
        status_group=group,
        status_label=in_language(PUBLIC_GROUPS[group], language),
        published=published,
    )
    return view.model_copy(update=await _details(session, report, language)) if published else view


async def _details(session: AsyncSession, report: Report, language: Language) -> dict[str, object]:
    responses = await queries.responses(session, report.id)
    names = await names_of(session, [report.agency_code])
    region = await reporters.region_name(session, report.region_code) if report.region_code else None
    masked = await queries.public_text(session, report.id)
    return {
        "classification": report.classification,
        "title": public_title(masked.title if masked else None, report.tracking_number, language),
        "body": masked.body if masked else None,
        "category": report.category_code,
        "region": _region(report.region_code, region),
        "agency": _agency(report.agency_code, names.at(report.agency_code, report.received_at)),
        "received_at": report.received_at,
        "supports": await supports.count(session, report.id),
        "responses": [
            OfficialResponse(
                at=row.created_at,
                text=row.public_body,
                final=row.kind == MessageKind.FINAL_RESPONSE,
                agency=_agency(row.agency_code, row.agency_name),
            )
            for row in responses
        ],
    }


async def public_reports(session: AsyncSession, params: PublicParams, *, language: Language) -> Page[PublicItem]:
    rows, more = await _page(session, params)
    items = [
        PublicItem(
            tracking_number=row.tracking_number,
            status_group=PUBLIC_GROUP[row.status],
            status_label=in_language(PUBLIC_GROUPS[PUBLIC_GROUP[row.status]], language),
            classification=row.classification,
            title=public_title(row.title, row.tracking_number, language),
            excerpt=row.excerpt,
            category=row.category_code,
            region=_region(row.region_code, row.region_name),
            agency=_agency(row.agency_code, row.agency_name),
            received_at=row.received_at,
            supports=row.supports,
        )
        for row in rows
    ]
    return Page(items=items, next_cursor=encode_cursor(rows[-1].received_at, rows[-1].id) if more else None)


async def _page(session: AsyncSession, params: PublicParams) -> tuple[Sequence[Row[Any]], bool]:
    """The rows of a page, and whether there are more. Where nothing has the words that are looked for: one page of what
    has a similar title.
    """
    filters, after = _filters(params), place_of(params.cursor)
    oldest_first, most = params.sort is Sort.OLDEST, params.limit + 1
    for search in (Search.WORDS, Search.SIMILAR):
        rows = await queries.published(
            session, filters, after=after, oldest_first=oldest_first, limit=most, search=search
        )
        if rows or filters.q is None or after is not None:
            break
    return rows[: params.limit], len(rows) == most and search is Search.WORDS


def _filters(params: PublicParams) -> Filters:
    statuses = [status for status in Status if PUBLIC_GROUP[status] is params.status] if params.status else None
    near = _circle(params.near) if params.near else None
    return Filters(params.q, params.region, params.agency, params.category, statuses, near)


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
