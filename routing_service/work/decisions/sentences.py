"""What a decision says to people, in Indonesian or English. Pure.

Made of codes and values as they were stored, so that a decision of last year is told in the words of today.
"""

from collections.abc import Mapping
from typing import Any

from routing_service.competence.decision import Doubt
from routing_service.competence.place import sentences as places
from routing_service.competence.rules.sentences import of_failure
from routing_service.work.decisions import vocabulary
from shared.domain.codes import OVERRIDE_REASONS, RETURN_REASONS
from shared.domain.lifecycle import Level
from shared.domain.wording import Language, Wording, say

Values = Mapping[str, Any]


def of_return(name: str | None, reason: str, suggested: str | None, language: Language) -> str:
    return say(vocabulary.RETURNED, language).format(
        name=name or say(vocabulary.SOMEBODY, language),
        reason=say(RETURN_REASONS[reason], language),
        named=say(vocabulary.NAMED, language).format(name=suggested) if suggested else "",
    )


def of_ring(returns: int, most: int, must_decide: Level | None, language: Language) -> str:
    told = say(vocabulary.RING_CLOSED if returns >= most else vocabulary.RING_OPEN, language).format(
        returns=returns, most=most
    )
    return told + (
        say(vocabulary.MUST, language).format(level=say(vocabulary.LEVELS[must_decide], language))
        if must_decide
        else ""
    )


class _Filled(dict[str, Any]):
    """Values of which older decisions may lack some."""

    def __missing__(self, name: str) -> str:
        return "…"


def of_ground(data: Values, language: Language) -> str:
    values = _Filled(data, note=data.get("note", ""), position=data.get("position", data.get("rule")))
    values["name"] = data.get("name", data.get("agency"))
    for name in ("region", "of"):
        if name in data:
            values[name] = places.named(str(data[name]))
    if "probability" in data:
        values["probability"] = percent(data["probability"], language)
        words, kind = data.get("words") or (), data.get("kind")
        values["words"] = say(vocabulary.WORDS, language).format(words=", ".join(words)) if words else ""
        values["kind"] = say(vocabulary.KIND, language).format(kind=kind) if kind else ""
    values["until"] = _until(data, language)
    return say(_words(vocabulary.GROUNDS, data["code"]), language).format_map(values).strip()


def _until(ended: Values, language: Language) -> str:
    """The last day of an agency, where it was stored."""
    return say(vocabulary.UNTIL, language).format(until=ended["until"]) if ended.get("until") else ""


def of_doubt(data: Values, language: Language) -> str:
    code = data["code"]
    values = _Filled(data)
    for name in ("probability", "threshold", "confidence"):
        if name in data:
            values[name] = percent(data[name], language)
    if code == Doubt.PART_MISSING:
        values["part"] = say(vocabulary.PARTS[data["part"]], language)
    elif code == Doubt.MUST_DECIDE:
        values["level"] = say(vocabulary.LEVELS[data["level"]], language)
    elif code == Doubt.RETURNED:
        values["names"] = ", ".join(data["names"])
    elif code == Doubt.RULE_FAILED:
        values["failure"] = of_failure(data["failure"], data["values"], language)
    elif code == Doubt.PLACES_CONTRADICT:
        values |= {name: places.clause(data[name], language) for name in ("one", "other")}
    elif code == Doubt.OUT_OF_SERVICE:
        succeeded = say(vocabulary.SUCCEEDED if data.get("successor") else vocabulary.NOT_SUCCEEDED, language)
        values["successor"] = succeeded.format(name=data.get("successor_name"))
    values |= {name: places.named(data[name]) for name in ("region", "of") if name in data}
    return say(_words(vocabulary.DOUBTS, code), language).format_map(values)


def of_remark(data: Values, language: Language) -> str:
    return say(_words(vocabulary.REMARKS, data["code"]), language).format_map(_Filled(data))


def _words(told: Mapping[Any, Wording], code: str) -> Wording:
    """While a release is being rolled out, this one may read what the next one has recorded."""
    return told.get(code, vocabulary.NEWER)


def of_ruling(data: Values, language: Language) -> str:
    """What the rules did, from the rule that decided to none at all."""
    if data["rule_set"] is None:
        return say(vocabulary.NO_RULE_SET, language)
    match, failure = data["match"], data["failure"]
    if match is None and failure is None:
        return say(vocabulary.UNMATCHED, language).format_map(data)
    position = (match or failure)["position"]
    values = {"rule_set": data["rule_set"], "tried": data["tried"], "position": position}
    told = say(vocabulary.MATCHED, language).format_map(values | {"note": match["note"] if match else ""}).strip()
    if instansi := data.get("instansi"):
        told = f"{told} {say(vocabulary.OF_INSTANSI, language).format(instansi=instansi)}"
    if after := match and match.get("after"):
        passed_on = say(vocabulary.PASSED_ON, language)
        told = f"{told} {passed_on.format(name=after['name'], until=_until(after, language))}"
    if failure is None:
        return told
    failed = of_failure(failure["code"], failure["values"], language)
    return f"{told} {say(vocabulary.DOUBTS[Doubt.RULE_FAILED], language).format(position=position, failure=failed)}"


def of_suggestion(agency: str | None, *, clear: bool, language: Language) -> str:
    if agency is None:
        return say(vocabulary.NOBODY, language)
    return say(vocabulary.CLEAR if clear else vocabulary.LIKELY, language).format(agency=agency)


def of_choice(chosen: str, name: str | None, reason: str | None, language: Language) -> str:
    """`chosen`: one of the CHOICES; `name`: of the agency."""
    why = say(OVERRIDE_REASONS[reason] if reason else vocabulary.CHOICES["no_reason"], language)
    return say(vocabulary.CHOICES[chosen], language).format(name=name, reason=why)


def percent(share: float, language: Language) -> str:
    """Never rounded up to a certainty that there is not."""
    number = f"{int(share * 1000) / 10:.1f}"
    return f"{number.replace('.', ',')} %" if language is Language.ID else f"{number}%"
