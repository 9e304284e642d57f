"""What a form of a page says, as the body of an operation of the API: what is wrong with it is one sentence."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import Invalid
from shared.http import field_errors

Body = TypeVar("Body", bound=BaseModel)


def body_of(model: type[Body], values: Mapping[str, Any]) -> Body:
    """Raises Invalid, of the first field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        message = field_errors.told({**first, "loc": ("body", *first["loc"])}, model)["message"]
        raise Invalid(message, pointer="/" + "/".join(map(str, first["loc"]))) from None


def filled(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields that were not left empty."""
    return {name: form[name].strip() for name in names if form.get(name, "").strip()}


def number_in(form: Mapping[str, str], name: str) -> int | None:
    """A number that a page of ours wrote into a form; None: there is none, or somebody changed it."""
    said = form.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None
