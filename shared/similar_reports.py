"""The one way in which reports that may be about the same thing are found: by words, by title, by place.

Two short statements. Each of the three ways has its index, and what they find is bounded before it is scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import similarity
from shared.lifecycle import OPEN
from shared.similarity import Described, Parts

#: How far back reports are looked at, and how many of them are scored.
DAYS = 365
CANDIDATES = 200
SHOWN = 10
#: Titles that have fewer trigrams in common are no candidates by their title alone.
_TITLE_THRESHOLD = 0.45

_OPEN = ", ".join(f"'{status.value}'" for status in sorted(OPEN))

# The threshold is set for the transaction alone, as a PgBouncer in transaction mode demands.
_STEMS = text(
    """
    SELECT tsvector_to_array(to_tsvector('indonesian', :title)) AS title,
           tsvector_to_array(to_tsvector('indonesian', :body)) AS body,
           tsvector_to_array(to_tsvector('indonesian', :common)) AS common,
           (SELECT parent_code FROM categories WHERE code = CAST(:category AS text)) AS category_above,
           set_config('pg_trgm.similarity_threshold', :threshold, true)
    """
)

_CANDIDATES = f"""
    WITH found AS (
        SELECT report_id AS id FROM public_texts WHERE search @@ CAST(CAST(:pairs AS text) AS tsquery)
        UNION
        SELECT report_id FROM public_texts WHERE title % CAST(:title AS text)
        UNION
        SELECT id FROM reports
        WHERE latitude BETWEEN CAST(:south AS float8) AND CAST(:north AS float8)
          AND longitude BETWEEN CAST(:west AS float8) AND CAST(:east AS float8)
          AND latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged')
    )
    SELECT r.id, r.tracking_number, r.status, r.secret, r.published_at, coalesce(r.verified_title, r.title) AS title,
           t.title AS public_title, r.received_at, r.region_code, r.agency_code, r.holder_level, r.holder_agency_code,
           r.classification, r.category_code, c.parent_code AS category_above, r.latitude, r.longitude,
           tsvector_to_array(ts_delete(t.search, CAST(:common AS text[]))) AS words,
           similarity(t.title, CAST(:title AS text)) AS title_similarity,
           (SELECT count(*) FROM report_supports s WHERE s.report_id = r.id) AS supports
    FROM (
        SELECT r.* FROM found JOIN reports r USING (id) JOIN public_texts t ON t.report_id = r.id
        WHERE r.status IN ({_OPEN}) AND r.received_at BETWEEN :since AND :until
          AND r.id IS DISTINCT FROM CAST(:except AS uuid) AND (<visible>)
        ORDER BY r.latitude BETWEEN CAST(:south AS float8) AND CAST(:north AS float8)
                 AND r.longitude BETWEEN CAST(:west AS float8) AND CAST(:east AS float8) DESC NULLS LAST,
                 starts_with(r.region_code, CAST(:regency AS text)) DESC NULLS LAST,
                 similarity(t.title, CAST(:title AS text)) DESC, r.received_at DESC, r.id
        LIMIT {CANDIDATES}
    ) AS r JOIN public_texts t ON t.report_id = r.id LEFT JOIN categories c ON c.code = r.category_code
"""


def candidates_that(visible: str) -> TextClause:
    """The statement for whoever sees the reports `r` that meet a condition, written in the source."""
    return text(_CANDIDATES.replace("<visible>", visible))


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A report, or a text that is none yet. `report_id`: it is not similar to itself."""

    title: str
    body: str
    at: datetime
    latitude: float | None = None
    longitude: float | None = None
    region: str | None = None
    category: str | None = None
    report_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Similar:
    row: Row[Any]
    score: float
    parts: Parts


async def find(
    session: AsyncSession, looked_for: LookedFor, statement: TextClause, *, decimals: int | None = None,
    **parameters: Any,
) -> list[Similar]:  # fmt: skip
    """The most similar open reports, best first. `parameters` are those of the condition of `statement`.

    `decimals`: how exactly the places of others are known here, so that nobody's home is found by asking often enough.
    """
    title, body = " ".join(similarity.telling(looked_for.title)), " ".join(similarity.telling(looked_for.body))
    common = " ".join(sorted(similarity.COMMON))
    stems = (
        await session.execute(
            _STEMS,
            {"title": title, "body": body, "common": common, "category": looked_for.category,
             "threshold": str(_TITLE_THRESHOLD)},
        )
    ).one()  # fmt: skip
    described = Described(
        frozenset([*stems.title, *stems.body]), looked_for.at, looked_for.latitude, looked_for.longitude,
        looked_for.region, looked_for.category, stems.category_above,
    )  # fmt: skip
    values = _parameters(looked_for, similarity.chosen(stems.title, stems.body), stems.common, decimals)
    rows = (await session.execute(statement, values | parameters)).all()
    return _best(described, rows, decimals)


def _best(described: Described, rows: Sequence[Row[Any]], decimals: int | None) -> list[Similar]:
    found = []
    for row in rows:
        other = Described(
            frozenset(row.words), row.received_at, row.latitude, row.longitude, row.region_code, row.category_code,
            row.category_above,
        )  # fmt: skip
        compared = similarity.parts(
            described, _blurred(other, decimals), title_similarity=row.title_similarity, coarse=decimals is not None
        )
        if similarity.is_similar(compared):
            found.append(Similar(row, similarity.score(compared), compared))
    return sorted(found, key=lambda one: (-one.score, one.row.received_at, one.row.id))[:SHOWN]


def _blurred(described: Described, decimals: int | None) -> Described:
    if decimals is None or described.latitude is None or described.longitude is None:
        return described
    return replace(
        described, latitude=round(described.latitude, decimals), longitude=round(described.longitude, decimals)
    )


def _parameters(
    looked_for: LookedFor, stems: Sequence[str], common: Sequence[str], decimals: int | None
) -> dict[str, Any]:
    return {
        "pairs": _pairs(stems),
        "title": looked_for.title,
        "common": list(common),
        "regency": (looked_for.region or "")[:5],
        "since": looked_for.at - timedelta(days=DAYS),
        "until": looked_for.at + timedelta(days=DAYS),
        "except": looked_for.report_id,
        **_box(looked_for, 0.0 if decimals is None else 10.0**-decimals),
    }


def _pairs(stems: Sequence[str]) -> str:
    """Any two of the stems; where there is but one, that one. Stems are letters only, so that quotes suffice."""
    quoted = [f"'{stem}'" for stem in stems]
    return " | ".join(f"{one} & {other}" for one, other in combinations(quoted, 2)) or " | ".join(quoted)


def _box(looked_for: LookedFor, margin: float) -> dict[str, float | None]:
    if looked_for.latitude is None or looked_for.longitude is None:
        return dict.fromkeys(("south", "north", "west", "east"))
    reach = similarity.REACH_METRES / similarity.METRES_PER_DEGREE + margin  # near the equator, where we are
    return {
        "south": looked_for.latitude - reach,
        "north": looked_for.latitude + reach,
        "west": looked_for.longitude - reach,
        "east": looked_for.longitude + reach,
    }
