"""An instansi's own rules beside the nation's: what is wrong with them before any report meets them. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from routing_service.competence.rule_sets.findings import Finding, FindingCode, Severity
from routing_service.competence.rule_sets.lint import lint
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.rule import Competent, Named, OneOf, Rule
from routing_service.competence.rules.ruling import yields_to
from routing_service.registry.directory import Directory


def lint_own(
    own: RuleSet, national: RuleSet, instansi: str, directory: Directory, regions: Collection[str], *, on: date
) -> list[Finding]:
    """Of its own rules alone, as they come after those of the nation's that do not yield."""
    region = region_of(instansi, directory)
    listed = directory.get(instansi)
    before = [one for one in national.rules if listed is None or not yields_to(one.stored_result, listed.level)]
    after = in_region(own, region)
    many = len(before)
    every = [replace(one, position=number) for number, one in enumerate([*before, *after], start=1)]
    found: list[Finding] = []
    for one in lint(RuleSet(None, every), directory, {*regions, region}, on=on):
        if one.rules and one.rules[0] > many:
            rules = tuple(number - many for number in one.rules if number > many)
            causes = tuple(before[number - 1].position for number in one.rules if number <= many)
            found.append(replace(one, rules=rules, national=causes))
    found += [one for rule in own.rules for one in _outside(rule, instansi, region, directory, on)]
    return sorted(found, key=lambda one: one.rules)


def region_of(instansi: str, directory: Directory) -> str:
    agency = directory.get(instansi)
    return "" if agency is None else agency.region or ""


def in_region(own: RuleSet, region: str) -> list[Rule]:
    """They are asked of reports that lie there, and of no others."""
    return [
        rule
        if rule.conditions is None or rule.conditions.region or not region
        else replace(rule, conditions=replace(rule.conditions, region=frozenset({region})))
        for rule in own.rules
    ]


def _outside(rule: Rule, instansi: str, region: str, directory: Directory, on: date) -> Iterator[Finding]:
    agencies: Collection[str] = ()
    match rule.result:
        case Named(agency):
            agencies = (agency,)
        case OneOf(several):
            agencies = several
        case Competent(kind, level):
            agencies = directory.competent(kind, region, on=on, level=level)
    foreign = [code for code in agencies if directory.get(code) is not None and not directory.within(code, instansi)]
    if foreign:
        severity = Severity.ERROR if len(foreign) == len(agencies) else Severity.WARNING
        yield Finding(FindingCode.OUTSIDE_INSTANSI, severity, (rule.position,), {"agencies": ", ".join(foreign)})
