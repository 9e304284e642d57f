"""What a rule set says of a report: the first rule whose conditions it meets decides. Pure."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place
from routing_service.competence.rules.index import Index, Keys
from routing_service.competence.rules.rule import Competent, Conditions, Named, OneOf, Result, Rule, Words
from routing_service.competence.rules.ruling import Failure, FailureCode, Match, Ruling
from routing_service.competence.rules.words import Found, find_words, says
from routing_service.registry.directory import Competence, Directory, inside
from shared.domain.subjects import subject_of

#: Where what is known does not tell whether a condition holds.
UNDECIDED = None


class RuleSet:
    """The rules of one version in their order, read once.

    A report costs one pass over its words (none where no rule asks for words), some dozens of look-ups, and a try of
    those rules that share its category, the agency meant or a word, and a region, with it: not of the others, so that
    ten thousand rules cost about as much as ten. Figures: docs/rules.md.
    """

    def __init__(self, id: int | None, rules: Sequence[Rule]) -> None:
        self.id = id
        self.rules = tuple(sorted(rules, key=lambda rule: rule.position))

    @cached_property
    def index(self) -> Index:
        return Index(self.rules)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that a rule asks for."""
        return frozenset(
            word
            for rule in self.rules
            if rule.conditions is not None
            for phrase in rule.conditions.words
            for word in phrase
        )

    def apply(self, inquiry: Inquiry, place: Place, directory: Directory) -> Ruling:
        """A rule that fails, or of which nobody can say whether it applies, stops the set: a person sees it."""
        asked = _Asked(inquiry, place, directory, self.vocabulary)
        for number in self.index.candidates(asked.keys, place.region):
            rule = self.rules[number]
            met = True if rule.conditions is None else asked.meets(rule.conditions)
            if met is not False:
                return Ruling(self.id, number + 1, *_decided(rule, met, inquiry, place, directory))
        return Ruling(self.id, len(self.rules))


class _Asked:
    """A report, as the conditions ask for it."""

    def __init__(self, inquiry: Inquiry, place: Place, directory: Directory, vocabulary: frozenset[str]) -> None:
        self.inquiry = inquiry
        self.region = place.region
        self.categories = directory.category_line(inquiry.category)
        self.agencies = directory.line(inquiry.target_agency)
        self.found: Found = find_words((inquiry.title, inquiry.body), vocabulary) if vocabulary else {}
        self.subject = inquiry.subject or subject_of(self.categories)
        self.keys = Keys(self.categories, self.agencies, self.found)

    def meets(self, conditions: Conditions) -> bool | None:
        """UNDECIDED: all that is known fits, and only the region is not known exactly enough."""
        inquiry = self.inquiry
        if conditions.classification and inquiry.classification not in conditions.classification:
            return False
        if conditions.channel and inquiry.channel not in conditions.channel:
            return False
        if conditions.subject and self.subject not in conditions.subject:
            return False
        if conditions.category and conditions.category.isdisjoint(self.categories):
            return False
        if conditions.target_agency and conditions.target_agency.isdisjoint(self.agencies):
            return False
        if conditions.words and not holds_words(conditions.words, self.found):
            return False
        return self._there(conditions.region) if conditions.region else True

    def _there(self, regions: frozenset[str]) -> bool | None:
        if self.region is None:
            return UNDECIDED
        if any(inside(self.region, region) for region in regions):
            return True
        return UNDECIDED if any(inside(region, self.region) for region in regions) else False


def holds_words(words: Words, found: Found) -> bool:
    return (
        all(says(found, phrase) for phrase in words.all)
        and (not words.any or any(says(found, phrase) for phrase in words.any))
        and not any(says(found, phrase) for phrase in words.none)
    )


def _decided(
    rule: Rule, met: bool | None, inquiry: Inquiry, place: Place, directory: Directory
) -> tuple[Match | None, Failure | None]:
    """What comes of a rule that the report meets, or of which that cannot be said."""
    if rule.conditions is None:
        return None, _failure(rule, FailureCode.CANNOT_APPLY, why_broken(rule))
    if met is UNDECIDED:
        needs = ", ".join(sorted(rule.conditions.region))
        return None, _failure(rule, FailureCode.NO_REGION, {"needs": needs, "known": place.region or ""})
    found, failure = _resolve(rule, rule.result, inquiry, place, directory)
    agency, after = (None, None) if found is None else (found.agency, directory.ended(found.after))
    match = Match(rule.id, rule.position, agency, rule.stored_conditions, rule.stored_result, rule.note, after)
    return match, failure


def _resolve(
    rule: Rule, result: Result | None, inquiry: Inquiry, place: Place, directory: Directory
) -> tuple[Competence | None, Failure | None]:
    """The agency that the result means for this report, or why there is none."""
    if result is None:
        return None, _failure(rule, FailureCode.CANNOT_APPLY, why_broken(rule))
    if isinstance(result, OneOf):
        return None, _failure(rule, FailureCode.SEVERAL_COMPETENT, {"agencies": ", ".join(result.agencies)})
    if isinstance(result, Named):
        return _named(rule, result, inquiry, directory)
    return _competent(rule, result, inquiry, place, directory)


def _named(
    rule: Rule, result: Named, inquiry: Inquiry, directory: Directory
) -> tuple[Competence | None, Failure | None]:
    agency = directory.get(result.agency)
    if agency is None:
        return None, _failure(rule, FailureCode.UNKNOWN_AGENCY, {"agency": result.agency})
    if not agency.serves(inquiry.received_on):
        values = {"agency": agency.code, "name": agency.name, "successor": agency.successor or ""}
        return None, _failure(rule, FailureCode.OUT_OF_SERVICE, values)
    return Competence(agency.code), None


def _competent(
    rule: Rule, result: Competent, inquiry: Inquiry, place: Place, directory: Directory
) -> tuple[Competence | None, Failure | None]:
    if place.region is None:
        return None, _failure(rule, FailureCode.NO_REGION, {"needs": result.kind, "known": ""})
    found = directory.competences(result.kind, place.region, on=inquiry.received_on, level=result.level)
    if len(found) == 1:
        return found[0], None
    values = {"kind": result.kind, "level": result.level or "", "region": place.region}
    if not found:
        return None, _failure(rule, FailureCode.NOBODY_COMPETENT, values)
    return None, _failure(
        rule, FailureCode.SEVERAL_COMPETENT, values | {"agencies": ", ".join(one.agency for one in found)}
    )


def why_broken(rule: Rule) -> dict[str, str]:
    """For a sentence in either language."""
    indonesian, english = rule.broken or ("", "")
    return {"reason": english, "reason_id": indonesian}


def _failure(rule: Rule, code: FailureCode, values: Mapping[str, str]) -> Failure:
    return Failure(rule.id, rule.position, code, values)


NO_RULE_SET = RuleSet(None, ())
