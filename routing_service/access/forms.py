"""What a client sends, as application/x-www-form-urlencoded: each parameter once, none empty."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from routing_service.access.refusals import OAuthRefusal

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 50

Form = Mapping[str, str]


async def read_form(request: Request) -> Form:
    """Raises OAuthRefusal."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise OAuthRefusal(f"Send the parameters as {MEDIA_TYPE}, in the body.", code="invalid_request")
    return parsed(await request.body())


def parsed(sent: bytes) -> Form:
    """Raises OAuthRefusal."""
    try:
        pairs = parse_qsl(sent.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise _unreadable() from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OAuthRefusal("A parameter is sent twice; send each once.", code="invalid_request")
        if "\x00" in value:
            raise _unreadable()
        found[name] = value
    return {name: value for name, value in found.items() if value}


def _unreadable() -> OAuthRefusal:
    return OAuthRefusal(f"The parameters cannot be read; write them as {MEDIA_TYPE}.", code="invalid_request")


def needed(form: Form, name: str) -> str:
    """Raises OAuthRefusal."""
    if name not in form:
        raise OAuthRefusal(f"The parameter {name} is missing.", code="invalid_request")
    return form[name]


def scopes(form: Form, granted: Iterable[str]) -> list[str]:
    """Those that are asked for; all, where none is named. Raises OAuthRefusal."""
    granted = sorted(granted)
    if "scope" not in form:
        return granted
    asked = form["scope"].split(" ")
    if not set(asked) <= set(granted):
        raise OAuthRefusal("The client has not got a scope that it asks for.", code="invalid_scope")
    return sorted(set(asked))
