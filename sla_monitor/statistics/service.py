"""Figures, and the reports that each of them counts, for those who work on reports: each for their part.

Secret reports are counted for everybody whose part they belong to, since a total that depends on who asks is none; the
list of cases names a report only to those who may see it, and says how many it does not name.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.domain.codes import ARCHIVE_REASONS, CHANNELS, CLASSIFICATIONS
from shared.domain.periods import read_period, year_of
from shared.domain.regions import national_day
from shared.domain.wording import Language, say
from shared.errors import Forbidden, Invalid
from shared.http.wire import Bilingual, Code, Sequence32
from shared.queries.reach import Reach, known_subtree, reach_of
from sla_monitor.clocks.past import check_as_of
from sla_monitor.counting import queries as counting
from sla_monitor.indicators.catalogue import Catalogue, Dimension, Grain, Indicator, IndicatorKind
from sla_monitor.statistics import marks, queries, summed
from sla_monitor.statistics.queries import Asked
from sla_monitor.statistics.schemas import (
    NO_KEY,
    FigureCase,
    FigureCaseParams,
    FigureCases,
    FigureParams,
    FigurePeriod,
    Figures,
    FigureValue,
)

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")  # which a link holds as it is: ten thousand are not quoted one by one
_LINES = TypeAdapter(list[FigureValue])
#: A value, and of means median and 90th percentile.
Computed = tuple[float | None, Sequence[float | None]]
Read = Callable[[AsyncSession, Asked], Awaitable[Sequence[Any]]]

RANKED = frozenset({Dimension.AGENCY, Dimension.INSTANSI})

PATH = "/v1/statistics/cases"
NOTHING = Bilingual(
    id="Tidak ada yang dihitung: tidak ada laporan yang memenuhi syarat dalam kurun dan bagian ini.",
    en="Nothing is counted: no report of this period and part meets the condition.",
)
#: What people call some keys, without asking the database.
_LABELS = {
    Dimension.CLASS: CLASSIFICATIONS, Dimension.CHANNEL: CHANNELS, Dimension.REASON: ARCHIVE_REASONS,
}  # fmt: skip


async def figures(
    session: AsyncSession, catalogue: Catalogue, params: FigureParams, client: Client, *, language: Language,
    now: datetime,
) -> Figures:  # fmt: skip
    """One indicator, in total and by what is asked for. Raises Invalid and Forbidden with what to ask instead."""
    asked, _ = await _asked(session, catalogue, params, client, now=now)
    asked, read = await _kept_or_not(session, asked, now=now)
    indicator = asked.indicator
    rows = [row for row in await read(session, asked) if row.key is not None or row.counted or row.among]
    whole = rows if asked.by is None else await _whole(session, asked, rows, read)
    names = await _names(session, asked, [row.key for row in rows if row.key is not None], language)
    found = _Found(indicator, asked, params)
    total = found.total(whole[0] if whole else None)
    items = [] if asked.by is None else found.lines(rows, names)
    return Figures(
        indicator=indicator.code,
        version=catalogue.version,
        name=Bilingual.of(indicator.name),
        formula=Bilingual.of(indicator.formula),
        denominator=None if indicator.denominator is None else Bilingual.of(indicator.denominator),
        unit=indicator.unit,
        minimum_n=indicator.minimum_n,
        by=asked.by,
        period=FigurePeriod(first_day=asked.period.first_day, last_day=asked.period.last_day),
        agency=params.agency,
        stage=params.stage,
        as_of=asked.as_of,
        expected=await queries.predicted_precision(session) if indicator.code == "learner_precision" else None,
        note=NOTHING if total.count == 0 else None,
        total=total,
        items=items,
    )


async def distribution(
    session: AsyncSession, catalogue: Catalogue, params: FigureParams, client: Client, *, most: int, now: datetime
) -> Sequence[tuple[int, int]]:
    """How many of the cases of a mean have each whole value, from 0 on without a gap; the last stands for `most` and
    more. Together they are as many as the mean counts. Raises Forbidden, Invalid.
    """
    asked, _ = await _asked(session, catalogue, params, client, now=now)
    rows = await queries.distribution(session, asked, most=most)
    known = {row.bin: row.counted for row in rows}
    last = max(known, default=-1)
    return [(one, known.get(one, 0)) for one in range(last + 1)]


async def _kept_or_not(session: AsyncSession, asked: Asked, *, now: datetime) -> tuple[Asked, Read]:
    """What is asked, as of the instant of the sums where they answer it, and what reads it."""
    kept = await summed.kept_as_of(session, asked, now=now)
    return (asked, queries.figures) if kept is None else (kept, summed.figures)


async def _whole(session: AsyncSession, asked: Asked, rows: Sequence[Any], read: Read) -> Sequence[Any]:
    """The total of all keys; percentiles of a whole do not follow from those of its parts."""
    if asked.indicator.kind is IndicatorKind.MEAN:
        return await read(session, replace(asked, by=None))
    return [_Sum(sum(row.counted for row in rows), sum(row.among for row in rows))]


class _Sum(NamedTuple):
    counted: int
    among: int
    key: str | None = None


async def _asked(
    session: AsyncSession, catalogue: Catalogue, params: FigureParams, client: Client, *, now: datetime
) -> tuple[Asked, Reach]:
    check_as_of(params.as_of, now)
    indicator = _indicator(catalogue, params)
    if params.stage is not None and not await counting.is_stage(session, params.stage):
        raise Invalid(f"No policy has a stage {params.stage}.", pointer="query/stage", code="unknown_stage")
    as_of = params.as_of or now
    period = year_of(national_day(as_of)) if params.period is None else read_period(params.period)
    reach = await reach_of(session, client)
    asked = Asked(
        indicator=indicator, by=params.by, period=period, as_of=as_of, of_the_past=params.as_of is not None,
        agencies=await _agencies(session, params.agency, reach), agencies_only=reach.agencies_only, stage=params.stage,
    )  # fmt: skip
    return asked, reach


def _indicator(catalogue: Catalogue, params: FigureParams) -> Indicator:
    indicator = catalogue.indicators.get(params.indicator)
    if indicator is None:
        raise Invalid(
            f"There is no indicator {params.indicator}; GET /v1/indicators lists them.", pointer="query/indicator",
            code="unknown_indicator",
        )  # fmt: skip
    if params.by is not None and params.by not in indicator.by:
        raise Invalid(
            f"{indicator.code} is not told by {params.by.value}; ask for {', '.join(indicator.by)}.",
            pointer="query/by",
            code="unknown_dimension",
        )
    if params.stage is not None and indicator.grain is not Grain.STEP:
        raise Invalid(
            f"{indicator.code} counts no deadlines; leave the stage out.", pointer="query/stage", code="no_stage"
        )
    return indicator


async def _agencies(session: AsyncSession, code: str | None, reach: Reach) -> Sequence[str] | None:
    """Those whose reports are counted. Raises Forbidden for an agency outside of what the caller reaches."""
    if code is None:
        return reach.codes
    below = await known_subtree(session, code)
    if reach.codes is None:
        return below
    if code not in reach.codes:
        raise Forbidden(
            f"{code} does not belong to what you may see; name an agency of your own part, or none.",
            code="agency_out_of_reach",
        )
    return [one for one in below if one in set(reach.codes)]


async def agencies_of(session: AsyncSession, code: str, client: Client, *, at: datetime) -> Mapping[str, str]:
    """An agency and those below it that were in service then, as far as whoever asks gets their figures; with names.
    Raises Forbidden, Invalid.
    """
    codes = await _agencies(session, code, await reach_of(session, client)) or []
    return await queries.agency_names(session, codes, at, in_service=True)


class _Found:
    """How the figures of one question are shown."""

    def __init__(self, indicator: Indicator, asked: Asked, params: FigureParams) -> None:
        self.indicator, self.asked = indicator, asked
        query = {"indicator": indicator.code, "period": str(asked.period)}
        query |= {"agency": params.agency} if params.agency else {}
        query |= {"stage": asked.stage} if asked.stage else {}
        query["as_of"] = asked.as_of.isoformat().replace("+00:00", "Z")
        self.link = f"{PATH}?{urlencode(query)}"
        self.line_link = f"{self.link}&by={asked.by}&of="

    def total(self, row: Any) -> FigureValue:
        count, n = (0, 0) if row is None else (row.counted, row.among)
        return FigureValue(**self._said(None, None, count, n, self._computed(row, count, n), None, self.link))

    def _said(
        self, key: str | None, name: str | None, count: int, n: int, computed: Computed, rank: int | None, link: str
    ) -> dict[str, Any]:
        value, percentiles = computed
        return {
            "key": key, "name": name, "count": count, "n": count if self.indicator.kind is IndicatorKind.MEAN else n,
            "value": value, "median": percentiles[0], "p90": percentiles[1],
            "colour": marks.colour_of(self.indicator, value), "rank": rank,
            "cases": None if self.indicator.grain is Grain.OFFICER else link,
        }  # fmt: skip

    def lines(self, rows: Sequence[Any], names: Mapping[str, str]) -> list[FigureValue]:
        """A country has ten thousand agencies: their lines are checked all at once."""
        keys = [row.key for row in rows]
        computed = [self._computed(row, row.counted, row.among) for row in rows]
        ranks: Mapping[str, int] = {}
        if self.asked.by in RANKED:
            pairs = zip(keys, computed, strict=True)
            ranks = marks.ranks(self.indicator, {key: one[0] for key, one in pairs if key is not None})
        said = [
            self._said(
                row.key, names.get(row.key), row.counted, row.among, one, ranks.get(row.key), self._link(row.key)
            )
            for row, one in zip(rows, computed, strict=True)
        ]
        return _LINES.validate_python(said)

    def _computed(self, row: Any, count: int, n: int) -> Computed:
        kind, least = self.indicator.kind, self.indicator.minimum_n
        if kind is IndicatorKind.COUNT:
            return float(count), (None, None)
        if kind is IndicatorKind.SHARE:
            return (None if n < least else count / n), (None, None)
        if count < least:
            return None, (None, None)
        return row.sum / count, row.percentiles

    def _link(self, key: str | None) -> str:
        """With the instant and the days that were meant, so that it leads to the same cases whenever it is followed."""
        if key is None:
            return self.line_link + NO_KEY
        return self.line_link + (key if _PLAIN.fullmatch(key) else quote_plus(key))


async def _names(session: AsyncSession, asked: Asked, keys: Sequence[str], language: Language) -> Mapping[str, str]:
    match asked.by:
        case Dimension.AGENCY | Dimension.INSTANSI:
            return await queries.agency_names(session, keys, asked.as_of)
        case Dimension.REGION | Dimension.PROVINCE | Dimension.DISTRICT:
            return await queries.region_names(session, keys)
        case Dimension.CATEGORY:
            labels = await queries.category_names(session, keys)
        case Dimension.CLASS | Dimension.CHANNEL | Dimension.REASON as by:
            labels = _LABELS[by]
        case _:
            return {}
    return {key: say(labels[key], language) for key in keys if key in labels}


# --- cases ------------------------------------------------------------------------------------------------------------


async def cases(
    session: AsyncSession, catalogue: Catalogue, params: FigureCaseParams, client: Client, *, now: datetime
) -> FigureCases:
    """Exactly the reports, or their deadlines, that a figure counts; `of` names one line of it."""
    asked, reach = await _asked(session, catalogue, params, client, now=now)
    if asked.indicator.grain is Grain.OFFICER:
        raise Invalid(
            f"{asked.indicator.code} counts no reports; GET /v1/officers of routing_service lists the officers.",
            pointer="query/indicator",
            code="no_cases",
        )
    if (params.of is None) is not (params.by is None):
        raise Invalid("Name both by and of, or neither.", pointer="query/of", code="line_without_by")
    key = None if params.of == NO_KEY else params.of
    shape = tuple[UUID] if asked.indicator.grain is Grain.REPORT else tuple[UUID, Code, Sequence32]
    after: Any = params.position(shape)
    total, seen = await queries.count_cases(session, asked, reach, key=key)
    if total == 0 and key is not None:
        await _check_key(session, asked, key)
    rows = await queries.cases(session, asked, reach, key=key, after=after, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: _position(row, asked))
    items = [FigureCase.model_validate(dict(row._mapping) | _missing(row)) for row in shown]
    return FigureCases(as_of=asked.as_of, count=total, withheld=total - seen, items=items, next_cursor=next_cursor)


async def _check_key(session: AsyncSession, asked: Asked, key: str) -> None:
    """Nothing is counted of a key that nobody knows, and that would be taken for good news. Raises Invalid."""
    match asked.by:
        case Dimension.MONTH:
            is_known = _MONTH.fullmatch(key) is not None
        case Dimension.STAGE:
            is_known = await counting.is_stage(session, key)
        case _:
            is_known = key in await _names(session, asked, [key], Language.ID)
    if not is_known and not await queries.has_line(session, asked, key):
        raise Invalid(
            f"There is no {asked.by} {key}; take of as a line of the figure has it.", pointer="query/of",
            code="unknown_key",
        )  # fmt: skip


def _position(row: Row[Any], asked: Asked) -> tuple[Any, ...]:
    if asked.indicator.grain is Grain.REPORT:
        return (row.report_id,)
    return (row.report_id, row.stage, row.opened_seq)


def _missing(row: Row[Any]) -> dict[str, Any]:
    return {} if "status" in row._mapping else {"status": None}
