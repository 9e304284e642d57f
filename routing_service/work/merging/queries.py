from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.reading.queries import WorkReach
from shared.queries import similar_reports
from shared.queries.similar_reports import LookedFor, Similar

_OWN = """
    (CAST(:everything AS bool)
     OR r.holder_agency_code = ANY(CAST(:codes AS text[]))
        AND (NOT CAST(:agencies_only AS bool) OR r.holder_level = 'agency'))
    AND (NOT r.secret OR CAST(:secret_words AS bool))
"""
_SIMILAR = similar_reports.candidates_that(f"{_OWN} OR r.published_at IS NOT NULL AND NOT r.secret", own=_OWN)


async def find_similar(session: AsyncSession, looked_for: LookedFor, scope: WorkReach) -> Sequence[Similar]:
    """Open reports of the scope, and public ones of all others, these as everybody knows them."""
    return await similar_reports.find_similar(
        session, looked_for, _SIMILAR, everything=scope.codes is None,
        codes=list(scope.codes or ()), agencies_only=scope.agencies_only, secret_words=scope.secret_words,
    )  # fmt: skip
