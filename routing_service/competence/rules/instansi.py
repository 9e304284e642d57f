"""The rules of the nation, and below them those that an instansi has for the reports that lie in its region. Pure.

The nation decides where both speak, unless its rule yields: to an instansi of the level that it names, or to any where
it names none. Of several instansi around a place the one with the smallest region is asked first. What an instansi's
rule names is its own, or the rule fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.competence.rules.apply import RuleSet
from routing_service.competence.rules.ruling import Failure, FailureCode, Ruling
from routing_service.registry.directory import Directory, inside


@dataclass(frozen=True, slots=True)
class InstansiRules:
    """The sets in force, each by its instansi."""

    sets: Mapping[str, RuleSet] = field(default_factory=dict)

    def around(self, region: str | None, directory: Directory) -> Iterator[str]:
        """The instansi with rules in whose region this one lies, the smallest first."""
        found = [(directory.get(code), code) for code in self.sets] if region is not None else []
        regions = [(one.region, code) for one, code in found if one is not None and one.parent is None and one.region]
        here = [(around, code) for around, code in regions if inside(region or "", around)]
        yield from (code for _, code in sorted(here, key=lambda one: (-len(one[0]), one[1])))

    def with_set(self, instansi: str, rules: RuleSet) -> "InstansiRules":
        return InstansiRules({**self.sets, instansi: rules})


NO_INSTANSI_RULES = InstansiRules()


def rule(national: RuleSet, own: InstansiRules, inquiry: Inquiry, place: Place, directory: Directory) -> Ruling:
    ruling = national.apply(inquiry, place, directory)
    for instansi in own.around(place.region, directory):
        if not ruling.yields_to(directory.agencies[instansi].level):
            continue
        found = own.sets[instansi].apply(inquiry, place, directory)
        if found.speaks:
            return replace(bounded(found, instansi, directory), instansi=instansi)
    return ruling


def bounded(ruling: Ruling, instansi: str, directory: Directory) -> Ruling:
    """A rule that finds somebody else's agency fails: a person sees it."""
    match = ruling.match
    if match is None or match.agency is None or directory.within(match.agency, instansi):
        return ruling
    values = {"agency": match.agency, "instansi": instansi}
    failure = Failure(match.rule, match.position, FailureCode.OUTSIDE_INSTANSI, values)
    return replace(ruling, match=replace(match, agency=None, after=None), failure=failure)
