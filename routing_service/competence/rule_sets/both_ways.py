"""Village office or department? The subjects of which a city's reports went to both, and no rule decides. Pure.

Neither the words nor the place of a report tell it: the same drain is the department's in one case and the village
office's in the next. It is for the city to say so, by rules with a subject or category and its region.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from routing_service.competence.rule_sets.findings import Finding, FindingCode, Severity
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.rule import Rule
from routing_service.registry.directory import Directory, inside
from shared.domain.subjects import subject_of, subjects

LEAST = 5  #: reports on each side
LEAST_SHARE = 0.1  #: of the smaller side: a few that went astray are no custom


class Counted(Protocol):
    """Confirmed reports of a regency or city, and how many of them village and district offices made their own."""

    regency: str
    category_code: str | None
    subject_code: str | None
    reports: int
    local: int


def both_ways(rules: RuleSet, directory: Directory, counted: Sequence[Any]) -> list[Finding]:
    """In the order of the regions and the subjects."""
    all_of, local = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in counted:
        subject = row.subject_code or subject_of(directory.category_line(row.category_code))
        if subject is not None and not _decided(rules, directory, row, subject):
            all_of[row.regency, subject] += row.reports
            local[row.regency, subject] += row.local
    return list(_findings(all_of, local))


def _findings(all_of: Counter[tuple[str, str]], local: Counter[tuple[str, str]]) -> Iterator[Finding]:
    for (region, subject), reports in sorted(all_of.items()):
        here = local[region, subject]
        smaller = min(here, reports - here)
        if smaller >= LEAST and smaller >= LEAST_SHARE * reports:
            label = subjects()[subject].label
            values = {"region": region, "subject": label[1], "subject_id": label[0], "local": str(here)}
            yield Finding(FindingCode.BOTH_WAYS, Severity.WARNING, (), values | {"others_count": str(reports - here)})


def _decided(rules: RuleSet, directory: Directory, row: Counted, subject: str) -> bool:
    """Whether a rule speaks of such reports there, and of nothing else but them."""
    line = directory.category_line(row.category_code)
    return any(_speaks_of(rule, row.regency, subject, line) for rule in rules.rules)


def _speaks_of(rule: Rule, regency: str, subject: str, line: Sequence[str]) -> bool:
    asked = rule.conditions
    if asked is None or not (asked.subject or asked.category) or asked.words:
        return False
    return (
        (not asked.subject or subject in asked.subject)
        and (not asked.category or not asked.category.isdisjoint(line))
        and bool(asked.region)
        and any(inside(regency, one) for one in asked.region)
    )
