"""Open reports that may be about the same thing, for whoever may merge them."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.merging import queries
from routing_service.merging.schemas import PartsView, SimilarReport, SimilarReports
from routing_service.reports import service as reports
from routing_service.reports.queries import Scope
from routing_service.rights import Sight
from shared.auth import Client
from shared.errors import Forbidden
from shared.lifecycle import Level
from shared.similar_reports import LookedFor, Similar


async def similar(session: AsyncSession, reference: str, client: Client) -> SimilarReports:
    found = await reports.find(session, reference, client)
    if found.sight is not Sight.FULL:
        raise Forbidden("Only those who read the words of this report find others like it.")
    row = found.row
    looked_for = LookedFor(
        row.verified_title or row.title, row.body, row.received_at, row.latitude, row.longitude, row.region_code,
        row.category_code, row.id,
    )  # fmt: skip
    scope = await reports.scope_of(session, client)
    return SimilarReports(items=[_item(one, row, scope) for one in await queries.similar(session, looked_for, scope)])


def _item(one: Similar, report: Row[Any], scope: Scope) -> SimilarReport:
    row, mine = one.row, _is_in(scope, one.row)
    return SimilarReport(
        id=row.id,
        tracking_number=row.tracking_number,
        status=row.status,
        title=row.title if mine else row.public_title,
        region=row.region_code,
        agency=row.agency_code,
        received_at=row.received_at,
        secret=row.secret,
        supports=row.supports,
        mine=mine,
        survives=row.received_at <= report.received_at and row.secret == report.secret,
        score=round(one.score, 3),
        parts=PartsView.model_validate(one.parts),
    )


def _is_in(scope: Scope, row: Row[Any]) -> bool:
    if scope.codes is None:
        return True
    return row.holder_agency_code in scope.codes and (not scope.agencies_only or row.holder_level == Level.AGENCY)
