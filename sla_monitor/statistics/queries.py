"""SQL of figures. What an indicator counts is SQL of the catalogue that ships; what is asked for is a parameter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, TextClause, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import HIDDEN
from shared.domain.periods import Period
from shared.domain.regions import national_day
from shared.queries.agency_names import name_at
from shared.queries.reach import Reach
from shared.queries.terms import is_in_service
from shared.schema import Agency, Category, Region, RoutingModel
from sla_monitor.indicators.catalogue import Dimension, Grain, Indicator
from sla_monitor.sums.queries import INSTANSI_OF
from sla_monitor.sums.terms import is_summed

ACTIVE_DAYS = 30

_AS_OF = "CAST(:as_of AS timestamptz)"

_REPORTS_NOW = f"SELECT * FROM counted_reports WHERE valid_from <= {_AS_OF}"
_SPELL = """
    report_id, received_on, channel, classification, category, region, agency, held_by, secret, seq, valid_from,
    received_at, entered_late, imported, supervisory, status, verified_at, disposed_at, responded_at, answered_at,
    ended_at, archive_reason, responder, speed_seconds, speed_days, returns, returner, moves, reopened, score, evidence,
    automatic, stood
"""
_REPORTS_THEN = f"""
    SELECT {_SPELL} FROM counted_reports WHERE valid_from <= {_AS_OF}
    UNION ALL
    SELECT {_SPELL} FROM counted_before WHERE valid_from <= {_AS_OF} AND valid_until > {_AS_OF}
"""
_STEPS_NOW = f"""
    SELECT report_id, stage, opened_seq, received_on, channel, classification, category, region, step_agency AS agency,
           held_by, secret, due_at, stopped_at, cancelled, entered_late
    FROM counted_steps WHERE started_at <= {_AS_OF} AND valid_until IS NULL
"""
# Whose a deadline was that still ran then, the report says as it was then.
_STEPS_THEN = f"""
    SELECT report_id, s.stage, s.opened_seq, f.received_on, f.channel, f.classification, f.category, f.region,
           CASE WHEN s.stopped_at <= {_AS_OF} THEN s.step_agency ELSE f.agency END AS agency, f.held_by, f.secret,
           s.due_at, s.stopped_at, s.cancelled, s.entered_late
    FROM counted_steps s JOIN ({_REPORTS_THEN}) f USING (report_id)
    WHERE s.started_at <= {_AS_OF} AND coalesce(s.valid_from <= {_AS_OF}, true)
      AND coalesce(s.valid_until > {_AS_OF}, true)
"""
_SOURCES = {
    (Grain.REPORT, False): _REPORTS_NOW, (Grain.REPORT, True): _REPORTS_THEN,
    (Grain.STEP, False): _STEPS_NOW, (Grain.STEP, True): _STEPS_THEN,
}  # fmt: skip

_BELOW_AN_INSTANSI = "SELECT code FROM agencies WHERE parent_code IS NOT NULL"

_KEYS: Mapping[Dimension, str] = {
    Dimension.INSTANSI: "instansi",
    Dimension.CLASS: "classification", Dimension.CATEGORY: "category", Dimension.CHANNEL: "channel",
    Dimension.REGION: "left(region, 5)", Dimension.PROVINCE: "left(region, 2)", Dimension.DISTRICT: "left(region, 8)",
    Dimension.MONTH: "to_char(received_on, 'YYYY-MM')",
    Dimension.STAGE: "stage", Dimension.REASON: "archive_reason",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure, of which reports, as of when. `agencies` None: of all."""

    indicator: Indicator
    by: Dimension | None
    period: Period
    as_of: datetime
    of_the_past: bool
    agencies: Sequence[str] | None
    agencies_only: bool  #: not what the coordinator of an instansi holds
    stage: str | None
    without_secret: bool = False  #: as for everybody, for whom a secret report is not there

    @property
    def _key(self) -> str:
        if self.by is None:
            return "NULL::text"
        return self.indicator.agency if self.by is Dimension.AGENCY else _KEYS[self.by]

    @property
    def source(self) -> str:
        rows = _SOURCES[self.indicator.grain, self.of_the_past]
        if self.by is not Dimension.INSTANSI:
            return rows
        return (
            f"SELECT r.*, i.instansi FROM ({rows}) r LEFT JOIN ({INSTANSI_OF}) i ON i.code = r.{self.indicator.agency}"
        )

    def sql(self, expression: str) -> str:
        """An expression of the catalogue."""
        return f"({expression.replace(':as_of', _AS_OF)})"

    def conditions(self) -> str:
        found = ["received_on BETWEEN :first_day AND :last_day"]
        if not is_summed(self.indicator):  # it counts among what is open, for which there is an index
            found.append(self.sql(self.indicator.among))
        if self.agencies is not None:
            found.append(f"{self.indicator.agency} = ANY(CAST(:agencies AS text[]))")
        if self.agencies_only:
            found.append(self._of_agencies_themselves())
        if self.stage is not None:
            found.append("stage = :stage")
        if self.without_secret:
            found.append("NOT secret")
        return " AND ".join(found)

    def _of_agencies_themselves(self) -> str:
        """A deadline that an agency had stays its own where the report went back to the coordinator."""
        if self.indicator.agency != "agency":
            return "true"
        if self.indicator.grain is Grain.STEP:
            return f"(held_by = 'agency' OR agency IN ({_BELOW_AN_INSTANSI}))"
        return "held_by = 'agency'"

    def parameters(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "as_of": self.as_of, "first_day": self.period.first_day, "last_day": self.period.last_day,
        }  # fmt: skip
        if self.agencies is not None:
            given["agencies"] = list(self.agencies)
        if self.stage is not None:
            given["stage"] = self.stage
        return given


#: Of whole instansi there is the mean alone: sums do not say more, and nobody waits for a million rows to be sorted.
_NO_PERCENTILES = "CAST(ARRAY[NULL, NULL] AS double precision[])"


# Figures by month and the like read each row once; no index serves that, and parallel workers do.
def _figures(asked: Asked) -> TextClause:
    indicator = asked.indicator
    counted = f"FILTER (WHERE {asked.sql(indicator.counts)})"
    columns = [f"count(*) {counted} AS counted", f"count(*) FILTER (WHERE {asked.sql(indicator.among)}) AS among"]
    if indicator.value is not None:
        value = f"CAST({asked.sql(indicator.value)} AS double precision)"
        sorted_values = f"percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {value}) {counted}"
        percentiles = _NO_PERCENTILES if asked.by is Dimension.INSTANSI else sorted_values
        columns += [f"sum({value}) {counted} AS sum", f"{percentiles} AS percentiles"]
    return text(
        f"SELECT {asked._key} AS key, {', '.join(columns)} FROM ({asked.source}) AS source"
        f" WHERE {asked.conditions()} GROUP BY 1 ORDER BY 1"
    )


async def figures(session: AsyncSession, asked: Asked) -> Sequence[Row[Any]]:
    """A row for each key, the one without a key last: counted, among, and of means sum and percentiles."""
    if asked.indicator.grain is Grain.OFFICER:
        return await _officers(session, asked)
    return (await session.execute(_figures(asked), asked.parameters())).all()


async def distribution(session: AsyncSession, asked: Asked, *, most: int) -> Sequence[Row[Any]]:
    """Of a mean: how many of its cases have each whole value; `most` stands for all that is more."""
    indicator = asked.indicator
    value = asked.sql(indicator.value or "0")
    statement = text(
        f"SELECT CAST(least(floor(greatest({value}, 0)), :most) AS int) AS bin, count(*) AS counted"
        f" FROM ({asked.source}) AS source WHERE {asked.conditions()} AND {asked.sql(indicator.counts)}"
        " GROUP BY 1 ORDER BY 1"
    )
    return (await session.execute(statement, {**asked.parameters(), "most": most})).all()


# To the hour for the present, as `officers` has it; for the past from the log, by the days on which it was written.
_ACTED_NOW = f"coalesce(o.last_active_at > {_AS_OF} - interval '{ACTIVE_DAYS} days', false)"
_ACTED_THEN = f"""
    o.subject IN (
        SELECT substr(e.actor, strpos(e.actor, ':') + 1) FROM events e
        WHERE e.recorded_at > {_AS_OF} - interval '{ACTIVE_DAYS} days' AND e.recorded_at <= {_AS_OF}
    )
"""


async def _officers(session: AsyncSession, asked: Asked) -> Sequence[Row[Any]]:
    acted = _ACTED_THEN if asked.of_the_past else _ACTED_NOW
    given: dict[str, Any] = {"as_of": asked.as_of}
    reached = ""
    if asked.agencies is not None:
        reached, given["agencies"] = "AND o.agency_code = ANY(CAST(:agencies AS text[]))", list(asked.agencies)
    key = "NULL::text" if asked.by is None else "o.agency_code"
    statement = text(
        f"""
        SELECT {key} AS key, count(*) FILTER (WHERE {acted}) AS counted, count(*) AS among FROM officers o
        WHERE o.active AND o.created_at <= {_AS_OF} {reached}
          AND o.role IN ('liaison_officer', 'coordinator', 'national_admin')
        GROUP BY 1 ORDER BY 1
        """
    )
    return (await session.execute(statement, given)).all()


# --- cases ------------------------------------------------------------------------------------------------------------

_HIDDEN = ", ".join(f"'{status}'" for status in sorted(HIDDEN))
_PUBLISHED = f"(r.published_at IS NOT NULL AND NOT r.secret AND r.status NOT IN ({_HIDDEN}))"


def _seen(reach: Reach) -> str:
    """Which of the reports whoever asks may see: what is public, and what they work on."""
    if reach.codes is None:
        return "true"
    held = "r.holder_agency_code = ANY(CAST(:reach AS text[]))"
    if reach.agencies_only:
        held += " AND r.holder_level = 'agency'"
    if not reach.secret:
        held += " AND NOT r.secret"
    return f"({_PUBLISHED} OR ({held}))"


def _of_key(asked: Asked, key: str | None) -> str:
    return "" if asked.by is None else f"AND {asked._key} {'IS NULL' if key is None else '= :key'}"


def _ordered(asked: Asked) -> tuple[str, ...]:
    return ("report_id",) if asked.indicator.grain is Grain.REPORT else ("report_id", "stage", "opened_seq")


async def cases(
    session: AsyncSession, asked: Asked, reach: Reach, *, key: str | None, after: Sequence[Any] | None, limit: int
) -> Sequence[Row[Any]]:
    """The next cases in the order of their reports' ids, those that may be seen."""
    indicator = asked.indicator
    order = _ordered(asked)
    is_step = indicator.grain is Grain.STEP
    columns = "c.stage, c.opened_seq, c.due_at, c.stopped_at, r.received_at" if is_step else "c.status, c.received_at"
    value = "NULL" if indicator.value is None else asked.sql(indicator.value)
    places = [f"CAST(:after_{name} AS {_TYPES[name]})" for name in order]
    behind = "" if after is None else f"AND ({', '.join(f'c.{name}' for name in order)}) > ({', '.join(places)})"
    statement = text(
        f"""
        SELECT c.report_id, r.tracking_number, c.{indicator.agency} AS agency, {columns}, c.value
        FROM (
            SELECT *, CAST({value} AS double precision) AS value FROM ({asked.source}) AS source
            WHERE {asked.conditions()} AND {asked.sql(indicator.counts)} {_of_key(asked, key)}
        ) AS c JOIN reports r ON r.id = c.report_id
        WHERE {_seen(reach)} {behind} ORDER BY {", ".join(f"c.{name}" for name in order)} LIMIT :limit
        """
    )
    given = {**_given(asked, reach, key), "limit": limit}
    given |= {f"after_{name}": value for name, value in zip(order, after or (), strict=False)}
    return (await session.execute(statement, given)).all()


_TYPES = {"report_id": "uuid", "stage": "text", "opened_seq": "int"}


def _given(asked: Asked, reach: Reach, key: str | None) -> dict[str, Any]:
    given = asked.parameters()
    if reach.codes is not None:
        given["reach"] = list(reach.codes)
    if asked.by is not None and key is not None:
        given["key"] = key
    return given


async def count_cases(session: AsyncSession, asked: Asked, reach: Reach, *, key: str | None) -> tuple[int, int]:
    """How many there are, and how many of them may be seen."""
    joined = "" if reach.codes is None else "LEFT JOIN reports r ON r.id = c.report_id"
    seen = "true" if reach.codes is None else f"coalesce({_seen(reach)}, false)"
    statement = text(
        f"""
        SELECT count(*), count(*) FILTER (WHERE {seen}) FROM (
            SELECT report_id FROM ({asked.source}) AS source
            WHERE {asked.conditions()} AND {asked.sql(asked.indicator.counts)} {_of_key(asked, key)}
        ) AS c {joined}
        """
    )
    total, shown = (await session.execute(statement, _given(asked, reach, key))).one()
    return total, shown


async def has_line(session: AsyncSession, asked: Asked, key: str) -> bool:
    """Whether anything at all of this key is there to be counted."""
    statement = text(
        f"SELECT EXISTS (SELECT FROM ({asked.source}) AS source WHERE {asked.conditions()} {_of_key(asked, key)})"
    )
    return bool(await session.scalar(statement, {**asked.parameters(), "key": key}))


# --- names ------------------------------------------------------------------------------------------------------------


async def agency_names(
    session: AsyncSession, codes: Collection[str], at: datetime, *, in_service: bool = False
) -> Mapping[str, str]:
    """What agencies were called then; all, or those that were in service.

    A country has ten thousand of them: one parameter and one row, since each row costs more than what is in it.
    """
    statement = select(func.array_agg(Agency.code), func.array_agg(name_at(at)))
    statement = statement.where(Agency.code == func.any(cast(list(codes), ARRAY(Text))))
    if in_service:
        statement = statement.where(is_in_service(Agency, national_day(at)))
    found, names = (await session.execute(statement)).one()
    return dict(zip(found or (), names or (), strict=True))


async def region_names(session: AsyncSession, codes: Collection[str]) -> Mapping[str, str]:
    statement = select(Region.code, Region.name).where(Region.code.in_(codes))
    return dict((await session.execute(statement)).tuples().all())


async def category_names(session: AsyncSession, codes: Collection[str]) -> Mapping[str, tuple[str, str]]:
    statement = select(Category.code, Category.label_id, Category.label_en).where(Category.code.in_(codes))
    return {code: (label_id, label_en) for code, label_id, label_en in await session.execute(statement)}


async def predicted_precision(session: AsyncSession) -> float | None:
    """Of the model in force, when it was trained."""
    statement = select(RoutingModel.metrics["precision"].as_float()).where(RoutingModel.state == "active")
    found: float | None = await session.scalar(statement)
    return found
