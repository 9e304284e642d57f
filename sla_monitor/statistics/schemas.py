"""What is asked of figures and what is answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.http.wire import Answer, Bilingual, Code, Instant, PageParams, Schema
from sla_monitor.indicators.catalogue import Dimension
from sla_monitor.statistics.marks import Colour

PeriodText = Annotated[str, StringConstraints(min_length=4, max_length=22)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

#: The key of what has none: of no agency, of no category, of no known place.
NO_KEY = "none"


class FigureParams(Schema):
    indicator: Code = Field(description="The code of an indicator, as `GET /v1/indicators` lists them.")
    by: Dimension | None = Field(None, description="What to tell it by; without it there is the total alone.")
    period: PeriodText | None = Field(
        None,
        description="When the reports were received: `2026`, `2026-Q1`, `2026-03`, `2026-01-01..2026-03-31`; "
        "without it the year of `as_of`.",
    )
    agency: Code | None = Field(None, description="This agency and all below it.")
    stage: Code | None = Field(None, description="Of deadlines: those of this stage.")
    as_of: Instant | None = Field(
        None,
        description="As everything was at this instant; without it now, or at the latest instant until which figures "
        "of the whole country are added up.",
    )


class FigureCaseParams(PageParams, FigureParams):
    of: Key | None = Field(
        None, description=f"Of `by`: the cases of the line with this key; `{NO_KEY}`: of the one without a key."
    )


class FigurePeriod(Answer):
    """The days on which the reports were received, both included."""

    first_day: date = Field(description="The first day.")
    last_day: date = Field(description="The last day.")


class FigureValue(Answer):
    """One figure. `count` of `n` were counted; `value` is null where there are too few for a share or a mean."""

    key: str | None = Field(description="The code of the agency, class, ... that it is of; null: none, or the total.")
    name: str | None = Field(description="What people call it, in the language asked for.")
    count: int = Field(description="How many were counted: exactly as many as `cases` leads to.")
    n: int = Field(description="Among how many: the denominator.")
    value: float | None = Field(description="The count, the share (0 to 1) or the mean; null: fewer than `minimum_n`.")
    median: float | None = Field(
        None, description="Of a mean: half of the cases lie at or below it; not told by instansi."
    )
    p90: float | None = Field(
        None, description="Of a mean: nine of ten cases lie at or below it; not told by instansi."
    )
    colour: Colour | None = Field(
        None, description="By the thresholds of the indicator; `grey`: too few. Null: it has no thresholds."
    )
    rank: int | None = Field(
        None,
        description="Among agencies, or instansi: the best is 1, equals share a rank; null: too few, or no better and "
        "worse.",
    )
    cases: str | None = Field(description="Where exactly these cases are listed; null: they are no reports.")


class Figures(Answer):
    """A figure, what it means, and as of when it is; by agency, class, ... if that was asked for."""

    indicator: str = Field(description="The code of the indicator.")
    version: int = Field(description="Of the catalogue that it was computed by.")
    name: Bilingual = Field(description="What people call the indicator.")
    formula: Bilingual = Field(description="How it is computed, in words.")
    denominator: Bilingual | None = Field(description="What `n` counts.")
    unit: str = Field(description="Of the values.")
    minimum_n: int = Field(description="With fewer there is no share, no mean, no colour and no rank.")
    by: Dimension | None = Field(description="What the items are told by.")
    period: FigurePeriod = Field(description="When the reports were received.")
    agency: str | None = Field(description="The agency whose part it is, with all below it; null: all that you see.")
    stage: str | None = Field(description="The stage of the deadlines; null: all.")
    as_of: datetime = Field(description="Everything is as it was at this instant.")
    expected: float | None = Field(None, description="What was predicted, where something was.")
    note: Bilingual | None = Field(None, description="Why there is nothing, where there is nothing.")
    total: FigureValue = Field(description="Of all items together.")
    items: list[FigureValue] = Field(description="Told by `by`, in the order of the keys; the one without a key last.")


class FigureCase(Answer):
    """A report that was counted, or a deadline of one."""

    report_id: UUID = Field(description="The id of the report.")
    tracking_number: str = Field(description="Its tracking number.")
    status: str | None = Field(description="Its status at `as_of`.")
    agency: str | None = Field(description="The agency that it counts for.")
    received_at: datetime | None = Field(description="When it was received.")
    value: float | None = Field(None, description="What it adds to a mean, in the unit of the indicator.")
    stage: str | None = Field(None, description="Of a deadline: its stage.")
    due_at: datetime | None = Field(None, description="Of a deadline: when it was due.")
    stopped_at: datetime | None = Field(None, description="Of a deadline: when it ended; null: it runs.")


class FigureCases(Answer):
    """Exactly what a figure counts."""

    as_of: datetime = Field(description="Everything is as it was at this instant.")
    count: int = Field(description="How many were counted.")
    withheld: int = Field(description="How many of them are not listed: you may not see these reports.")
    items: list[FigureCase] = Field(description="The cases, in the order of the reports' ids.")
    next_cursor: str | None = Field(None, description="Leads to the next page.")
