"""What a client sends: application/x-www-form-urlencoded, in UTF-8."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Scope

from shared.errors import Invalid

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
#: The one field that may be there several times: a line for each.
MEDIA = "media_url"
#: Where a request keeps its form, which the door reads first.
_KEPT = "lapor.open311"

Form = Mapping[str, str]


def read_sent(scope: Scope, body: bytes) -> Form:
    """The last value of each field, without those that are empty. Raises Invalid."""
    if _KEPT not in scope:
        scope[_KEPT] = _parsed(scope, body)
    form: Form = scope[_KEPT]
    return form


def kept(scope: Scope) -> Form:
    """That which the door has read."""
    form: Form = scope[_KEPT]
    return form


def _parsed(scope: Scope, body: bytes) -> Form:
    said = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if body and said.partition(b";")[0].strip().lower() != MEDIA_TYPE.encode():
        raise _unreadable()
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise _unreadable() from None
    form: dict[str, str] = {}
    for name, said in pairs:
        field, value = name.removesuffix("[]"), said.replace("\r\n", "\n").strip()
        more = field == MEDIA and field in form
        form[field] = f"{form[field]}\n{value}" if more else value
    if any("\x00" in value for value in form.values()):
        raise Invalid("NUL characters are not allowed; take them out.", pointer="", code="nul_character")
    return {name: value for name, value in form.items() if value}


def _unreadable() -> Invalid:
    detail = f"The form cannot be read; send fewer than {MOST_FIELDS} fields as {MEDIA_TYPE}, in UTF-8."
    return Invalid(detail, pointer="", code="unreadable_form")
