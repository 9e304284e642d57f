from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import Scope
from shared.domain import similar_reports
from shared.domain.similar_reports import LookedFor, Similar

# By the partial index on merged_into. UNION ends a loop in the data.
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM reports WHERE merged_into = ANY(CAST(:ids AS uuid[]))
        UNION
        SELECT r.id FROM reports r JOIN below b ON r.merged_into = b.id
    )
"""
_MERGED_BELOW = text(_BELOW + "SELECT id FROM below")


async def merged_below(session: AsyncSession, report_ids: Iterable[UUID]) -> set[UUID]:
    """All that is merged into these reports, and into what is merged into them."""
    return set((await session.scalars(_MERGED_BELOW, {"ids": list(report_ids)})).all())


_MERGED = text(
    _BELOW
    + """
    SELECT r.id, r.tracking_number, r.title, r.verified_title, r.received_at, r.merged_at, r.merged_into
    FROM below JOIN reports r USING (id) ORDER BY r.received_at, r.id
    """
)


async def merged(session: AsyncSession, report_id: UUID) -> Sequence[Row[Any]]:
    """What is merged into a report, oldest first."""
    return (await session.execute(_MERGED, {"ids": [report_id]})).all()


_OWN = """
    (CAST(:everything AS bool)
     OR r.holder_agency_code = ANY(CAST(:codes AS text[]))
        AND (NOT CAST(:agencies_only AS bool) OR r.holder_level = 'agency'))
    AND (NOT r.secret OR CAST(:secret_words AS bool))
"""
_SIMILAR = similar_reports.candidates_that(f"{_OWN} OR r.published_at IS NOT NULL AND NOT r.secret", own=_OWN)


async def similar(session: AsyncSession, looked_for: LookedFor, scope: Scope) -> Sequence[Similar]:
    """Open reports of the scope, and public ones of all others, these as everybody knows them."""
    return await similar_reports.find(
        session, looked_for, _SIMILAR, everything=scope.codes is None,
        codes=list(scope.codes or ()), agencies_only=scope.agencies_only, secret_words=scope.secret_words,
    )  # fmt: skip
