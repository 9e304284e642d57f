"""The pages as HTML: readable without scripts, in Indonesian and English."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, Template

from routing_service.access.login import cookies
from shared.domain.wording import Language
from shared.http import languages
from shared.http.colours import COLOURS
from shared.pages import places, seat

HERE = "/oauth/login"
AUTHORIZE = "/oauth/authorize"
PROOFS = "/oauth/proofs"
#: An app opens these pages in a window of its own, and waits for what comes back there.
IN_A_WINDOW = {"Cross-Origin-Opener-Policy": "unsafe-none"}
ELSEWHERE = "/oauth/federation/login"  #: to somebody else's issuer, if there is one
_STYLE = COLOURS + (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem;color:var(--ink);"
    "background:var(--paper);overflow-wrap:anywhere}h1{line-height:1.25}a{color:var(--blue)}"
    "label{display:block;margin:1rem 0 .4rem}input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box;"
    "border:1px solid var(--line);color:inherit;background:inherit}button{font:inherit;margin-top:1rem;"
    "padding:.6rem 1.2rem;border:2px solid var(--blue);background:var(--blue);color:var(--on)}"
    "button:disabled{background:var(--paper);color:var(--blue)}"
    ":focus-visible{outline:3px solid var(--blue);outline-offset:2px}.wrong{color:var(--red)}code{font-size:1.2rem}"
)


def show(request: Request, page: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """`wrong`: what to tell whoever tried, by its name in words.json."""
    language = languages.of_page(request)
    other = Language.EN if language is Language.ID else Language.ID
    cookie, form = cookies.form_token(request)
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    root = request.scope.get("root_path", "")
    provider = getattr(request.app.state, "provider", None)
    text = _template().render(
        page=page, language=language, other=other, other_query=urlencode({**query, "lang": other}), style=_STYLE,
        root=root, action=f"{request.url.path}?{urlencode({**query, 'lang': language})}", form=form,
        say=lambda name: _words()[name][0 if language is Language.ID else 1], elsewhere=provider and provider.name,
        elsewhere_at=_to(root + ELSEWHERE, query), here_at=_to(root + HERE, {"next": values.get("following")}),
        **values,
    )  # fmt: skip
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _policy(request), "Content-Language": language}
    response = HTMLResponse(text, status_code=status, headers=headers | IN_A_WINDOW)
    cookies.write_cookie(request, response, cookies.FORM, cookie)
    return response


def redirect_to(request: Request, path: str, **query: str | None) -> RedirectResponse:
    """To another page of ours, by GET."""
    given = {name: value for name, value in query.items() if value}
    asked = request.query_params.get("lang")
    given |= {"lang": asked} if asked else {}
    target = request.scope.get("root_path", "") + path + (f"?{urlencode(given)}" if given else "")
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"} | IN_A_WINDOW)


def go_to(request: Request, target: str | None) -> Response:
    """To what was wanted."""
    headers = {
        "Location": address_of(request, target), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
    } | IN_A_WINDOW  # fmt: skip
    return Response(status_code=303, headers=headers)


def _to(path: str, query: Mapping[str, str | None]) -> str:
    given = {name: value for name, value in query.items() if name == "next" and value}
    return path + (f"?{urlencode(given)}" if given else "")


def wanted(request: Request) -> str | None:
    """Where whoever logs in wanted to go: a request of a client for authorization, their proofs, a page of officers,
    and nowhere else.
    """
    found = request.query_params.get("next", "")
    if found == PROOFS or places.is_page(found):
        return found
    return found if found.startswith(f"{AUTHORIZE}?") and found.isprintable() and found.isascii() else None


def is_board(target: str | None) -> bool:
    return target is not None and places.is_page(target)


def address_of(request: Request, target: str | None) -> str:
    """Of what was wanted: a page may be of another service, which stands where the settings say."""
    if target is None:
        return str(request.scope.get("root_path", "")) + HERE
    if not is_board(target):
        return str(request.scope.get("root_path", "")) + target
    return seat.base(request, places.service_of(target.partition("?")[0])) + target


def _policy(request: Request) -> str:
    """A browser asks it of the whole way that a form leads, which ends at the client."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'self'; form-action 'self'{_client(request)}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _client(request: Request) -> str:
    target = wanted(request)
    uri = parse_qs(urlsplit(target or "").query).get("redirect_uri", [""])[0]
    if is_board(target):
        uri = address_of(request, target)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    source = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
    plain = parts.scheme and all(one.isalnum() or one in "+-.:/[]" for one in source)
    return f" {source}" if plain else ""


@cache
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(_file("page.html"))


@cache
def _words() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = json.loads(_file("words.json"))
    return found


def _file(name: str) -> str:
    return (resources.files("routing_service") / "data" / "login" / name).read_text("utf-8")


@cache
def script() -> str:
    return _file("passkey.js")
