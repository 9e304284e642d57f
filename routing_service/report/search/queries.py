from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.search.words import MOST_WORDS, SHORTEST_BEGINNING, spaced, words_of
from shared.schema import ReportWords


@dataclass(frozen=True, slots=True)
class Words:
    """What a report is found by: the verifier's title, or until there is one the reporter's; and the body."""

    report_id: UUID
    title: str
    verified: bool
    body: str  #: as `spaced` made it


# By its beginning, and by its stem. The weight tells who may find it: everybody who may see the report may read the
# verifier's title (A), not everybody the reporter's words (B, C).
_VECTOR = """
    setweight(
        to_tsvector('simple', title) || to_tsvector('indonesian', title),
        CAST(CASE WHEN verified THEN 'A' ELSE 'B' END AS "char")
    ) || setweight(to_tsvector('simple', body) || to_tsvector('indonesian', body), 'C')
"""
_ADD = f"""
    INSERT INTO report_words (report_id, search)
    SELECT report_id, {_VECTOR} FROM unnest(
        CAST(:report_ids AS uuid[]), CAST(:titles AS text[]), CAST(:verified AS bool[]), CAST(:bodies AS text[])
    ) AS w (report_id, title, verified, body)
"""
_STORE = text(_ADD + " ON CONFLICT (report_id) DO NOTHING")
_REPLACE = text(_ADD + " ON CONFLICT (report_id) DO UPDATE SET search = excluded.search")
_MISSING = text(
    """
    SELECT r.id, coalesce(r.verified_title, r.title) AS title, r.verified_title IS NOT NULL AS verified, r.body
    FROM reports r LEFT JOIN report_words w ON w.report_id = r.id WHERE r.id > :after AND w.report_id IS NULL
    ORDER BY r.id LIMIT :limit
    """
)


async def store_words(session: AsyncSession, found: Sequence[Words]) -> None:
    """Of new reports. A title that a verifier gave in the meantime stands."""
    if found:
        await session.execute(_STORE, _values(found))


async def replace_words(session: AsyncSession, words: Words) -> None:
    """The caller holds the lock of the report's chain."""
    await session.execute(_REPLACE, _values([words]))


def _values(found: Iterable[Words]) -> dict[str, Any]:
    found = list(found)
    return {
        "report_ids": [one.report_id for one in found],
        "titles": [spaced(one.title) for one in found],
        "verified": [one.verified for one in found],
        "bodies": [one.body for one in found],
    }


async def missing(session: AsyncSession, *, after: UUID, limit: int) -> list[Words]:
    """Newer reports than this id that cannot be found yet."""
    rows = await session.execute(_MISSING, {"after": after, "limit": limit})
    return [Words(row.id, row.title, row.verified, spaced(row.body)) for row in rows]


def matching(asked: str, *, verified_only: bool = False) -> Select[tuple[UUID]]:
    """The reports that have all of these words, by `report_words_search_idx`."""
    found = select(ReportWords.report_id)
    words = words_of(asked)[:MOST_WORDS]
    if not words:
        return found.where(false())
    weight = "A" if verified_only else ""
    whole = reduce(lambda one, other: one.op("&&")(other), (_word(word, weight) for word in words))
    return found.where(ReportWords.search.bool_op("@@")(whole))


def _word(word: str, weight: str) -> ColumnElement[Any]:
    label = ("*" if len(word) >= SHORTEST_BEGINNING else "") + weight
    begun = func.to_tsquery("simple", f"'{word}'" + (f":{label}" if label else ""))
    stem = func.to_tsquery("indonesian", f"'{word}'" + (f":{weight}" if weight else ""))
    return begun.op("||")(stem)
