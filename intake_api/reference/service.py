from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.labels import EVENTS, PUBLIC_GROUPS, STAGES
from intake_api.reference import queries
from intake_api.reference.schemas import (
    AgencyItem,
    CategoryItem,
    CodeItem,
    Codes,
    RegionItem,
    RegionParams,
    StatusItem,
    SubjectItem,
)
from shared.domain.codes import (
    AGENCY_LEVELS,
    ARCHIVE_REASONS,
    CHANNELS,
    CLASSIFICATIONS,
    OVERRIDE_REASONS,
    RETURN_REASONS,
)
from shared.domain.duties import DUTIES
from shared.domain.evidence import REFUSALS, REMARKS
from shared.domain.lifecycle import LABELS, PUBLIC_GROUP
from shared.domain.regions import national_day
from shared.domain.subjects import subjects
from shared.domain.wording import Wording
from shared.errors import Invalid
from shared.http.wire import Bilingual, Page, PageParams, StoredText

Item = TypeVar("Item", CategoryItem, RegionItem, AgencyItem)


async def page_of_categories(session: AsyncSession, params: PageParams, *, now: datetime) -> Page[CategoryItem]:
    params = params.in_list("categories")
    rows = await queries.page_of_categories(session, today=national_day(now), after=_after(params), limit=params.rows)
    return _page(
        rows,
        params,
        lambda row: CategoryItem(
            code=row.code,
            parent=row.parent_code,
            label=Bilingual(id=row.label_id, en=row.label_en),
            needs_evidence=row.needs_evidence,
        ),
    )


async def page_of_regions(session: AsyncSession, params: RegionParams) -> Page[RegionItem]:
    params = params.in_list("regions")
    rows = await queries.page_of_regions(
        session, parent=params.parent, named=params.q, after=_after(params), limit=params.rows
    )
    return _page(
        rows,
        params,
        lambda row: RegionItem(code=row.code, parent=row.parent_code, label=Bilingual(id=row.name, en=row.name)),
    )


async def region_tree(session: AsyncSession, within: str | None) -> bytes:
    """Raises Invalid (422) for a region that is not there."""
    if within is not None and not await queries.region_exists(session, within):
        raise Invalid(f"There is no region {within}.", pointer="query/within", code="unknown_region")
    return (await queries.region_tree(session, within)).encode()


async def page_of_agencies(session: AsyncSession, params: PageParams, *, now: datetime) -> Page[AgencyItem]:
    params = params.in_list("agencies")
    rows = await queries.page_of_agencies(
        session, today=national_day(now), now=now, after=_after(params), limit=params.rows
    )
    return _page(
        rows,
        params,
        lambda row: AgencyItem(
            code=row.code,
            parent=row.parent_code,
            label=Bilingual(id=row.name, en=row.name),
            short_name=row.short_name,
            kind=row.kind,
            region=row.region_code,
            time_zone=row.time_zone,
        ),
    )


def codes() -> Codes:
    return Codes(
        statuses=[
            StatusItem(
                code=status,
                label=Bilingual.of(labels),
                group=CodeItem(code=PUBLIC_GROUP[status], label=Bilingual.of(PUBLIC_GROUPS[PUBLIC_GROUP[status]])),
            )
            for status, labels in LABELS.items()
        ],
        classifications=_codes(CLASSIFICATIONS),
        subjects=[
            SubjectItem(
                code=one.code,
                label=Bilingual.of(one.label),
                meaning=Bilingual.of(one.meaning),
                categories=sorted(one.categories),
            )
            for one in subjects().values()
        ],
        channels=_codes(CHANNELS),
        archive_reasons=_codes(ARCHIVE_REASONS),
        return_reasons=_codes(RETURN_REASONS),
        override_reasons=_codes(OVERRIDE_REASONS),
        event_types=_codes(EVENTS),
        stages=_codes(STAGES),
        agency_levels=_codes(AGENCY_LEVELS),
        duties=_codes(DUTIES),
        evidence_refusals=_codes(REFUSALS),
        evidence_remarks=_codes(REMARKS),
    )


def _codes(labels: Mapping[Any, Wording]) -> list[CodeItem]:
    return [CodeItem(code=str(code), label=Bilingual.of(both)) for code, both in labels.items()]


def _after(params: PageParams) -> str:
    return params.key(tuple[StoredText]) or ""


def _page(rows: Sequence[Any], params: PageParams, item: Callable[[Any], Item]) -> Page[Item]:
    shown, next_cursor = params.cut(rows, lambda row: (row.code,))
    return Page(items=[item(row) for row in shown], next_cursor=next_cursor)
