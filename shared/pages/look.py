"""Pages made of templates: those of a service, in its data/board, and the frame that all share, in shared/data/pages.

What a template is not given is an error, not a blank.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.actors import INTAKE, ROUTING
from shared.clients import CLIENT, Client
from shared.clock import utc_now
from shared.domain import dates
from shared.domain.regions import time_zone_of
from shared.domain.wording import Language, say
from shared.http import languages
from shared.pages import forms, places
from shared.pages.places import Destination
from shared.pages.seat import base, page_address

Words = Mapping[str, tuple[str, str]]


class Look:
    """Of one service."""

    def __init__(self, package: str) -> None:
        own, shared = PackageLoader(package, "data/board"), PackageLoader("shared", "data/pages")
        self._environment = Environment(
            loader=ChoiceLoader([own, shared]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._words = {**_words("shared", "pages"), **_words(package, "board")}

    def page(
        self, request: Request, template: str, *, status: int = 200, now: datetime | None = None, **values: Any
    ) -> HTMLResponse:
        """`now`: as of when the page is."""
        language = languages.of_page(request)
        text = self.text(request, template, now=now, **values)
        return answered(request, text, language, status=status)

    def text(self, request: Request, template: str, *, now: datetime | None = None, **values: Any) -> str:
        language = languages.of_page(request)
        context = _frame(request, language, now or utc_now()) | {
            "say": partial(self.say, language), "word": partial(self.word, language),
        }  # fmt: skip
        return self._environment.get_template(template).render(context | values)

    def say(self, language: Language, name: str, **values: object) -> str:
        said = say(self._words[name], language)
        return said.format(**values) if values else said

    def word(self, language: Language, name: str, otherwise: str) -> str:
        """`otherwise`: a code that only a newer release has words for."""
        return say(self._words[name], language) if name in self._words else otherwise


def answered(request: Request, text: str, language: Language, *, status: int = 200) -> HTMLResponse:
    headers = {
        "Cache-Control": "no-store", "Content-Language": language, "Vary": "Cookie",
        "Content-Security-Policy": policy(base(request, ROUTING), base(request, INTAKE)),
    }  # fmt: skip
    return HTMLResponse(text, status_code=status, headers=headers)


def see(target: str) -> RedirectResponse:
    """To another page, by GET."""
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def policy(log_out_at: str, evidence_at: str) -> str:
    """No script at all. A form leads to this service, and the one of the bar to where people log out; pictures come by
    the signed addresses of intake_api.
    """
    elsewhere, pictures = _elsewhere(log_out_at), _elsewhere(evidence_at)
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style())}'; img-src 'self' data:{pictures}; "
        f"form-action 'self'{elsewhere}; base-uri 'none'; frame-ancestors 'none'"
    )


def _elsewhere(url: str) -> str:
    """Its origin, where it is not ours; with a blank before it."""
    scheme, _, rest = url.partition("://")
    return f" {scheme}://{rest.partition('/')[0]}" if rest else ""


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _frame(request: Request, language: Language, now: datetime) -> dict[str, Any]:
    client: Client | None = request.scope.get(CLIENT)
    other = Language.EN if language is Language.ID else Language.ID
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    log_out = f"{base(request, ROUTING)}/oauth/logout?lang={language}"
    return {
        "language": language.value, "other": other.value, "other_at": f"?{urlencode({**query, 'lang': other})}",
        "style": style(), "bar": _bar(request, client, language), "room": _room(request, client, language),
        "client": client, "form_token": forms.token(request),
        "log_out_at": log_out, "to": partial(page_address, request), "as_of": now, "path": _path(request),
        "home": places.home_of(_path(request)), "zone": time_zone_of(None), "at": partial(_at, language),
        "day": partial(dates.day, language=language),
    }  # fmt: skip


def _at(language: Language, moment: datetime, zone: str) -> str:
    return dates.instant(moment, zone, language)


def _path(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    path: str = request.url.path
    return path.removeprefix(root)


def _bar(request: Request, client: Client | None, language: Language) -> list[dict[str, Any]]:
    """`here`: the page is open, or another one that is found through it."""
    room = {place.path for place in places.room_of(_path(request))}
    shown = [place for place in places.PLACES if place.room is None and client is not None and place.is_for(client)]
    return [_linked(request, place, language, here=place.path in room) for place in shown]


def _room(request: Request, client: Client | None, language: Language) -> list[dict[str, Any]]:
    """The pages beside the one that is open, and itself."""
    shown = [place for place in places.room_of(_path(request)) if client is not None and place.is_for(client)]
    return [_linked(request, place, language) for place in shown] if len(shown) > 1 else []


def _linked(request: Request, place: Destination, language: Language, *, here: bool = False) -> dict[str, Any]:
    asked = request.query_params.get("lang")
    said = f"?lang={asked}" if asked in set(Language) else ""
    return {
        "href": base(request, place.service) + place.path + said, "name": say(place.name, language),
        "here": here or place.path == _path(request),
    }  # fmt: skip


@cache
def style() -> str:
    return "".join(_file("shared", "pages", f"{name}.css") for name in ("style", "figures", "maps"))


@cache
def _words(package: str, folder: str) -> Words:
    """Of all its files of words; a room of pages may have one of its own."""
    there = resources.files(package) / "data" / folder
    names = sorted(one.name for one in there.iterdir() if one.name.startswith("words"))
    return {name: wording for one in names for name, wording in json.loads(_file(package, folder, one)).items()}


def _file(package: str, folder: str, name: str) -> str:
    return (resources.files(package) / "data" / folder / name).read_text("utf-8")
