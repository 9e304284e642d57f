"""SQL that adds up what is counted of the reports of a month. One monitor does it at a time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import CountedReport
from sla_monitor.indicators.catalogue import Grain, Indicator
from sla_monitor.sums.terms import ALL, ALL_STAGES, NO_STAGE, Terms

_SUMMING = 0x6C61706F72_08  # "lapor", and which of its locks

_AS_OF = "CAST(:as_of AS timestamptz)"
_MONTH = "received_on BETWEEN :first_day AND :last_day"

#: With few values each: their combinations are added up first, and each of them from there.
_FEW = {
    Grain.REPORT: ("classification", "category", "channel", "archive_reason"),
    Grain.STEP: ("classification", "category", "channel"),
}
#: With so many values that each is added up from the rows.
_MANY = {Grain.REPORT: ("agency", "responder", "returner", "region"), Grain.STEP: ("agency", "region")}

# A report that has just changed, by a clock that is ahead of ours, is as it was before.
_REPORTS = f"""
    SELECT {{columns}} FROM counted_reports WHERE {_MONTH} AND valid_from <= {_AS_OF}
    UNION ALL
    SELECT {{columns}} FROM counted_before WHERE valid_from <= {_AS_OF} AND valid_until > {_AS_OF} AND report_id IN (
        SELECT report_id FROM counted_reports WHERE {_MONTH} AND valid_from > {_AS_OF}
    )
"""
_COUNTED = ", ".join(
    column.name for column in CountedReport.__table__.columns if column.name not in ("received_on", "valid_from")
)
_SPAN = "s.indicator = :indicator AND s.first_day = :first_day AND s.last_day = :last_day"
_STEPS = f"""
    SELECT {{columns}} FROM (
        SELECT stage, step_agency AS agency, classification, category, channel, region, due_at, stopped_at, cancelled,
               entered_late
        FROM counted_steps WHERE {_MONTH} AND started_at <= {_AS_OF} AND valid_until IS NULL
    ) AS s
"""


def _made(terms: Terms, grain: Grain) -> str:
    """SELECT of all sums of a month over reports or deadlines."""
    few, many = _FEW[grain], _MANY[grain]
    is_step = grain is Grain.STEP
    conditions, means = terms.counts[grain], terms.means if grain is Grain.REPORT else ()
    columns = ["left(region, 5) AS region" if name == "region" else name for name in (*few, *many)]
    columns += ["stage"] if is_step else []
    columns += [f"({_at(condition)}) AS c{number}" for number, condition in enumerate(conditions)]
    columns += [
        f"CASE WHEN {one.counts} THEN CAST({one.value} AS double precision) END AS v{number}"
        for number, one in enumerate(means)
    ]
    source = (_STEPS if is_step else _REPORTS).format(columns=", ".join(columns))
    numbers = [f"count(*) FILTER (WHERE c{number}) AS c{number}" for number in range(len(conditions))]
    numbers += [f"sum(v{number}) AS v{number}" for number in range(len(means))]
    stage = "stage, " if is_step else ""
    part = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in many)
    sets = ", ".join(f"({stage}{names})" for names in (", ".join(few), *many))
    added = ", ".join(f"coalesce(sum(c{number}), 0)" for number in range(len(conditions)))
    sums = ", ".join(f"coalesce(sum(v{number}), 0)" for number in range(len(means)))
    of_stage = f"coalesce(stage, '{ALL_STAGES}')" if is_step else f"'{NO_STAGE}'"
    told = [
        f"SELECT '{name}' AS told_by, {of_stage} AS stage, {_key(name)} AS key,"
        f" CAST(ARRAY[{added}] AS int[]) AS counts, CAST(ARRAY[{sums}] AS double precision[]) AS sums"
        f" FROM parts WHERE part = '{name if name in many else ALL}' GROUP BY {_grouped(name, is_step=is_step)}"
        for name in (ALL, *few, *many)
    ]
    return f"""
        WITH found AS MATERIALIZED ({source}), parts AS MATERIALIZED (
            SELECT CASE {part} ELSE '{ALL}' END AS part, {stage}{", ".join((*few, *many))}, {", ".join(numbers)}
            FROM found GROUP BY GROUPING SETS ({sets})
        ) {" UNION ALL ".join(told)}
    """


def _at(expression: str) -> str:
    return expression.replace(":as_of", _AS_OF)


def _key(name: str) -> str:
    return "''" if name == ALL else f"coalesce({name}, '')"


def _grouped(name: str, *, is_step: bool) -> str:
    """Of all without deadlines there is a line even where nothing is counted."""
    column = "" if name == ALL else name
    if not is_step:
        return column or "()"
    return f"GROUPING SETS (({', '.join(filter(None, ('stage', column)))}), ({column}))"


def _stored(terms: Terms) -> TextClause:
    """The sums of a month, those that have changed; those that are no more go."""
    key = "n.told_by = s.told_by AND n.stage = s.stage AND n.key = s.key"
    return text(
        f"""
        WITH made AS MATERIALIZED (({_made(terms, Grain.REPORT)}) UNION ALL ({_made(terms, Grain.STEP)})),
        gone AS (
            DELETE FROM figure_sums s WHERE first_day = :first_day AND NOT EXISTS (SELECT FROM made n WHERE {key})
        )
        INSERT INTO figure_sums AS s (told_by, stage, first_day, key, counts, sums)
        SELECT told_by, stage, :first_day, key, counts, sums FROM made
        ON CONFLICT (told_by, stage, first_day, key) DO UPDATE SET counts = excluded.counts, sums = excluded.sums
        WHERE (s.counts, s.sums) IS DISTINCT FROM (excluded.counts, excluded.sums)
        """
    )


def _spread(indicator: Indicator) -> TextClause:
    """Median and 90th percentile of each of its parts. Their values are sorted once, and again by part, since nothing
    promises that they stay in order."""
    columns = (*_FEW[Grain.REPORT][:-1], indicator.agency, "region")
    told_by = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in columns)
    key = "n.told_by = s.told_by AND n.key = s.key"
    return text(
        f"""
        WITH found AS MATERIALIZED (
            SELECT classification, category, channel, {indicator.agency}, left(region, 5) AS region,
                   CAST({indicator.value} AS double precision) AS v
            FROM ({_REPORTS.format(columns=_COUNTED)}) AS s WHERE {indicator.counts} ORDER BY v
        ), parts AS (
            SELECT CASE {told_by} ELSE '{ALL}' END AS told_by, coalesce({", ".join(columns)}, '') AS key,
                   array_agg(v) AS vs
            FROM found GROUP BY GROUPING SETS ((), {", ".join(f"({name})" for name in columns)})
        ), made AS MATERIALIZED (
            SELECT told_by, key, p[1] AS median, p[2] AS p90 FROM parts, LATERAL (
                SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY v) AS p FROM unnest(vs) AS v
            ) AS l WHERE p IS NOT NULL
        ), gone AS (
            DELETE FROM figure_spreads s WHERE {_SPAN} AND NOT EXISTS (SELECT FROM made n WHERE {key})
        )
        INSERT INTO figure_spreads AS s (indicator, told_by, first_day, last_day, key, median, p90)
        SELECT :indicator, told_by, :first_day, :last_day, key, median, p90 FROM made
        ON CONFLICT (indicator, told_by, first_day, last_day, key)
        DO UPDATE SET median = excluded.median, p90 = excluded.p90
        WHERE (s.median, s.p90) IS DISTINCT FROM (excluded.median, excluded.p90)
        """
    )


# When a sum changes without any event: a deadline passes, or what has happened by a clock that is ahead of ours.
_CHANGES_AT = text(
    f"""
    INSERT INTO figure_months (first_day, changes_at)
    SELECT :first_day, min(at) FROM (
        SELECT min(valid_from) AS at FROM counted_reports WHERE {_MONTH} AND valid_from > {_AS_OF}
        UNION ALL
        SELECT min(CASE WHEN started_at > {_AS_OF} THEN started_at
                        WHEN due_at > {_AS_OF} AND due_at <= coalesce(stopped_at, 'infinity') THEN due_at
                        WHEN stopped_at > {_AS_OF} THEN stopped_at END)
        FROM counted_steps WHERE {_MONTH} AND coalesce(stopped_at, 'infinity') > {_AS_OF}
    ) AS found
    ON CONFLICT (first_day) DO UPDATE SET changes_at = excluded.changes_at
    """
)
_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_MEMORY = text("SET LOCAL work_mem = '128MB'")
# The clock is read once what is seen is fixed.
_NOW = text("SELECT clock_timestamp()")
_STATE = text("SELECT as_of, terms, seconds FROM figure_state")
_MARKED = text("DELETE FROM figure_marks RETURNING first_day")
_PASSED = text(f"SELECT first_day FROM figure_months WHERE changes_at <= {_AS_OF}")
_ALL_MONTHS = text(
    """
    SELECT DISTINCT CAST(date_trunc('month', received_on) AS date) FROM counted_reports
    UNION SELECT first_day FROM figure_months
    UNION SELECT first_day FROM figure_sums WHERE told_by = 'all'
    """
)
_MARK_ALL = text(f"INSERT INTO figure_marks (first_day) {_ALL_MONTHS.text}")
_KEEP_STATE = text(
    """
    INSERT INTO figure_state (id, as_of, terms, seconds) VALUES (1, :as_of, :terms, coalesce(:seconds, 0))
    ON CONFLICT (id) DO UPDATE SET as_of = excluded.as_of, terms = excluded.terms,
        seconds = coalesce(:seconds, figure_state.seconds)
    """
)


async def lock(session: AsyncSession) -> bool:
    """False: another monitor adds up."""
    return bool(await session.scalar(_LOCK, {"key": _SUMMING}))


async def now(session: AsyncSession) -> datetime:
    found: datetime = (await session.execute(_NOW)).scalar_one()
    return found


async def state(session: AsyncSession) -> Row[Any] | None:
    """As of when sums are kept, of which terms, and how many seconds the last ones took."""
    return (await session.execute(_STATE)).one_or_none()


async def marked(session: AsyncSession) -> set[date]:
    """The months in which something has changed; their marks go."""
    return set((await session.scalars(_MARKED)).all())


async def passed(session: AsyncSession, *, as_of: datetime) -> set[date]:
    """The months in which a deadline has passed since."""
    return set((await session.scalars(_PASSED, {"as_of": as_of})).all())


async def all_months(session: AsyncSession) -> set[date]:
    return set((await session.scalars(_ALL_MONTHS)).all())


class Summing:
    """The statements of one catalogue, which are long and made once."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._stored = _stored(terms)
        self._spreads = {one.code: _spread(one) for one in terms.means}

    async def month(self, session: AsyncSession, first_day: date, last_day: date, *, as_of: datetime) -> None:
        given = {"first_day": first_day, "last_day": last_day, "as_of": as_of}
        await session.execute(_MEMORY)
        await session.execute(self._stored, given)
        await session.execute(_CHANGES_AT, given)

    async def spread(self, session: AsyncSession, first_day: date, last_day: date, *, as_of: datetime) -> None:
        """Of a month or a year."""
        await session.execute(_MEMORY)
        for indicator, statement in self._spreads.items():
            given = {"indicator": indicator, "first_day": first_day, "last_day": last_day, "as_of": as_of}
            await session.execute(statement, given)


async def mark_all(session: AsyncSession) -> None:
    """Every month is to be added up anew."""
    await session.execute(_MARK_ALL)


async def keep_state(session: AsyncSession, *, as_of: datetime, terms: str, seconds: float | None) -> None:
    await session.execute(_KEEP_STATE, {"as_of": as_of, "terms": terms, "seconds": seconds})


# By the tree of today. UNION ends a loop in the data.
INSTANSI_OF = """
    WITH RECURSIVE roots (code, instansi) AS (
        SELECT code, code FROM agencies WHERE parent_code IS NULL
        UNION
        SELECT a.code, r.instansi FROM agencies a JOIN roots r ON a.parent_code = r.code
    ) SELECT code, instansi FROM roots
"""

# --- what is asked of sums --------------------------------------------------------------------------------------------


async def added_up(
    session: AsyncSession, *, told_by: str, stage: str, days: tuple[date, date], by: str, counted: int, among: int,
    value: int | None, agencies: Sequence[str] | None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """A row for each key, the one without a key last: counted, among, sum. `by`: `key`, `instansi`, `stage`, `month` or
    nothing; `counted`, `among`, `value`: places in the arrays."""
    key = {
        "key": "nullif(key, '')", "instansi": "i.instansi", "stage": "stage", "month": "to_char(first_day, 'YYYY-MM')",
        "": "NULL::text",
    }[by]  # fmt: skip
    joined = f"LEFT JOIN ({INSTANSI_OF}) i ON i.code = key" if by == "instansi" else ""
    added = "NULL::float8" if value is None else "sum(sums[CAST(:value AS int)])"
    reached = "" if agencies is None else "AND key = ANY(CAST(:agencies AS text[]))"
    each_stage = by == "stage" and stage == ALL_STAGES
    stages = f"stage NOT IN ('{ALL_STAGES}', '{NO_STAGE}')" if each_stage else "stage = :stage"
    statement = text(
        f"""
        SELECT {key} AS key, sum(counts[CAST(:counted AS int)]) AS counted,
               sum(counts[CAST(:among AS int)]) AS among, {added} AS sum
        FROM figure_sums {joined}
        WHERE told_by = :told_by AND {stages} AND first_day BETWEEN :first_day AND :last_day {reached}
        GROUP BY 1 ORDER BY 1
        """
    )
    given: dict[str, Any] = {
        "told_by": told_by, "stage": stage, "first_day": days[0], "last_day": days[1], "counted": counted,
        "among": among,
    }  # fmt: skip
    given |= {} if agencies is None else {"agencies": list(agencies)}
    given |= {} if value is None else {"value": value}
    return (await session.execute(statement, given)).all()


_READ_SPREADS = """
    SELECT nullif(key, '') AS key, to_char(first_day, 'YYYY-MM') AS month, median, p90 FROM figure_spreads
    WHERE indicator = :indicator AND told_by = :told_by AND first_day BETWEEN :first_day AND :last_day AND {span}
"""
_OF_THE_SPAN = text(_READ_SPREADS.format(span="first_day = :first_day AND last_day = :last_day"))
_OF_MONTHS = text(_READ_SPREADS.format(span="last_day < first_day + 31"))


async def spreads(
    session: AsyncSession, indicator: str, *, told_by: str, days: tuple[date, date], by_month: bool
) -> Mapping[str | None, tuple[float, float]]:
    """Median and 90th percentile of each key, or of each month."""
    given = {"indicator": indicator, "told_by": told_by, "first_day": days[0], "last_day": days[1]}
    rows = await session.execute(_OF_MONTHS if by_month else _OF_THE_SPAN, given)
    return {row.month if by_month else row.key: (row.median, row.p90) for row in rows}
