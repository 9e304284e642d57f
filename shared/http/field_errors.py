"""What is wrong with one field of a request: a stable code and a sentence of ours. Pydantic's words are not told on."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

UNKNOWN = "unknown_field"
#: The codes of a field, each with what it means. docs/integrating.md has a table of them.
CODES: Mapping[str, str] = {
    "required": "The field must be there.",
    UNKNOWN: "There is no such field or parameter; the message names those that there are.",
    "wrong_type": "Another type of JSON is expected.",
    "too_short": "The text has too few characters.",
    "too_long": "The text has too many characters.",
    "too_few": "The list has too few items.",
    "too_many": "The list has too many items.",
    "out_of_range": "The number, or the day, is too small or too large.",
    "not_one_of": "The value is none of those that the message names.",
    "wrong_form": "The text is not written as it has to be.",
    "no_time_zone": "The instant does not name its time zone.",
    "not_right": "The field breaks a rule that the message tells.",
}

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "Fill this in."),
    "string_too_short": ("too_short", "Write at least {min_length} characters."),
    "string_too_long": ("too_long", "Write at most {max_length} characters."),
    "too_short": ("too_few", "Give at least {min_length} items."),
    "too_long": ("too_many", "Give at most {max_length} items."),
    "greater_than": ("out_of_range", "Give more than {gt}."),
    "greater_than_equal": ("out_of_range", "Give at least {ge}."),
    "less_than": ("out_of_range", "Give less than {lt}."),
    "less_than_equal": ("out_of_range", "Give at most {le}."),
    "finite_number": ("out_of_range", "Give a finite number."),
    "int_from_float": ("wrong_type", "Give a whole number."),
    "timezone_aware": ("no_time_zone", "Name the time zone, such as +07:00 or Z."),
    "string_unicode": ("wrong_form", "This text is not Unicode; take out what is only half a character."),
}
_OF_TYPES = {
    "string": "Give a text.",
    "int": "Give a whole number.",
    "float": "Give a number.",
    "bool": "Give true or false.",
    "list": "Give a list.",
    "tuple": "Give a list.",
    "set": "Give a list.",
    "dict": "Give an object.",
    "model": "Give an object.",
    "date": "Give a date, such as 2026-01-31.",
    "datetime": "Give an instant, such as 2026-01-31T08:00:00+07:00.",
    "time": "Give a time of day, such as 08:00.",
    "uuid": "Give a UUID.",
}
#: How a text has to be written, by its pattern.
_FORMS = {
    r"^\+?[0-9][0-9 ().-]{5,23}$": "Write a telephone number, such as 0812-3456-7890.",
    r"^\+?[0-9(][0-9 ().-]{1,30}( ?ext\.? ?[0-9]{1,6})?$": "Write a telephone number, such as 0541-123456 ext. 12.",
    r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$": "Write a mail address, such as nama@contoh.id.",
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$": (
        "Write a mail address, such as nama@contoh.id."
    ),
    r"^[0-9]{16}$": "A NIK has 16 digits.",
    r"^[0-9]{5,10}$": "A tracking number has 10 digits.",
    r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$": "Write the code of a region, such as 64.72 or 64.72.01.1001.",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "Write letters, digits, dots, hyphens and underscores, a letter or digit first.",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$": "Write at most 40 letters, digits, dots, hyphens and underscores.",
    r"^[A-Za-z0-9][A-Za-z0-9._~:@-]*$": "Write letters, digits and . _ ~ : @ -, a letter or digit first.",
    r"^[\x21-\x7e]+$": "Write visible ASCII characters without spaces.",
    r"^[A-Za-z0-9_-]+$": "Send back a cursor as the page before gave it.",
}
_UNKNOWN_FORM = "This is not written as it has to be; the documentation of the operation shows how."
MOST_NAMED = 60


def told(error: Mapping[str, Any], annotation: Any = None) -> dict[str, str]:
    """`code` and `message` of one of Pydantic's errors. `annotation`: of what holds the field, for names that it knows.

    Never repeats what was sent.
    """
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "extra_forbidden":
        return {"code": UNKNOWN, "message": unknown(known_names(annotation, error["loc"][1:-1]))}
    if kind in ("value_error", "assertion_error"):
        return {"code": "not_right", "message": error["msg"].removeprefix("Value error, ")}
    if kind in ("enum", "literal_error", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags") or "")
        return {"code": "not_one_of", "message": f"Give one of {_listed(expected)}."}
    if kind == "string_pattern_mismatch":
        return {"code": "wrong_form", "message": _FORMS.get(context.get("pattern", ""), _UNKNOWN_FORM)}
    if kind in _SENTENCES:
        code, sentence = _SENTENCES[kind]
        return {"code": code, "message": _singular(sentence.format_map(context))}
    base, _, what = kind.partition("_")
    if base in _OF_TYPES:
        return {"code": "wrong_form" if "pars" in what or "inexact" in what else "wrong_type",
                "message": _OF_TYPES[base]}  # fmt: skip
    return {"code": "not_right", "message": _UNKNOWN_FORM}


def _singular(sentence: str) -> str:
    return sentence.replace(" 1 characters", " 1 character").replace(" 1 items", " 1 item")


def _listed(expected: str) -> str:
    return expected.replace("' or '", "', '").replace("'", "`")


def unknown(names: Sequence[str]) -> str:
    if not names:
        return "There is no such field; take it out."
    listed = ", ".join(f"`{name}`" for name in names[:MOST_NAMED])
    return f"There is no such field; there are {listed}."


def known_names(annotation: Any, path: Sequence[Any]) -> Sequence[str]:
    """The fields of the models at the end of a path; parts of it that name a branch of a union are passed over."""
    branches = list(_branches(annotation))
    for part in path:
        branches = [below for branch in branches for below in _below(branch, part)] or branches
    found = dict.fromkeys(name for model in branches if _is_model(model) for name in _names(model))
    return list(found)


def _names(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _below(branch: Any, part: Any) -> Iterator[Any]:
    if _is_model(branch):
        for name, field in branch.model_fields.items():
            if part in (name, field.alias):
                yield from _branches(field.annotation)
    elif get_args(branch) and isinstance(get_origin(branch), type):
        yield from _branches(get_args(branch)[-1])  # of a list its items, of a mapping its values


def _branches(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
