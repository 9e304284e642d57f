"""The indicators that ship, and the thresholds that an installation sets itself. Pure."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.domain.wording import Wording

_SHIPPED = Path(__file__).parents[1] / "data" / "indicators.json"


class Grain(StrEnum):
    """What is counted."""

    REPORT = auto()
    STEP = auto()  #: a deadline of a report
    OFFICER = auto()


class IndicatorKind(StrEnum):
    COUNT = auto()
    SHARE = auto()  #: of what is counted among others
    MEAN = auto()  #: with median and 90th percentile


class Dimension(StrEnum):
    """What figures can be told by."""

    AGENCY = auto()
    INSTANSI = auto()  #: with all that lies below it
    CLASS = auto()
    CATEGORY = auto()
    CHANNEL = auto()
    REGION = auto()  #: the regency or city; the province where no more is known
    PROVINCE = auto()
    DISTRICT = auto()  #: the regency or the province where no more is known
    MONTH = auto()
    STAGE = auto()
    REASON = auto()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a share or a mean; which side is good, `better` of the indicator says."""

    green: float
    yellow: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """`counts`, `among` and `value` are SQL over the columns of what is counted, and over `:as_of`."""

    code: str
    name: Wording
    formula: Wording
    denominator: Wording | None
    grain: Grain
    kind: IndicatorKind
    unit: str
    counts: str
    among: str
    value: str | None
    agency: str  #: the column of the agency that it belongs to
    higher_is_better: bool | None  #: None: neither
    minimum_n: int  #: with fewer there is no share, no mean and no colour
    thresholds: Thresholds | None
    by: Sequence[Dimension]
    seen_by: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    version: int
    indicators: Mapping[str, Indicator]


class BadThresholds(ValueError):
    """The file of an installation says something that no indicator can take."""


def shipped() -> Catalogue:
    document = json.loads(_SHIPPED.read_text())
    found = [_indicator(one) for one in document["indicators"]]
    return Catalogue(document["version"], MappingProxyType({one.code: one for one in found}))


def _indicator(said: Mapping[str, Any]) -> Indicator:
    better, thresholds, denominator = said["better"], said["thresholds"], said["denominator"]
    return Indicator(
        code=said["code"],
        name=_wording(said["name"]),
        formula=_wording(said["formula"]),
        denominator=None if denominator is None else _wording(denominator),
        grain=Grain(said["grain"]),
        kind=IndicatorKind(said["kind"]),
        unit=said["unit"],
        counts=said["counts"],
        among=said["among"],
        value=said["value"],
        agency=said["agency"],
        higher_is_better=None if better is None else better == "higher",
        minimum_n=said["minimum_n"],
        thresholds=None if thresholds is None else Thresholds(*thresholds),
        by=tuple(Dimension(one) for one in said["by"]),
        seen_by=said["seen_by"],
    )


def _wording(said: Mapping[str, str]) -> Wording:
    return said["id"], said["en"]


def read_catalogue(file: Path | None) -> Catalogue:
    """With the thresholds that an installation has set: `{"closed_share": {"green": 0.9, "yellow": 0.6, "minimum_n":
    5}}`, each part optional. Raises BadThresholds.
    """
    catalogue = shipped()
    if file is None:
        return catalogue
    try:
        said = json.loads(file.read_text())
        indicators = {**catalogue.indicators, **{code: _set(catalogue, code, own) for code, own in said.items()}}
    except BadThresholds:
        raise
    except (OSError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise BadThresholds(f"{file} cannot be read: it must be JSON, an object for each indicator.") from error
    return Catalogue(catalogue.version, MappingProxyType(indicators))


def _set(catalogue: Catalogue, code: str, own: Mapping[str, Any]) -> Indicator:
    known = catalogue.indicators.get(code)
    if known is None:
        raise BadThresholds(f"There is no indicator {code}; the file of thresholds names it.")
    if known.higher_is_better is None or known.thresholds is None or own.keys() - {"green", "yellow", "minimum_n"}:
        raise BadThresholds(f"{code} takes no such thresholds; those that do take green, yellow and minimum_n.")
    green, yellow = (float(own.get(name, getattr(known.thresholds, name))) for name in ("green", "yellow"))
    most = 1 if known.kind is IndicatorKind.SHARE else sys.float_info.max
    if not all(0 <= one <= most for one in (green, yellow)):
        raise BadThresholds(f"The thresholds of {code} must be numbers from 0 on; those of shares reach to 1, as 0.9.")
    if (green > yellow) is not known.higher_is_better or green == yellow:
        raise BadThresholds(f"The thresholds of {code} stand the wrong way round: green is the better one.")
    return replace(
        known, thresholds=Thresholds(green, yellow), minimum_n=max(1, int(own.get("minimum_n", known.minimum_n)))
    )
