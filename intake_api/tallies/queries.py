"""SQL of the tallies of public reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports are counted: received in these months, both included; None: all."""

    first_month: date
    last_month: date
    categories: Sequence[str] | None
    status_group: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    reports: int
    answered: int


# A province, its regencies, their districts: what lies above each, and how long the codes of both are.
_LEVELS = "(VALUES (0, 2), (2, 5), (5, 8)) AS l (above, here)"
_COUNTS_IN = "(length(c.region) >= l.here OR (c.region = '' AND l.above = 0))"

# Both in one statement, so that a change that is being folded is there once. Rows of a region lie together in the
# primary key, by month.
_TALLIES = text(
    """
    SELECT region, CAST(sum(reports) AS int) AS reports, CAST(sum(answered) AS int) AS answered
    FROM (
        SELECT region, month, category, status_group, reports, answered FROM public_tallies
        WHERE parent = :within AND month BETWEEN :first_month AND :last_month
        UNION ALL
        SELECT left(region, :length), month, category, status_group, reports, answered FROM public_tally_changes
        WHERE starts_with(region, :within) AND month BETWEEN :first_month AND :last_month
          AND (length(region) >= :length OR (region = '' AND :within = ''))
    ) AS counted
    WHERE (CAST(:categories AS text[]) IS NULL OR category = ANY(:categories))
      AND (CAST(:status_group AS text) IS NULL OR status_group = :status_group)
    GROUP BY region HAVING sum(reports) > 0 ORDER BY region
    """
)
_LENGTHS = {0: 2, 2: 5, 5: 8}


async def tallies_within(session: AsyncSession, within: str, wanted: Wanted) -> dict[str, Tally]:
    """Of the regions of the next level within a region (empty text: of the provinces), those that have reports. In the
    country the reports without a place are those of an empty region.
    """
    rows = await session.execute(
        _TALLIES,
        {
            "within": within, "length": _LENGTHS[len(within)], "first_month": wanted.first_month,
            "last_month": wanted.last_month, "categories": wanted.categories, "status_group": wanted.status_group,
        },
    )  # fmt: skip
    return {region: Tally(reports, answered) for region, reports, answered in rows}


# Skips what another copy folds just then. Rows are taken in the order of their key, so that two copies wait for each
# other and never in a ring.
_FOLD = text(
    f"""
    WITH taken AS (
        DELETE FROM public_tally_changes WHERE id IN (
            SELECT id FROM public_tally_changes ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
        ) RETURNING region, month, category, status_group, reports, answered
    ), folded AS (
        INSERT INTO public_tallies AS t (parent, month, region, category, status_group, reports, answered)
        SELECT left(c.region, l.above), c.month, left(c.region, l.here), c.category, c.status_group, sum(c.reports),
               sum(c.answered)
        FROM taken AS c JOIN {_LEVELS} ON {_COUNTS_IN}
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(c.reports) <> 0 OR sum(c.answered) <> 0 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (parent, month, region, category, status_group)
        DO UPDATE SET reports = t.reports + excluded.reports, answered = t.answered + excluded.answered
    )
    SELECT count(*) FROM taken
    """
)


async def fold(session: AsyncSession, *, limit: int) -> int:
    """The oldest changes into the tallies; how many there were."""
    folded: int = (await session.execute(_FOLD, {"limit": limit})).scalar_one()
    return folded
