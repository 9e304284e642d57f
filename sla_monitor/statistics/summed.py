"""Figures of the whole country, and of large parts of it, from the sums that are kept for each month of receipt.

They are as of the instant until which the sums are kept, which is said; what few agencies have is asked of the rows,
and is as of now.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.periods import Period
from shared.domain.regions import national_day
from sla_monitor.indicators.catalogue import Dimension, Grain, IndicatorKind
from sla_monitor.statistics.queries import Asked
from sla_monitor.sums import queries, terms
from sla_monitor.sums.keeping import pause_after

#: The rows of so many agencies are read as quickly as their sums.
FEW_AGENCIES = 300
#: Sums that are older are not told: the monitor that keeps them is away.
OLDEST = timedelta(minutes=15)
#: The rows are asked; provinces add up from the regencies, where somebody does.
_NOT_SUMMED = (Dimension.PROVINCE, Dimension.DISTRICT)
_TOLD_OF_AGENCIES = (None, Dimension.AGENCY, Dimension.INSTANSI, Dimension.MONTH, Dimension.STAGE)


async def kept_as_of(session: AsyncSession, asked: Asked, *, now: datetime) -> Asked | None:
    """The same question as of the instant that sums are kept for; None: the rows have to be asked."""
    if not _is_kept(asked):
        return None
    state = await queries.state(session)
    if state is None or state.terms != terms.shipped_terms().digest:
        return None
    if asked.of_the_past:
        return asked if asked.as_of == state.as_of else None
    same_year = national_day(state.as_of).year == national_day(now).year
    oldest = OLDEST + pause_after(state.seconds)
    if not now - oldest <= state.as_of <= now or not same_year:
        return None
    return replace(asked, as_of=state.as_of, of_the_past=True)


def _is_kept(asked: Asked) -> bool:
    if asked.by in _NOT_SUMMED or not terms.is_summed(asked.indicator) or not _is_of_whole_months(asked.period):
        return False
    if asked.indicator.kind is IndicatorKind.MEAN:  # no percentile follows from those of parts
        return asked.agencies is None and _has_a_spread(asked.period)
    if asked.agencies is None:
        return True
    return len(asked.agencies) > FEW_AGENCIES and not asked.agencies_only and asked.by in _TOLD_OF_AGENCIES


def _is_of_whole_months(period: Period) -> bool:
    last = period.last_day
    return period.first_day.day == 1 and last.day == monthrange(last.year, last.month)[1]


def _has_a_spread(period: Period) -> bool:
    """Of a month or a year."""
    months = (period.last_day.year - period.first_day.year) * 12 + period.last_day.month - period.first_day.month + 1
    return months == 1 or (months == 12 and period.first_day.month == 1)


class SummedLine(NamedTuple):
    key: str | None
    counted: int
    among: int
    sum: float | None = None
    percentiles: tuple[float | None, float | None] = (None, None)


async def figures(session: AsyncSession, asked: Asked) -> Sequence[Any]:
    """As those of the rows, of a question that `kept_as_of` has found."""
    indicator, known = asked.indicator, terms.shipped_terms()
    stage = terms.NO_STAGE
    if indicator.grain is Grain.STEP:
        stage = asked.stage or terms.ALL_STAGES
    told_by = indicator.agency if asked.agencies is not None else terms.told_by(indicator, asked.by)
    match asked.by:
        case Dimension.MONTH | Dimension.STAGE | Dimension.INSTANSI as by:
            key = by.value
        case None:
            key = ""
        case _:
            key = "key"
    is_mean = indicator.kind is IndicatorKind.MEAN
    days = (asked.period.first_day, asked.period.last_day)
    rows = await queries.added_up(
        session, told_by=told_by, stage=stage, days=days, by=key,
        counted=known.place(indicator, indicator.counts), among=known.place(indicator, indicator.among),
        value=known.value_place(indicator) if is_mean else None, agencies=asked.agencies,
    )  # fmt: skip
    if not is_mean:
        return rows
    if asked.by is Dimension.INSTANSI:
        return [SummedLine(row.key, row.counted, row.among, row.sum) for row in rows]
    by_month = asked.by is Dimension.MONTH
    spreads = await queries.spreads(session, indicator.code, told_by=told_by, days=days, by_month=by_month)
    return [SummedLine(row.key, row.counted, row.among, row.sum, spreads.get(row.key, (None, None))) for row in rows]
