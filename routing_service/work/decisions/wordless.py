"""A stored explanation as those may read it who may not read what the reporter wrote. Pure.

What was made of the words goes with the words: single words, the place that a text names, the rule that a text met (its
conditions are for anybody to read who keeps the rules), and an office so small that it names the place. The region is
the one that was chosen in the report.
"""

from collections.abc import Iterable
from dataclasses import replace

from routing_service.competence.decision import Candidate, Doubt, Ground, Reason
from routing_service.competence.place.locate import GIVEN
from routing_service.competence.place.place import NOWHERE
from routing_service.registry.directory import inside
from routing_service.work.decisions.explanation import Explanation

#: What is said of these beyond their code is of the place, or of a rule.
_TOLD_BARE = frozenset({Ground.RULE, Doubt.RULE_AND_MODEL_DISAGREE})
_UNTOLD = frozenset(
    {
        Ground.PLACE,
        Doubt.RULE_FAILED,
        Doubt.PLACES_CONTRADICT,
        Doubt.PLACE_UNSURE,
        Doubt.OTHER_REGION,
    }
)
_REGENCY = len("64.72")


def without_words(explanation: Explanation, region: str | None) -> Explanation:
    """`region`: the one chosen in the report."""
    said = explanation.suggestion
    if said is None:
        return explanation
    told = tuple(one for one in said.candidates if not _names_the_place(one, region))
    best = told[0].agency if told else None
    suggestion = replace(
        said,
        agency=best,
        clear=said.clear and best == said.agency,
        candidates=tuple(replace(one, reasons=_bare(one.reasons)) for one in told),
        doubts=_bare(said.doubts),
    )
    place = replace(NOWHERE, region=region, confidence=GIVEN if region else 0.0)
    return replace(explanation, suggestion=suggestion, place=place, ruling=None, prediction=None)


def _names_the_place(candidate: Candidate, region: str | None) -> bool:
    """Whether it is the office of a district or village that only the words, or the pin, tell of."""
    of = [str(one.values["of"]) for one in candidate.reasons if one.code is Ground.PLACE]
    return any(len(one) > _REGENCY and not (region and inside(region, one)) for one in of)


def _bare(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(_without_its_words(one) for one in reasons if one.code not in _UNTOLD)


def _without_its_words(reason: Reason) -> Reason:
    if reason.code in _TOLD_BARE:
        return Reason(reason.code)
    return replace(reason, values={**reason.values, "words": []}) if "words" in reason.values else reason
