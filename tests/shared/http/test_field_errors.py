"""What is said of one field: our codes, our sentences, in both languages."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.http import field_errors
from shared.http.field_errors import known_names, told
from shared.http.translating import indonesian


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: Colour = Colour.RED
    kind: Literal["a", "b", "c"] = "a"


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=2, max_length=5)]
    nik: Annotated[str, Field(pattern=r"^[0-9]{16}$")] | None = None
    odd: Annotated[str, Field(pattern=r"^x$")] | None = None
    number: Annotated[int, Field(ge=1, le=9)] = 1
    day: date | None = None
    at: AwareDatetime | None = None
    id: UUID | None = None
    part: Part | None = None
    parts: Annotated[list[Part], Field(max_length=1)] = []
    by_name: dict[str, Part] = {}


def errors_of(model: Any, value: Any) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(model).validate_python(value)
    return [told({**one, "loc": ("body", *one["loc"])}, model) for one in raised.value.errors()]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"name": "x"}, "too_short", "Write at least 2 characters."),
        ({"name": "xxxxxx"}, "too_long", "Write at most 5 characters."),
        ({"name": 1}, "wrong_type", "Give a text."),
        ({"nik": "123"}, "wrong_form", "A NIK has 16 digits."),
        ({"odd": "y"}, "wrong_form",
         "This is not written as it has to be; the documentation of the operation shows how."),
        ({"number": 0}, "out_of_range", "Give at least 1."),
        ({"number": 10}, "out_of_range", "Give at most 9."),
        ({"number": "x"}, "wrong_form", "Give a whole number."),
        ({"day": "31.1.2026"}, "wrong_form", "Give a date, such as 2026-01-31."),
        ({"at": "2026-01-31T08:00:00"}, "no_time_zone", "Name the time zone, such as +07:00 or Z."),
        ({"id": "x"}, "wrong_form", "Give a UUID."),
        ({"part": {"colour": "green"}}, "not_one_of", "Give one of `red`, `blue`."),
        ({"part": {"kind": "d"}}, "not_one_of", "Give one of `a`, `b`, `c`."),
        ({"part": {"color": "red"}}, "unknown_field", "There is no such field; there are `colour`, `kind`."),
        ({"parts": [{"x": 1}]}, "unknown_field", "There is no such field; there are `colour`, `kind`."),
        ({"by_name": {"a": {"x": 1}}}, "unknown_field", "There is no such field; there are `colour`, `kind`."),
        ({"parts": [{}, {}]}, "too_many", "Give at most 1 item."),
        ({"part": 1}, "wrong_type", "Give an object."),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_code_and_a_sentence_of_ours(changes: dict[str, Any], code: str, message: str) -> None:
    (error,) = errors_of(Whole, {"name": "abc", **changes})

    assert error == {"code": code, "message": message}
    assert indonesian(message) != message


def test_a_field_that_is_missing_and_one_that_is_not_known_are_told_together() -> None:
    codes = [error["code"] for error in errors_of(Whole, {"surname": "x"})]

    assert codes == ["required", "unknown_field"]


def test_the_names_of_a_field_without_a_model_are_not_made_up() -> None:
    assert known_names(None, ()) == []
    assert known_names(str, ("a",)) == []


def test_every_sentence_has_an_indonesian_one_and_every_code_a_meaning() -> None:
    limits = dict.fromkeys(("min_length", "max_length", "gt", "ge", "lt", "le"), 7)
    said = [sentence.format_map(limits) for _, sentence in field_errors._SENTENCES.values()]
    said += [*field_errors._OF_TYPES.values(), *field_errors._FORMS.values(), field_errors._UNKNOWN_FORM]

    assert [one for one in said if indonesian(one) == one] == []
    assert {code for code, _ in field_errors._SENTENCES.values()} <= field_errors.CODES.keys()
