"""Rules as somebody wrote them into a file or a field: JSON, and on which line what is wrong. No I/O."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from routing_service.competence.rule_sets.schemas import RulesBody
from shared.errors import Invalid
from shared.http import field_errors

#: Where the list begins, if it stands in an object as the command exports it.
_LIST = re.compile(r'"rules"\s*:\s*(?=\[)')
#: Between the elements of a list.
_BETWEEN = re.compile(r"[\s,]*")
_NO_LIST = (
    'Write a list of rules, such as [{"conditions": {...}, "result": {...}}], or an object with the list `rules`.'
)


class Mistake(NamedTuple):
    """`rule`: its number; None: of the whole text."""

    line: int
    rule: int | None
    message: str


class RulesUnreadable(Invalid):
    """What was written is no list of rules; with every mistake."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("These rules cannot be read. What is wrong stands beside its line.", pointer="/rules")
        self.mistakes = mistakes


def read_rules(text: str) -> RulesBody:
    """Raises RulesUnreadable."""
    try:
        written = json.loads(text)
    except json.JSONDecodeError as error:
        raise RulesUnreadable([Mistake(error.lineno, None, _NO_JSON)]) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists within lists without end
        raise RulesUnreadable([Mistake(1, None, _NO_LIST)]) from None
    rules = written.get("rules") if isinstance(written, dict) else written
    if not isinstance(rules, list):
        raise RulesUnreadable([Mistake(1, None, _NO_LIST)])
    try:
        return RulesBody.model_validate({"rules": [_as_sent(one) for one in rules]})
    except ValidationError as error:
        raise RulesUnreadable(list(_mistakes(error, text))) from None


_NO_JSON = "From here on this is no JSON; often a comma, a quotation mark or a bracket is missing just before."
#: What a list that was exported says beside what can be written.
_OF_THE_STORE = ("id", "position")


def _as_sent(rule: Any) -> Any:
    return (
        {name: value for name, value in rule.items() if name not in _OF_THE_STORE} if isinstance(rule, dict) else rule
    )


def _mistakes(error: ValidationError, text: str) -> Iterator[Mistake]:
    begins = beginnings(text)
    for one in error.errors():
        location = one["loc"][1:]  # without `rules`
        message = field_errors.told({**one, "loc": ("body", *one["loc"])}, RulesBody)["message"]
        number = location[0] if location and isinstance(location[0], int) and location[0] < len(begins) else None
        at = 0 if number is None else _place(text, begins[number], location[1:])
        yield Mistake(line_of(text, at), None if number is None else number + 1, message)


def mistake_in(text: str, number: int, message: str) -> Mistake:
    """Of the rule of this number, counted from 1."""
    begins = beginnings(text)
    return Mistake(line_of(text, begins[number - 1]) if number <= len(begins) else 1, number, message)


def beginnings(text: str) -> list[int]:
    """Where each rule begins, in a text that is JSON; nothing where the name of the list is written with escapes."""
    found: list[int] = []
    named = _LIST.search(text) if text.lstrip().startswith("{") else None
    if named is None and not text.lstrip().startswith("["):
        return found
    at = text.index("[", named.end() if named else 0) + 1
    while (match := _BETWEEN.match(text, at)) and not text.startswith("]", match.end()):
        found.append(match.end())
        _, at = json.JSONDecoder().raw_decode(text, match.end())
    return found


def _place(text: str, at: int, location: Sequence[int | str]) -> int:
    """As near as the names of the fields lead."""
    for name in location:
        if isinstance(name, str) and (there := text.find(f'"{name}"', at)) >= 0:
            at = there
    return at


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
