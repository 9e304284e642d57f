"""What pages answer where something stands against it: a page in the same look, and nothing that was typed is lost."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from shared.actors import ROUTING
from shared.domain.wording import Language
from shared.errors import DomainError, Invalid, Unavailable
from shared.http import languages, problems
from shared.pages import forms, places
from shared.pages.forms import FormOfBefore
from shared.pages.look import Look, see
from shared.pages.refused import RefusedAsPage, of_officers
from shared.pages.seat import LogInFirst, base
from shared.pages.sentences import on_pages

Handler = Callable[[Request, Exception], Awaitable[Response]]

#: What somebody wrote themselves; of the rest, such as a version, nothing is shown.
WRITTEN = ("body", "note", "question", "explanation", "title")


def install(app: FastAPI, look: Look) -> None:
    """After the handlers of problems: below the root of the pages a problem is a page, also one of the door."""
    app.state.look = look
    for known, others in list(app.exception_handlers.items()):
        if isinstance(known, type) and issubclass(known, Exception):
            app.add_exception_handler(known, _on_pages(cast(Handler, others)))
    app.add_exception_handler(LogInFirst, _log_in_first)
    app.add_exception_handler(FormOfBefore, _form_of_before)
    app.add_middleware(RefusedAsPage, telling_of=of_officers)


def sentence(error: DomainError, language: Language) -> str:
    return on_pages(error.detail, language)


def _on_pages(others: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        answer = await others(request, error)
        if places.root_of(request.scope) is None or answer.media_type != problems.MEDIA_TYPE:
            return answer
        told = error if isinstance(error, DomainError) else _told(answer.status_code)
        detail = sentence(told, languages.of_page(request))
        kept = _written(forms.kept(request))
        page = request.app.state.look.page(request, "refused.html", status=answer.status_code, detail=detail, kept=kept)
        page.headers.update({name: value for name, value in answer.headers.items() if name == "retry-after"})
        return cast(Response, page)

    return handle


def _told(status: int) -> DomainError:
    """Of what is no refusal of ours: an address that somebody changed, or a mishap."""
    return Unavailable(_SENTENCE) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Invalid(_UNKNOWN, pointer="query")


_UNKNOWN = "The address asks for something that this page does not know; go back and choose it on the page."
_SENTENCE = "Something went wrong on our side, or the database cannot be reached just now; try again in a moment."


async def _log_in_first(request: Request, error: Exception) -> Response:
    """A page leads to the log-in at once; a form stays, with what was typed."""
    assert isinstance(error, LogInFirst)
    asked = request.query_params.get("lang")
    said = {"lang": asked} if asked in set(Language) else {}
    log_in = f"{base(request, ROUTING)}{places.LOG_IN}"
    if error.form is None:
        return see(f"{log_in}?{urlencode({'next': _here(request), **said})}")
    values = {
        "kept": [(name, value) for name, values in error.form.items() if name != forms.FIELD for value in values],
        "shown": _written(error.form), "action": request.url.path + (f"?{urlencode(said)}" if said else ""),
        "log_in_at": f"{log_in}?{urlencode({'next': places.ROOT, **said})}",
    }  # fmt: skip
    return cast(Response, request.app.state.look.page(request, "log_in.html", status=error.status, **values))


async def _form_of_before(request: Request, error: Exception) -> Response:
    assert isinstance(error, FormOfBefore)
    detail = sentence(error, languages.of_page(request))
    kept = _written(error.form)
    return cast(
        Response, request.app.state.look.page(request, "refused.html", status=error.status, detail=detail, kept=kept)
    )


def _written(form: forms.Form) -> list[tuple[str, str]]:
    return [(name, forms.last(form, name)) for name in WRITTEN if forms.last(form, name)]


def _here(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    path = request.url.path.removeprefix(root)
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "lang"])
    target = path + (f"?{query}" if query else "")
    return target if places.is_page(target) else places.ROOT
