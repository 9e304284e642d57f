"""Where a report should go, and why: a pure function of the report and the registry.

Rules name an agency for a category within a region. The longest region wins; a category without a matching rule asks
its parent. What speaks against acting alone is a doubt; a decision without doubts is clear.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from routing_service.tree import Tree


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a report (or of a text that is none yet)."""

    category: str | None
    region: str | None
    target_agency: str | None  #: the one that the reporter means it for
    within: str | None = None  #: the instansi whose coordinator holds it; None: the national admin does


@dataclass(frozen=True, slots=True)
class Rule:
    id: int
    category: str
    region_prefix: str  #: '' is everywhere
    agency: str
    note: str


@dataclass(frozen=True, slots=True)
class Registry:
    """As much of the registry as the subjects need."""

    parents: Mapping[str, str | None] = field(default_factory=dict)  #: of the categories
    rules: Mapping[str, Sequence[Rule]] = field(default_factory=dict)  #: by category
    tree: Tree = field(default_factory=Tree)


class Ground(StrEnum):
    """Why an agency is a candidate."""

    RULE = auto()
    NAMED_BY_REPORTER = auto()


class Doubt(StrEnum):
    """Why a person must decide."""

    NO_CATEGORY = auto()
    NO_REGION = auto()
    NO_RULE = auto()
    SEVERAL_AGENCIES = auto()
    REPORTER_NAMES_ANOTHER = auto()
    OUT_OF_SERVICE = auto()
    OUTSIDE_INSTANSI = auto()


@dataclass(frozen=True, slots=True)
class Reason:
    code: Ground
    values: Mapping[str, str | int]

    def as_data(self) -> dict[str, Any]:
        return {"code": self.code.value, **self.values}


@dataclass(frozen=True, slots=True)
class Candidate:
    agency: str
    reasons: tuple[Reason, ...]

    def as_data(self) -> dict[str, Any]:
        return {"agency": self.agency, "reasons": [reason.as_data() for reason in self.reasons]}


@dataclass(frozen=True, slots=True)
class Decision:
    """The best candidate first. `clear`: it may be acted on without a person."""

    candidates: tuple[Candidate, ...]
    doubts: tuple[Doubt, ...]

    @property
    def agency(self) -> str | None:
        return self.candidates[0].agency if self.candidates else None

    @property
    def clear(self) -> bool:
        return bool(self.candidates) and not self.doubts

    def as_data(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "clear": self.clear,
            "candidates": [candidate.as_data() for candidate in self.candidates],
            "doubts": [doubt.value for doubt in self.doubts],
        }


def decide(report: Subject, registry: Registry) -> Decision:
    rules = best_rules(report, registry)
    grounds: dict[str, list[Reason]] = {}
    for rule in rules:
        grounds.setdefault(rule.agency, []).append(_reason(rule))
    named = _named(report, registry)
    if named is not None:
        target = str(named.values["agency"])
        meant = [agency for agency in grounds if registry.tree.within(agency, target)]
        for agency in meant or [target]:
            grounds.setdefault(agency, []).append(named)
    # Who has more grounds comes first; among equals the order of the rules.
    ranked = sorted(grounds, key=lambda agency: -len(grounds[agency]))
    candidates = tuple(Candidate(agency, tuple(grounds[agency])) for agency in ranked)
    return Decision(candidates, tuple(_doubts(report, registry, rules, candidates)))


def prefixes(region: str | None) -> list[str]:
    """Every region that a region lies in, the widest ('' everywhere) first."""
    parts = region.split(".") if region else []
    return ["", *(".".join(parts[: count + 1]) for count in range(len(parts)))]


def best_rules(report: Subject, registry: Registry) -> list[Rule]:
    """The rules of the nearest category that has any here, and of those the ones for the smallest region."""
    around = prefixes(report.region)
    for category in category_line(report.category, registry.parents):
        here = [rule for rule in registry.rules.get(category, ()) if rule.region_prefix in around]
        if here:
            smallest = max((rule.region_prefix for rule in here), key=len)
            return sorted((rule for rule in here if rule.region_prefix == smallest), key=lambda rule: rule.id)
    return []


def category_line(category: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A category and those above it; a loop in the data ends it."""
    line: list[str] = []
    while category is not None and category not in line:
        line.append(category)
        category = parents.get(category)
    return line


def _reason(rule: Rule) -> Reason:
    values: dict[str, str | int] = {
        "rule": rule.id,
        "category": rule.category,
        "region_prefix": rule.region_prefix,
        "note": rule.note,
    }
    return Reason(Ground.RULE, values)


def _named(report: Subject, registry: Registry) -> Reason | None:
    node = registry.tree.get(report.target_agency)
    return None if node is None else Reason(Ground.NAMED_BY_REPORTER, {"agency": node.code})


def _doubts(
    report: Subject, registry: Registry, rules: Sequence[Rule], candidates: Sequence[Candidate]
) -> Iterable[Doubt]:
    if not rules:
        yield Doubt.NO_CATEGORY if report.category is None else Doubt.NO_RULE
        if report.region is None:
            yield Doubt.NO_REGION
    ruled = {rule.agency for rule in rules}
    if len(ruled) > 1:
        yield Doubt.SEVERAL_AGENCIES
    if rules and any(candidate.agency not in ruled for candidate in candidates):
        yield Doubt.REPORTER_NAMES_ANOTHER
    if not candidates:
        return
    best = registry.tree.get(candidates[0].agency)
    if best is None or not best.active:
        yield Doubt.OUT_OF_SERVICE
    if report.within is not None and not registry.tree.within(candidates[0].agency, report.within):
        yield Doubt.OUTSIDE_INSTANSI
