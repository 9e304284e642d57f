"""What a form of a page sends, and what ties it to the log-in that it was shown to.

The token of a form is made of the cookie of the session: nothing is stored, no other site can read either, and with
another log-in it is another one.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import DomainError
from shared.http import sessions

FIELD = "form"
_SENT = "lapor.form"  #: where a request keeps what a page of ours sent
_MOST_FIELDS = 500
_MEDIA_TYPE, _WITH_FILES = b"application/x-www-form-urlencoded", b"multipart/form-data"

#: What browsers say of a request that a page of ours made, or its reader.
_OURS = frozenset({"same-origin", "none"})

Form = Mapping[str, Sequence[str]]


def token_of(cookie: str) -> str:
    return hmac.new(cookie.encode(), b"lapor|form", hashlib.sha256).hexdigest()


def token(request: Request) -> str:
    """Of the forms of this page; empty where nobody is logged in."""
    cookie = cookie_of(request)
    return token_of(cookie) if cookie else ""


def cookie_of(request: Request) -> str | None:
    secure = request.app.state.settings.environment == "production"
    return sessions.value_of(request.headers.get("cookie", ""), secure=secure)


def is_tied(request: Request, form: Form) -> bool:
    """Whether the form was shown to this very log-in."""
    said, expected = last(form, FIELD), token(request)
    return bool(expected) and hmac.compare_digest(said.encode(), expected.encode())


def came_from_us(request: Request) -> bool:
    """As far as the browser says it: an old one says nothing, and then the token alone decides."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = request.headers.get("origin", "null")
    return origin == "null" or origin.partition("//")[2] == request.headers.get("host", "")


async def read_form(request: Request) -> Form:
    """All values of each field; none where the body is no form. A file is its text, and empty where it is none."""
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    try:
        if kind == _WITH_FILES:
            pairs = _parts(parameters.get(b"boundary", b""), await request.body())
        elif kind == _MEDIA_TYPE:
            sent = (await request.body()).decode("ascii")
            pairs = parse_qsl(sent, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        else:
            return {}
    except (ValueError, FormParserError):
        return {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\x00" not in value and "\x00" not in name:
            found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def _parts(boundary: bytes, body: bytes) -> list[tuple[str, str]]:
    """Of a form with files. The door bounds how large it is. Raises FormParserError, ValueError."""
    found: list[tuple[str, str]] = []
    header, value, content, name = bytearray(), bytearray(), bytearray(), ""

    def begins() -> None:
        nonlocal name
        name = ""
        content.clear()

    def header_ends() -> None:
        nonlocal name
        if header.lower() == b"content-disposition":
            name = parse_options_header(bytes(value))[1].get(b"name", b"").decode("utf-8")
        header.clear()
        value.clear()

    def ends() -> None:
        if len(found) == _MOST_FIELDS:
            raise ValueError("too many fields")
        found.append((name, content.decode("utf-8-sig", "replace").replace("\x00", "\ufffd")))

    parser = MultipartParser(boundary, {
        "on_part_begin": begins, "on_header_end": header_ends, "on_part_end": ends,
        "on_header_field": lambda data, start, end: header.extend(data[start:end]),
        "on_header_value": lambda data, start, end: value.extend(data[start:end]),
        "on_part_data": lambda data, start, end: content.extend(data[start:end]),
    })  # fmt: skip
    parser.write(body)
    parser.finalize()
    return found


def keep(request: Request, form: Form) -> None:
    """For whatever page answers it: what somebody typed is shown again."""
    request.scope[_SENT] = form


def kept(request: Request) -> Form:
    found: Form = request.scope.get(_SENT, {})
    return found


def last(form: Form, name: str) -> str:
    values = form.get(name, ())
    return values[-1] if values else ""


def typed(form: Form) -> dict[str, str]:
    """What somebody typed, to be shown again: never the token."""
    return {name: values[-1] for name, values in form.items() if values and name != FIELD}


class FormFromElsewhere(DomainError):
    """Another site sent it."""

    status = HTTPStatus.FORBIDDEN
    code = "form_from_elsewhere"

    def __init__(self) -> None:
        super().__init__("Another site sent this form. Nothing was done.")


class FormOfBefore(DomainError):
    """A page of ours sent it that another log-in was shown, or none."""

    status = HTTPStatus.FORBIDDEN
    code = "form_of_before"

    def __init__(self, form: Form) -> None:
        super().__init__("This form is not of your present log-in. Nothing was done; look at it and send it once more.")
        self.form = form
