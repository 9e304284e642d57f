"""Whoever sits before a page: who they are, in which language they read, and where its links lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request

from shared.actors import ROUTING
from shared.clients import Client, Role
from shared.domain.wording import Language
from shared.errors import DomainError, Forbidden
from shared.http import languages
from shared.http.sessions import OptionalSession
from shared.pages import forms, places
from shared.pages.forms import Form, FormFromElsewhere, FormOfBefore
from shared.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class LogInFirst(DomainError):
    """Nobody is logged in, or not any more. What a form brought is kept on the page that says so."""

    status = HTTPStatus.UNAUTHORIZED
    code = "log_in_first"

    def __init__(self, form: Form | None = None) -> None:
        super().__init__("Nobody is logged in here, or not any more; log in first.")
        self.form = form


@dataclass(frozen=True, slots=True)
class Seat:
    request: Request
    client: Client
    language: Language

    def to(self, path: str, **query: str | int | None) -> str:
        """The address of a page of this service, in the language that was asked for."""
        return page_address(self.request, path, **query)

    def allow(self, *roles: Role) -> None:
        """Raises Forbidden."""
        if self.client.role not in roles:
            raise Forbidden("This page is not for your role; the bar at the top has those that are.")


def page_address(request: Request, path: str, **query: str | int | None) -> str:
    given = {name: str(value) for name, value in query.items() if value is not None and value != ""}
    asked = request.query_params.get("lang")
    if asked in set(Language):
        given.setdefault("lang", str(asked))
    root: str = request.scope.get("root_path", "")
    return root + path + (f"?{urlencode(given)}" if given else "")


def base(request: Request, service: str) -> str:
    """Where a browser finds the pages of a service: beside ours where all stand behind one host, or at its address."""
    if request.scope.get("root_path"):
        return places.PREFIXES[service]
    settings: Settings = request.app.state.settings
    parts = urlsplit(settings.issuer_url if service == ROUTING else settings.url_of(service))
    asked = request.headers.get("host", "").partition(":")[0]
    # On this machine a cookie is of the name that was typed.
    host = asked if {asked, parts.hostname} <= _LOOPBACK else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def seat(request: Request, client: OptionalSession) -> Seat:
    """Raises LogInFirst."""
    if client is None:
        raise LogInFirst
    return Seat(request, client, languages.of_page(request))


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that a page of ours sent. `is_tied`: that was shown to this very log-in."""

    seat: Seat
    form: Form
    is_tied: bool = True

    def check(self) -> None:
        """Before anything is done. Raises FormOfBefore."""
        if not self.is_tied:
            raise FormOfBefore(self.form)

    def last(self, name: str) -> str:
        return forms.last(self.form, name)

    def all(self, name: str) -> list[str]:
        return list(self.form.get(name, ()))

    @property
    def typed(self) -> Mapping[str, str]:
        return forms.typed(self.form)


async def any_form(request: Request, client: OptionalSession) -> Sent:
    """For a page that is shown again with what was typed where the form is of another log-in: it calls `check` first.

    Raises LogInFirst, FormFromElsewhere.
    """
    if not forms.came_from_us(request):
        raise FormFromElsewhere
    form = await forms.read_form(request)
    forms.keep(request, form)
    if client is None:
        raise LogInFirst(form)
    return Sent(Seat(request, client, languages.of_page(request)), form, forms.is_tied(request, form))


async def sent(form: Annotated[Sent, Depends(any_form)]) -> Sent:
    """Raises LogInFirst, FormFromElsewhere, FormOfBefore."""
    form.check()
    return form


Seated = Annotated[Seat, Depends(seat)]
SentForm = Annotated[Sent, Depends(sent)]
AnyForm = Annotated[Sent, Depends(any_form)]
