"""One rule: under which conditions it decides, and what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing_service.competence.rules.words import Phrase, phrase
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification
from shared.domain.subjects import subjects
from shared.domain.wording import Wording

Values = frozenset[str]  #: any of these; empty: whatever it is
Phrases = tuple[Phrase, ...]


class BrokenRule(ValueError):
    """What is stored is no rule, and why."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.why: Wording = (indonesian, english)


@dataclass(frozen=True, slots=True)
class Words:
    """What a reporter must have written: any of these, all of these, none of these. Empty: does not matter."""

    any: Phrases = ()
    all: Phrases = ()
    none: Phrases = ()

    def __iter__(self) -> Any:
        yield from (*self.any, *self.all, *self.none)

    def __bool__(self) -> bool:
        return bool(self.any or self.all or self.none)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All must hold."""

    classification: Values = frozenset()
    category: Values = frozenset()  #: each with those below it
    region: Values = frozenset()  #: each with those in it
    channel: Values = frozenset()
    subject: Values = frozenset()  #: that was picked, or stands above the category
    target_agency: Values = frozenset()  #: each with those below it
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Named:
    """This agency, wherever the report is about."""

    agency: str


@dataclass(frozen=True, slots=True)
class Competent:
    """The agency of a kind, or with a duty, that is competent for the region of the report."""

    kind: str
    level: str | None = None  #: of its instansi: national, province, regency_city


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these agencies; only a person can say which."""

    agencies: tuple[str, ...]


Result = Named | Competent | OneOf


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `conditions` or `result` are None, what is stored cannot be read, and `broken` says why."""

    id: int
    position: int
    conditions: Conditions | None
    result: Result | None
    note: str = ""
    legal_basis: str | None = None
    broken: Wording | None = None
    stored_conditions: Mapping[str, Any] = field(default_factory=dict)
    stored_result: Mapping[str, Any] = field(default_factory=dict)


GOVERNMENTS = ("national", "province", "regency_city")
_LISTS = ("classification", "category", "region", "channel", "subject", "target_agency")
_CODES = {"classification": frozenset(Classification), "channel": frozenset(Channel)}


def rule(
    id: int, position: int, conditions: Any, result: Any, *, note: str = "", legal_basis: str | None = None
) -> Rule:
    """From what is stored; never raises: a rule that cannot be read is there, and says so when it is reached."""
    broken: Wording | None = None
    read: Conditions | None = None
    decides: Result | None = None
    try:
        read = conditions_of(conditions)
        decides = result_of(result)
    except BrokenRule as error:
        broken = error.why
    stored = [one if isinstance(one, Mapping) else {} for one in (conditions, result)]
    return Rule(id, position, read, decides, note, legal_basis, broken, *stored)


def conditions_of(data: Any) -> Conditions:
    """Raises BrokenRule."""
    known = _object(data, "conditions", (*_LISTS, "words"))
    values = {name: frozenset(_strings(known[name], name)) for name in _LISTS if name in known}
    for name, codes in (_CODES | {"subject": frozenset(subjects())}).items():
        strangers = values.get(name, frozenset()) - codes
        if strangers:
            said, known_codes = ", ".join(sorted(strangers)), ", ".join(sorted(codes))
            raise BrokenRule(
                f"{name}: {said} bukan salah satu dari {known_codes}", f"{name}: {said} is not one of {known_codes}"
            )
    return Conditions(**values, words=_words(known.get("words", {})))


def result_of(data: Any) -> Result:
    """Raises BrokenRule."""
    known = _object(data, "result", ("agency", "agencies", "competent", "level", "yields"))
    named = [name for name in ("agency", "agencies", "competent") if name in known]
    if len(named) != 1:
        choice = "agency, agencies, competent"
        raise BrokenRule(f"result: harus salah satu dari {choice}", f"result: must be one of {choice}")
    if "level" in known and ("competent" not in known or known["level"] not in GOVERNMENTS):
        levels = ", ".join(GOVERNMENTS)
        raise BrokenRule(
            f"result: level hanya bersama competent, dan salah satu dari {levels}",
            f"result: a level is only allowed with competent, and is one of {levels}",
        )
    if not isinstance(known.get("yields", False), bool):
        raise BrokenRule("result: yields harus true atau false", "result: yields must be true or false")
    values = _strings(known[named[0]], named[0])
    if named[0] == "agencies":
        return OneOf(tuple(values))
    if len(values) != 1:
        raise BrokenRule(f"result: {named[0]} harus satu teks", f"result: {named[0]} must be one text")
    return Named(values[0]) if named[0] == "agency" else Competent(values[0], known.get("level"))


def _words(data: Any) -> Words:
    known = _object(data, "words", ("any", "all", "none"))
    return Words(**{name: _phrases(value, f"words.{name}") for name, value in known.items()})


def _phrases(data: Any, name: str) -> Phrases:
    found = tuple(sorted({phrase(one) for one in _strings(data, name)}))
    if not all(found):
        raise BrokenRule(
            f"{name}: ada yang tidak berisi huruf atau angka", f"{name}: something in it has no letter and no digit"
        )
    return found


def _object(data: Any, name: str, fields: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise BrokenRule(f"{name}: harus sebuah objek", f"{name}: must be an object")
    strangers = [str(key) for key in data if key not in fields]
    if strangers:
        said = ", ".join(strangers)
        raise BrokenRule(f"{name}: tidak ada {said}", f"{name}: there is no {said}")
    return {key: value for key, value in data.items() if value is not None}


def _strings(data: Any, name: str) -> list[str]:
    values = [data] if isinstance(data, str) else data
    if not isinstance(values, list) or not values or not all(isinstance(one, str) and one for one in values):
        raise BrokenRule(f"{name}: harus teks atau daftar teks", f"{name}: must be a text or a list of texts")
    return values
