"""A stored explanation as those may read it who may not read what the reporter wrote. Pure.

What was made of the words goes with the words: single words, the place that a text names, the rule that a text met (its
conditions are for anybody to read who keeps the rules), and an office so small that it names the place. The region is
the one that was chosen in the report.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from routing_service.competence.decision import Doubt, Ground
from routing_service.competence.place.locate import GIVEN
from routing_service.competence.place.place import NOWHERE
from routing_service.registry.directory import inside

Data = Mapping[str, Any]

#: What is said of these beyond their code is of the place, or of a rule.
_TOLD_BARE = frozenset({Ground.RULE.value, Doubt.RULE_AND_MODEL_DISAGREE.value})
_UNTOLD = frozenset(
    {
        Ground.PLACE.value,
        Doubt.RULE_FAILED.value,
        Doubt.PLACES_CONTRADICT.value,
        Doubt.PLACE_UNSURE.value,
        Doubt.OTHER_REGION.value,
    }
)
_REGENCY = len("64.72")


def without_words(data: Data, region: str | None) -> Data:
    """`data` as `Advised.as_data` gave it; `region`: the one chosen in the report."""
    if not data.get("suggestion"):
        return data
    said = data["suggestion"]
    told = [one for one in said["candidates"] if not _names_the_place(one, region)]
    best = told[0]["agency"] if told else None
    suggestion = {
        **said,
        "agency": best,
        "clear": said["clear"] and best == said["agency"],
        "candidates": [{**one, "reasons": _bare(one["reasons"])} for one in told],
        "doubts": _bare(said["doubts"]),
    }
    kept = {name: value for name, value in data.items() if name not in ("ruling", "prediction")}
    place = replace(NOWHERE, region=region, confidence=GIVEN if region else 0.0)
    return {**kept, "suggestion": suggestion, "place": place.as_data()}


def _names_the_place(candidate: Data, region: str | None) -> bool:
    """Whether it is the office of a district or village that only the words, or the pin, tell of."""
    of = [one["of"] for one in candidate["reasons"] if one["code"] == Ground.PLACE]
    return any(len(one) > _REGENCY and not (region and inside(region, one)) for one in of)


def _bare(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_without_its_words(one) for one in reasons if one["code"] not in _UNTOLD]


def _without_its_words(reason: dict[str, Any]) -> dict[str, Any]:
    if reason["code"] in _TOLD_BARE:
        return {"code": reason["code"]}
    return {**reason, "words": []} if "words" in reason else reason
