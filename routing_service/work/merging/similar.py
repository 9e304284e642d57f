"""Open reports that may be about the same thing, for officers who may merge them."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading import service as reports
from routing_service.report.rights import Sight
from routing_service.work.merging import queries
from routing_service.work.merging.schemas import PartsView, SimilarReport, SimilarReports
from shared.clients import Client
from shared.errors import Forbidden
from shared.queries.similar_reports import LookedFor, Similar


async def merge_candidates(session: AsyncSession, reference: str, client: Client) -> SimilarReports:
    found = await reports.find_report(session, reference, client)
    if found.sight is not Sight.FULL:
        raise Forbidden("Only those who may read the text of this report may look for similar ones.")
    row = found.row
    looked_for = LookedFor(
        row.verified_title or row.title, row.body, row.received_at, row.latitude, row.longitude, row.about_region_code,
        row.category_code, row.id,
    )  # fmt: skip
    scope = await reports.work_reach_of(session, client)
    return SimilarReports(items=[_item(one, row) for one in await queries.find_similar(session, looked_for, scope)])


def _item(one: Similar, report: Row[Any]) -> SimilarReport:
    row = one.row
    return SimilarReport(
        id=row.id,
        tracking_number=row.tracking_number,
        status=row.status,
        title=row.title,
        region=row.region_code,
        agency=row.agency_code,
        received_at=row.received_at,
        secret=row.secret,
        supports=row.supports,
        mine=row.own,
        survives=row.received_at <= report.received_at and row.secret == report.secret,
        score=round(one.score, 3),
        parts=PartsView.model_validate(one.parts),
    )
