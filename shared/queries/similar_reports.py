"""The one way in which reports that may be about the same thing are found: by words, by title, by place.

Two short statements. Each of the three ways has its index, and what they find is bounded before it is scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain import similarity
from shared.domain.lifecycle import OPEN
from shared.domain.similarity import Described, Parts
from shared.queries.regions import ABOUT_OF_R, SEEN_OF_R
from shared.queries.supports import SUPPORTS_OF_R

#: How far back reports are looked at, and how many of them are scored.
DAYS = 365
CANDIDATES = 200
SHOWN = 10
#: No more are taken by their words alone, whatever the statistics say.
BY_WORDS = 5_000
#: Places are looked for as everybody may know them; the box is wider by as much as that is less than exact.
ROUNDED_DEGREES = 0.01
#: So many that have words in common make looking for similar titles needless.
ENOUGH = 20
#: Titles that have fewer trigrams in common are no candidates by their title alone.
_TITLE_THRESHOLD = 0.45

_OPEN = ", ".join(f"'{status.value}'" for status in sorted(OPEN))

# The threshold is set for the transaction alone, as a PgBouncer in transaction mode demands; so is that every search is
# planned for its own words: a plan for any words reads all texts.
# How common a stem is the planner's statistics know; what they do not name is rare.
_STEMS = text(
    """
    WITH common AS (
        SELECT stem, share
        FROM pg_stats,
             unnest(CAST(CAST(most_common_elems AS text) AS text[]), most_common_elem_freqs) AS u (stem, share)
        WHERE schemaname = current_schema() AND tablename = 'public_texts' AND attname = 'search'
          AND stem = ANY(tsvector_to_array(
              to_tsvector('indonesian', CAST(:title AS text) || ' ' || CAST(:body AS text))))
    )
    SELECT ARRAY(SELECT stem FROM common ORDER BY stem) AS known,
           ARRAY(SELECT share FROM common ORDER BY stem) AS shares,
           tsvector_to_array(to_tsvector('indonesian', CAST(:title AS text))) AS title,
           tsvector_to_array(to_tsvector('indonesian', CAST(:body AS text))) AS body,
           tsvector_to_array(to_tsvector('indonesian', :common)) AS common,
           (SELECT parent_code FROM categories WHERE code = CAST(:category AS text)) AS category_above,
           set_config('pg_trgm.similarity_threshold', :threshold, true),
           set_config('plan_cache_mode', 'force_custom_plan', true)
    """
)

# Trigrams cost ten times as much as words (they are common themselves): for whoever misspells, if words find little.
_CANDIDATES = f"""
    WITH words AS MATERIALIZED (
        SELECT report_id AS id FROM public_texts WHERE search @@ CAST(CAST(:pairs AS text) AS tsquery)
        LIMIT {BY_WORDS}
    ), found AS (
        SELECT id FROM words
        UNION
        SELECT report_id FROM public_texts
        WHERE (SELECT count(*) FROM words) < {ENOUGH} AND title % CAST(:title AS text)
        UNION
        SELECT id FROM reports
        WHERE place_latitude BETWEEN CAST(:south AS float8) AND CAST(:north AS float8)
          AND place_longitude BETWEEN CAST(:west AS float8) AND CAST(:east AS float8)
          AND place_latitude IS NOT NULL AND status NOT IN ('archived', 'withdrawn', 'merged')
    )
    SELECT r.id, r.tracking_number, r.status, r.secret, r.agency_code, r.classification, r.category_code,
           c.parent_code AS category_above, r.own,
           CASE WHEN r.own THEN coalesce(r.verified_title, r.title) ELSE t.title END AS title,
           CASE WHEN r.own THEN r.received_at ELSE date_trunc('minute', r.received_at) END AS received_at,
           CASE WHEN r.own THEN {ABOUT_OF_R} ELSE {SEEN_OF_R} END AS region_code,
           CASE WHEN r.own THEN r.latitude ELSE r.place_latitude END AS latitude,
           CASE WHEN r.own THEN r.longitude ELSE r.place_longitude END AS longitude,
           tsvector_to_array(ts_delete(t.search, CAST(:common AS text[]))) AS words,
           similarity(t.title, CAST(:title AS text)) AS title_similarity,
           {SUPPORTS_OF_R} AS supports
    FROM (
        SELECT r.*, (<own>) IS TRUE AS own
        FROM found JOIN reports r USING (id) JOIN public_texts t ON t.report_id = r.id
        WHERE r.status IN ({_OPEN}) AND r.received_at BETWEEN :since AND :until
          AND r.id IS DISTINCT FROM CAST(:except AS uuid) AND (<visible>)
        ORDER BY r.place_latitude BETWEEN CAST(:south AS float8) AND CAST(:north AS float8)
                 AND r.place_longitude BETWEEN CAST(:west AS float8) AND CAST(:east AS float8) DESC NULLS LAST,
                 starts_with({SEEN_OF_R}, CAST(:regency AS text)) DESC NULLS LAST,
                 similarity(t.title, CAST(:title AS text)) DESC, date_trunc('minute', r.received_at) DESC,
                 r.tracking_number
        LIMIT {CANDIDATES}
    ) AS r JOIN public_texts t ON t.report_id = r.id LEFT JOIN categories c ON c.code = r.category_code
"""


def candidates_that(visible: str, *, own: str = "false") -> TextClause:
    """The statement for a caller who sees the reports `r` that meet a condition, written in the source.

    `own`: a condition for those that they work on. Of all others the row, and with it the score, knows what everybody
    may know; and which are looked at, and in which order, follows from that alone for every report.
    """
    return text(_CANDIDATES.replace("<visible>", visible).replace("<own>", own))


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


async def find_similar(
    session: AsyncSession, looked_for: LookedFor, statement: TextClause, **parameters: Any
) -> list[Similar]:
    """The most similar open reports, best first. `parameters` are those of the conditions of `statement`."""
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
    shares = dict(zip(stems.known, stems.shares, strict=True))
    together = similarity.looked_for(stems.title, stems.body, shares)
    values = _parameters(looked_for, together, stems.common)
    rows = (await session.execute(statement, values | parameters)).all()
    return _best(described, rows)


def _best(described: Described, rows: Sequence[Row[Any]]) -> list[Similar]:
    found = []
    for row in rows:
        other = Described(
            frozenset(row.words), row.received_at, row.latitude, row.longitude, row.region_code, row.category_code,
            row.category_above,
        )  # fmt: skip
        compared = similarity.parts(described, other, title_similarity=row.title_similarity, coarse=not row.own)
        if similarity.is_similar(compared):
            found.append(Similar(row, similarity.score(compared), compared))
    return sorted(found, key=lambda one: (-one.score, one.row.received_at, one.row.tracking_number))[:SHOWN]


def _parameters(looked_for: LookedFor, together: Sequence[tuple[str, ...]], common: Sequence[str]) -> dict[str, Any]:
    return {
        "pairs": _query(together),
        "title": looked_for.title,
        "common": list(common),
        "regency": (looked_for.region or "")[:5],
        "since": looked_for.at - timedelta(days=DAYS),
        "until": looked_for.at + timedelta(days=DAYS),
        "except": looked_for.report_id,
        **_box(looked_for),
    }


def _query(together: Sequence[tuple[str, ...]]) -> str:
    """Stems are letters only, so that quotes suffice."""
    return " | ".join(" & ".join(f"'{stem}'" for stem in some) for some in together)


def _box(looked_for: LookedFor) -> dict[str, float | None]:
    if looked_for.latitude is None or looked_for.longitude is None:
        return dict.fromkeys(("south", "north", "west", "east"))
    reach = similarity.REACH_METRES / similarity.METRES_PER_DEGREE + ROUNDED_DEGREES  # near the equator, where we are
    return {
        "south": looked_for.latitude - reach,
        "north": looked_for.latitude + reach,
        "west": looked_for.longitude - reach,
        "east": looked_for.longitude + reach,
    }
