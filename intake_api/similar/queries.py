from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries import similar_reports
from shared.queries.similar_reports import LookedFor, Similar

#: What everybody may see, as in the public list.
_STATEMENT = similar_reports.candidates_that("r.published_at IS NOT NULL AND NOT r.secret")


async def find_similar(session: AsyncSession, looked_for: LookedFor) -> Sequence[Similar]:
    return await similar_reports.find_similar(session, looked_for, _STATEMENT)
