"""What others have reported already."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.labels import PUBLIC_GROUPS
from intake_api.reporters import queries as reporters
from intake_api.similar import queries
from intake_api.similar.schemas import PartsView, SimilarReport, SimilarReports, SimilarRequest
from intake_api.submissions.schemas import Location
from intake_api.timeline.parts import agency_of
from intake_api.timeline.schemas import RegionName
from shared import ids
from shared.domain.lifecycle import Status, public_group
from shared.domain.newer import code
from shared.domain.wording import Language, say
from shared.queries.agency_names import Names, names_of
from shared.queries.similar_reports import LookedFor, Similar


async def similar_reports(
    session: AsyncSession, asked: SimilarRequest, *, language: Language, now: datetime
) -> SimilarReports:
    place = asked.location or Location()
    own = await _own(session, asked.tracking_number)
    looked_for = LookedFor(
        asked.title, asked.body or "", now, place.latitude, place.longitude,
        place.region_code, asked.category, own,
    )  # fmt: skip
    found = await queries.find_similar(session, looked_for)
    names = await names_of(session, {one.row.agency_code for one in found if one.row.agency_code})
    regions = await reporters.region_names(session, {one.row.region_code for one in found if one.row.region_code})
    return SimilarReports(items=[_item(one, names, regions, language) for one in found])


async def _own(session: AsyncSession, tracking_number: str | None) -> UUID | None:
    if tracking_number is None or not ids.is_tracking_number(tracking_number):
        return None
    found = await reporters.find_by_number(session, tracking_number)
    return None if found is None else found[0].id


def _item(one: Similar, names: Names, regions: Mapping[str, str], language: Language) -> SimilarReport:
    row = one.row
    group = public_group(code(Status, row.status))
    region = regions.get(row.region_code or "")
    return SimilarReport(
        tracking_number=row.tracking_number,
        status_group=group,
        status_label=say(PUBLIC_GROUPS[group], language),
        classification=row.classification,
        title=row.title,
        region=RegionName(code=row.region_code, name=region) if region else None,
        agency=agency_of(row.agency_code, row.received_at, names),
        received_at=row.received_at,
        supports=row.supports,
        score=round(one.score, 3),
        parts=PartsView.model_validate(one.parts),
    )
