from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.work.decisions.explanation import Explanation
from routing_service.work.decisions.wordless import without_words
from routing_service.work.erasing import queries


async def erase_parts(session: AsyncSession, report_ids: Collection[UUID]) -> None:
    """As often as it is asked for: what is gone stays gone. Of a decision it stays who decided what, and when."""
    await queries.empty_columns(session, report_ids)
    for row in await queries.decisions(session, report_ids):
        bare = without_words(Explanation.from_data(row.explanation), row.region_code)
        await queries.replace_explanation(session, row.id, bare.as_data())
