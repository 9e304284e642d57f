"""What a figure is marked with: red, yellow, green or grey, and its rank among others. Pure."""

from collections.abc import Mapping
from enum import StrEnum, auto

from sla_monitor.indicators.catalogue import Indicator


class Colour(StrEnum):
    GREEN = auto()
    YELLOW = auto()
    RED = auto()
    GREY = auto()  #: too few, or nothing: never green


def colour_of(indicator: Indicator, value: float | None) -> Colour | None:
    """None: the indicator has no thresholds. `value` is None where there are too few."""
    thresholds = indicator.thresholds
    if thresholds is None:
        return None
    if value is None:
        return Colour.GREY
    sign = 1 if indicator.higher_is_better else -1
    if sign * value >= sign * thresholds.green:
        return Colour.GREEN
    return Colour.YELLOW if sign * value >= sign * thresholds.yellow else Colour.RED


def ranks(indicator: Indicator, values: Mapping[str, float | None]) -> dict[str, int]:
    """By code: the best is 1, equals share a rank, and the next one's counts them all. Too few have none."""
    if indicator.higher_is_better is None:
        return {}
    known = {code: value for code, value in values.items() if value is not None}
    places: dict[float, int] = {}
    for place, value in enumerate(sorted(known.values(), reverse=indicator.higher_is_better), 1):
        places.setdefault(value, place)
    return {code: places[value] for code, value in known.items()}
