"""Cookies of the page: who is logged in, and what ties a form to the browser that it was shown in."""

import hmac

from fastapi import Request, Response

from routing_service.access import forms
from routing_service.access.accounts import secrets
from routing_service.access.refusals import OAuthRefusal
from shared.http import sessions

LOG_IN, FORM = "lapor_login", "lapor_form"
#: Of the pages of officers, which all three services know.
SESSION = sessions.COOKIE


def read(request: Request, name: str) -> str | None:
    return request.cookies.get(_named(request, name))


def write_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """HttpOnly, SameSite=Lax, for this host alone; without `seconds` until the browser is shut."""
    kind = sessions.cookie_kind(secure=_is_secure(request))
    response.set_cookie(_named(request, name), value, max_age=seconds, **kind)


def clear(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(_named(request, name), **sessions.cookie_kind(secure=_is_secure(request)))


def form_token(request: Request) -> tuple[str, str]:
    """The cookie, made where there is none, and what the form says of it: no other site can read either."""
    cookie = read(request, FORM) or secrets.new_token()
    return cookie, secrets.digest(cookie).hex()


async def form_of_page(request: Request) -> forms.Form | None:
    """The fields of one of our pages; None: it was not filled in where that page had been shown."""
    try:
        form = await forms.read_form(request)
    except OAuthRefusal:
        return None
    cookie, said = read(request, FORM), form.get("form", "")
    return form if cookie and hmac.compare_digest(secrets.digest(cookie).hex().encode(), said.encode()) else None


def _is_secure(request: Request) -> bool:
    return bool(request.app.state.settings.environment == "production")


def _named(request: Request, name: str) -> str:
    return sessions.cookie_name(name, secure=_is_secure(request))
