"""What is answered about indicators."""

from typing import Self

from pydantic import Field

from shared.http.wire import Answer, Bilingual
from sla_monitor.indicators.catalogue import Catalogue, Dimension, Grain, Indicator, IndicatorKind


class IndicatorThresholds(Answer):
    """From `green` on (or up to it, where less is better) a figure is green, from `yellow` on yellow, else red."""

    green: float = Field(description="From here on a figure is green.")
    yellow: float = Field(description="From here on it is yellow, and red beyond.")


class IndicatorView(Answer):
    """One indicator, and what it means."""

    code: str = Field(description="What `GET /v1/statistics?indicator=` takes.")
    name: Bilingual = Field(description="What people call it.")
    formula: Bilingual = Field(description="How it is computed, in words.")
    denominator: Bilingual | None = Field(description="What `n` counts; null: nothing but the indicator itself.")
    grain: Grain = Field(description="What is counted: reports, their deadlines (steps), or officers.")
    kind: IndicatorKind = Field(description="A count, a share, or a mean with median and 90th percentile.")
    unit: str = Field(
        description="Of its value: reports, deadlines, share (0 to 1), days, working_days, score (1 to 5)."
    )
    better: str | None = Field(description="Whether `higher` or `lower` is better; null: neither.")
    minimum_n: int = Field(description="With fewer there is no share, no mean, no colour and no rank.")
    thresholds: IndicatorThresholds | None = Field(description="From where on it is green or yellow; null: never.")
    by: list[Dimension] = Field(description="What it can be told by.")
    seen_by: str = Field(
        description="Who may see it: `workers` are all who work on reports, each for their part; `public` is "
        "everybody, too, on the page `/performance`."
    )

    @classmethod
    def showing(cls, one: Indicator) -> Self:
        better = None if one.higher_is_better is None else ("higher" if one.higher_is_better else "lower")
        return cls(
            code=one.code, name=Bilingual.of(one.name), formula=Bilingual.of(one.formula),
            denominator=None if one.denominator is None else Bilingual.of(one.denominator), grain=one.grain,
            kind=one.kind, unit=one.unit, better=better, minimum_n=one.minimum_n,
            thresholds=None if one.thresholds is None else IndicatorThresholds.model_validate(one.thresholds),
            by=list(one.by), seen_by=one.seen_by,
        )  # fmt: skip


class IndicatorList(Answer):
    """The catalogue."""

    version: int = Field(description="Of the catalogue: it is raised when an indicator comes to mean something else.")
    items: list[IndicatorView] = Field(description="All indicators.")

    @classmethod
    def showing(cls, catalogue: Catalogue) -> Self:
        return cls(
            version=catalogue.version, items=[IndicatorView.showing(one) for one in catalogue.indicators.values()]
        )
