"""A rule as a clerk reads it: when it applies, and to whom a report goes then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rule_sets.schemas import RuleView
from routing_service.competence.rules.rule import Competent, Named, OneOf, rule
from routing_service.pages import queries
from routing_service.pages.rules import queries as names
from routing_service.registry.directory import Directory
from shared.domain.codes import CHANNELS, CLASSIFICATIONS
from shared.domain.duties import DUTIES
from shared.domain.subjects import subjects
from shared.domain.wording import Language, say


@dataclass(frozen=True, slots=True)
class Condition:
    """`name`: which condition; `values`: what it asks for, in words."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """`way`: how the result says it: `agency`, `agencies` or `competent`; None: the rule cannot be read."""

    position: int
    conditions: Sequence[Condition] = ()
    way: str | None = None
    agencies: Sequence[str] = ()
    duty: str | None = None
    level: str | None = None
    yields: bool = False
    note: str = ""
    legal_basis: str | None = None
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class RuleNames:
    """What codes are called."""

    directory: Directory
    on: date
    language: Language
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: by condition and code

    def agency(self, code: str) -> str:
        found = self.directory.get(code)
        return code if found is None else found.name_on(self.on)

    def value(self, condition: str, code: str) -> str:
        return self.agency(code) if condition == "target_agency" else self.labels.get(condition, {}).get(code, code)


async def names_of(
    session: AsyncSession, rules: Iterable[RuleView], directory: Directory, language: Language, on: date
) -> RuleNames:
    """For these rules."""
    asked = [(name, one) for rule in rules for name in ("category", "region") for one in _listed(rule.conditions, name)]
    labels = {
        "category": await names.category_labels(
            session, {code for name, code in asked if name == "category"}, language
        ),
        "region": await queries.regions_named(session, {code for name, code in asked if name == "region"}),
        "classification": {code: say(label, language) for code, label in CLASSIFICATIONS.items()},
        "channel": {code: say(label, language) for code, label in CHANNELS.items()},
        "subject": {code: say(one.label, language) for code, one in subjects().items()},
    }
    return RuleNames(directory, on, language, labels)


def _listed(conditions: Mapping[str, Any], name: str) -> list[str]:
    """What is stored may be anything."""
    found = conditions.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def in_words(one: RuleView, names: RuleNames) -> RuleInWords:
    read = rule(one.id, one.position, one.conditions, one.result)
    told = RuleInWords(one.position, note=one.note, legal_basis=one.legal_basis)
    if read.broken is not None or read.result is None:
        return replace(told, broken=say(read.broken or ("?", "?"), names.language))
    conditions = [*_conditions(one, names), *_words(one)]
    told = replace(told, conditions=conditions, yields=bool(one.result.get("yields")))
    match read.result:
        case Named(agency):
            return replace(told, way="agency", agencies=[names.agency(agency)])
        case OneOf(several):
            return replace(told, way="agencies", agencies=[names.agency(each) for each in several])
        case Competent(kind, level):
            duty = say(DUTIES[kind], names.language) if kind in DUTIES else kind.replace("_", " ")
            return replace(told, way="competent", duty=duty, level=level)


_SHOWN = ("classification", "category", "subject", "region", "channel", "target_agency")


def _conditions(one: RuleView, names: RuleNames) -> Iterable[Condition]:
    for name in _SHOWN:
        if values := [names.value(name, code) for code in _listed(one.conditions, name)]:
            yield Condition(name, values)


def _words(one: RuleView) -> Iterable[Condition]:
    words = one.conditions.get("words")
    for how in ("any", "all", "none"):
        if isinstance(words, Mapping) and (said := _listed(words, how)):
            yield Condition(f"words_{how}", [f"“{each}”" for each in said])
