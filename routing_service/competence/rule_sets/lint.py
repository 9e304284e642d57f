"""What is wrong with a rule set before any report meets it. Pure.

A rule is shadowed where every case of it (one of its categories, one of its regions, one of its words ...) is covered
by an earlier rule. What earlier rules may cover a case comes from the index by which reports find their rules: the
effort grows with the rules and their cases, not with the square of them.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod

from routing_service.competence.rule_sets.findings import Finding, FindingCode, Severity
from routing_service.competence.rules.apply import RuleSet, why_broken
from routing_service.competence.rules.index import Keys
from routing_service.competence.rules.rule import Competent, Conditions, Named, OneOf, Rule, Words
from routing_service.competence.rules.words import Phrase, contains
from routing_service.registry.directory import Directory, inside

#: A rule with more cases is not asked whether earlier ones cover all of them together.
MOST_CASES = 20_000
#: So many words of earlier rules are compared for a whole set, about ten seconds; then a finding says how far it came.
MOST_COMPARED = 4_000_000


def lint(rules: RuleSet, directory: Directory, regions: Collection[str], *, on: date) -> list[Finding]:
    """In the order of the rules. `regions` are those that exist, at least of the ones that the rules name."""
    order = _Order(rules, directory)
    known = _Known(directory, regions, on)
    found: list[Finding] = []
    for number, rule in enumerate(rules.rules):
        if rule.broken is not None:
            found.append(Finding(FindingCode.BROKEN, Severity.ERROR, (rule.position,), why_broken(rule)))
        if rule.conditions is not None:
            found += known.names(rule, rule.conditions)
            found += _words(rule, rule.conditions.words)
            found += order.before(number, rule, rule.conditions)
        found += known.result(rule)
    if order.given_up is not None:
        found.append(_about(order.given_up, FindingCode.NOT_COMPARED, severity=Severity.WARNING))
    return found


def _about(rule: Rule, code: FindingCode, *others: int, severity: Severity = Severity.ERROR, **values: str) -> Finding:
    return Finding(code, severity, (rule.position, *others), values)


def _words(rule: Rule, words: Words) -> Iterator[Finding]:
    """Words that must be there and must not."""
    banned = [one for one in words.all if _excluded(one, words)]
    alternatives = [one for one in words.any if _excluded(one, words)]
    if banned or (alternatives and len(alternatives) == len(words.any)):
        said = ", ".join(" ".join(one) for one in banned or alternatives)
        yield _about(rule, FindingCode.UNREACHABLE, words=said)


def _excluded(phrase: Phrase, words: Words) -> bool:
    return any(contains(phrase, one) for one in words.none)


@dataclass(frozen=True, slots=True)
class _Case:
    """One of the combinations that a rule stands for; None: whatever it is."""

    category: str | None
    region: str | None
    agency: str | None
    classification: str | None
    channel: str | None
    subject: str | None
    said: tuple[Phrase, ...]
    unsaid: tuple[Phrase, ...]


class _Order:
    """What earlier rules leave to later ones. `given_up`: the first rule that was not compared any more."""

    def __init__(self, rules: RuleSet, directory: Directory) -> None:
        self.given_up: Rule | None = None
        self._left = MOST_COMPARED
        self._rules = rules
        self._directory = directory
        self._first: dict[Conditions, Rule] = {}

    def before(self, number: int, rule: Rule, conditions: Conditions) -> Iterator[Finding]:
        """Rules in their order, each once."""
        twin = self._first.setdefault(conditions, rule)
        if twin is not rule and twin.result != rule.result:
            yield _about(rule, FindingCode.CONTRADICTORY, twin.position)
            return
        if self._left <= 0:
            self.given_up = self.given_up or rule
            return
        covering: set[int] = set()
        for case in _cases(conditions):
            if (covered := self._covering(case, number)) is None:
                return  # mostly the first case
            covering.add(covered)
        if covering:
            yield _about(rule, FindingCode.SHADOWED, *sorted(covering))

    def _covering(self, case: _Case, before: int) -> int | None:
        """The position of the first rule that decides all of the case."""
        categories = self._directory.category_line(case.category)
        agencies = self._directory.line(case.agency) or (() if case.agency is None else (case.agency,))
        keys = Keys(categories, agencies, {word for phrase in case.said for word in phrase})
        for number in self._rules.index.covering(keys, case.region):
            if number >= before:
                return None
            rule = self._rules.rules[number]
            self._left -= 1 if rule.conditions is None else 1 + len(tuple(rule.conditions.words))
            if rule.conditions is not None and _covers(rule.conditions, case, categories, agencies):
                return rule.position
        return None


def _cases(conditions: Conditions) -> Iterator[_Case]:
    words = conditions.words
    said = [(*words.all, one) for one in words.any] or [words.all]
    asked = (
        conditions.category, conditions.region, conditions.target_agency, conditions.classification, conditions.channel,
        conditions.subject,
    )  # fmt: skip
    lists: list[Sequence[str | None]] = [sorted(one) or (None,) for one in asked]
    if len(said) * prod(len(one) for one in lists) <= MOST_CASES:
        for category, region, agency, classification, channel, subject in product(*lists):
            for phrases in said:
                yield _Case(category, region, agency, classification, channel, subject, phrases, words.none)


def _covers(earlier: Conditions, case: _Case, categories: Collection[str], agencies: Collection[str]) -> bool:
    """Whether whatever is such a case meets the earlier conditions."""
    region = case.region
    return (
        (not earlier.category or not earlier.category.isdisjoint(categories))
        and (not earlier.region or (region is not None and any(inside(region, one) for one in earlier.region)))
        and (not earlier.target_agency or not earlier.target_agency.isdisjoint(agencies))
        and (not earlier.classification or case.classification in earlier.classification)
        and (not earlier.channel or case.channel in earlier.channel)
        and (not earlier.subject or case.subject in earlier.subject)
        and all(_said(one, case) for one in earlier.words.all)
        and (not earlier.words.any or any(_said(one, case) for one in earlier.words.any))
        and all(any(contains(one, unsaid) for unsaid in case.unsaid) for one in earlier.words.none)
    )


def _said(phrase: Phrase, case: _Case) -> bool:
    return any(contains(one, phrase) for one in case.said)


class _Known:
    """What the rules name, held against what there is."""

    def __init__(self, directory: Directory, regions: Collection[str], on: date) -> None:
        self._directory = directory
        self._regions = regions
        self._on = on
        self._holders: dict[Competent, dict[str, int]] = {}

    def names(self, rule: Rule, conditions: Conditions) -> Iterator[Finding]:
        categories = conditions.category - self._directory.categories.keys()
        if categories:
            said = ", ".join(sorted(categories))
            severity = _share(categories, conditions.category)
            yield _about(rule, FindingCode.UNKNOWN_CATEGORY, severity=severity, categories=said)
        yield from self._ended(rule, conditions.category - categories, conditions.category)
        regions = {one for one in conditions.region if one not in self._regions}
        if regions:
            said = ", ".join(sorted(regions))
            yield _about(rule, FindingCode.UNKNOWN_REGION, severity=_share(regions, conditions.region), regions=said)
        agencies = {one for one in conditions.target_agency if self._directory.get(one) is None}
        if agencies:
            said = ", ".join(sorted(agencies))
            severity = _share(agencies, conditions.target_agency)
            yield _about(rule, FindingCode.DEAD_AGENCY, severity=severity, agencies=said)

    def _ended(self, rule: Rule, categories: Collection[str], all: Collection[str]) -> Iterator[Finding]:
        """Of categories that have ended, as all below them have, or will: the last day that any report brings them."""
        last = {one: self._directory.last_day_of_category(one, self._on) for one in sorted(categories)}
        dead = [one for one, day in last.items() if day is not None and day < self._on]
        if dead:
            severity = _share(dead, all)
            yield _about(rule, FindingCode.DEAD_CATEGORY, severity=severity, categories=", ".join(dead))
        ending = [f"{one} ({day})" for one, day in last.items() if day is not None and day >= self._on]
        if ending:
            said, severity = ", ".join(ending), Severity.WARNING
            yield _about(rule, FindingCode.CATEGORY_ENDS, severity=severity, categories=said)

    def result(self, rule: Rule) -> Iterator[Finding]:
        match rule.result:
            case Named(agency):
                yield from self._named(rule, (agency,))
            case OneOf(agencies):
                yield from self._named(rule, agencies)
            case Competent():
                yield from self._competent(rule, rule.result)

    def _named(self, rule: Rule, agencies: tuple[str, ...]) -> Iterator[Finding]:
        dead = [one for one in agencies if not self._in_force(one)]
        if dead:
            said = ", ".join(self._with_successor(one) for one in dead)
            yield _about(rule, FindingCode.DEAD_AGENCY, severity=_share(dead, agencies), agencies=said)
        ending = [self._with_end(one) for one in agencies if one not in dead and self._ends(one)]
        if ending:
            said, severity = ", ".join(ending), Severity.WARNING
            yield _about(rule, FindingCode.AGENCY_ENDS, severity=severity, agencies=said)

    def _ends(self, code: str) -> bool:
        return self._directory.agencies[code].valid_until is not None

    def _with_end(self, code: str) -> str:
        agency = self._directory.agencies[code]
        successor = f" → {agency.successor}" if agency.successor else ""
        return f"{code} ({agency.valid_until}{successor})"

    def _in_force(self, code: str) -> bool:
        agency = self._directory.get(code)
        return agency is not None and agency.serves(self._on)

    def _with_successor(self, code: str) -> str:
        agency = self._directory.get(code)
        return f"{code} (→ {agency.successor})" if agency is not None and agency.successor else code

    def _competent(self, rule: Rule, result: Competent) -> Iterator[Finding]:
        duty = result.kind if result.level is None else f"{result.kind} ({result.level})"
        wanted = rule.conditions.region if rule.conditions is not None else frozenset()
        holders = self._competent_where(result)
        touching = {
            region: count
            for region, count in holders.items()
            if not wanted or any(inside(region, one) or inside(one, region) for one in wanted)
        }
        if not touching:
            yield _about(rule, FindingCode.DUTY_OF_NOBODY, duty=duty)
        several = sorted(region for region, count in touching.items() if count > 1)
        if several:
            said = ", ".join(region or "*" for region in several)
            severity = Severity.WARNING
            yield _about(rule, FindingCode.SEVERAL_COMPETENT, severity=severity, duty=duty, regions=said)

    def _competent_where(self, result: Competent) -> dict[str, int]:
        """How many hold it in each region; counted once for all rules that leave it to them."""
        if result not in self._holders:
            there = {
                agency.region or ""
                for agency in self._directory.agencies.values()
                if result.kind == agency.kind or result.kind in agency.duties
            }
            counts = {
                region: len(self._directory.competent_there(result.kind, region, on=self._on, level=result.level))
                for region in there
            }
            self._holders[result] = {region: count for region, count in counts.items() if count}
        return self._holders[result]


def _share(wrong: Collection[str], all: Collection[str]) -> Severity:
    """An error where nothing is left, a warning where something is."""
    return Severity.ERROR if len(wrong) == len(all) else Severity.WARNING
