from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NEWEST = text(
    """
    SELECT (SELECT number FROM versions WHERE subject = 'registry') AS registry,
           (SELECT id FROM rule_sets WHERE state = 'active' AND agency_code IS NULL) AS rules,
           (SELECT hashtext(string_agg(id::text, ',' ORDER BY id)) FROM rule_sets
            WHERE state = 'active' AND agency_code IS NOT NULL) AS instansi_rules,
           (SELECT number FROM versions WHERE subject = 'boundaries') AS boundaries,
           (SELECT id FROM routing_models WHERE state = 'active') AS model
    """
)


async def newest_versions(session: AsyncSession) -> Mapping[str, int | None]:
    """Which version of each part of routing is in force; a few rows by their keys, cheap enough for every report."""
    return dict((await session.execute(_NEWEST)).one()._mapping)
