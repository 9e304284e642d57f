"""The mailbox over HTTP. It is for browsers, and in no OpenAPI document."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from intake_api.evidence.addresses import Audience
from intake_api.evidence.items import Viewing
from intake_api.notifications.post import Post
from intake_api.pages import forms, guesses, mailbox, service
from intake_api.pages.mailbox import Said, Where
from intake_api.pages.service import Found, Visit
from intake_api.reporters import export
from intake_api.reporters.access import Credentials
from intake_api.reporters.case import Asking
from intake_api.reporters.schemas import ReporterAction
from intake_api.uploads import proving
from intake_api.uploads.bodies import pieces_of
from intake_api.uploads.ending import add_at_once, gone
from intake_api.uploads.form import FormFile, boundary_of
from intake_api.uploads.owners import Uploader
from intake_api.uploads.service import Uploads
from intake_api.uploads.tus import Broken
from shared import ids
from shared.database import Session
from shared.domain.wording import Language
from shared.errors import DomainError, NotFound
from shared.http import idempotency, languages
from shared.http.door.visitors import address_of
from shared.http.translating import indonesian
from shared.http.web import Now
from shared.settings import IntakeSettings

HERE, REPORT, FILE = "/r", "/r/{tracking_number}", "/r/{tracking_number}/file"

router = APIRouter(include_in_schema=False)

_MOST_CODE = 64


@router.get(HERE)
async def ask_for_number(request: Request) -> Response:
    """`?number=`: as its own form sends it."""
    where = _where(request, HERE)
    digits = "".join(one for one in request.query_params.get("number", "") if one.isdigit() and one.isascii())
    if digits:
        target = f"{_root(request)}{HERE}/{digits[:20]}?lang={where.language}"
        return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
    return _answer(where, mailbox.ask_for_number(where))


@router.get(REPORT)
async def ask_for_code(tracking_number: str, request: Request) -> Response:
    """The same for every number, whether there is such a report or not."""
    where = _where(request, _page_of(tracking_number))
    return _answer(where, mailbox.ask_for_code(where, tracking_number[:20]))


@router.post(REPORT)
async def open_mailbox(tracking_number: str, request: Request, session: Session, now: Now) -> Response:
    """The report, after the act that the form asks for; or the file that it asks for."""
    form = forms.parsed(await request.body())
    where = _where(request, _page_of(tracking_number))
    settings: IntakeSettings = request.app.state.settings
    number, reporter = _proof(request, tracking_number, form)
    visit = Visit(session, number, Asking(reporter, now, settings.replies_a_day), where.language, _post(request))
    try:
        if form.get("act") in _FILES:
            return await _file(request, visit, form["act"])
        return await _page(request, visit, where, form)
    except DomainError as error:
        return _refused(where, number, error)


def _proof(request: Request, tracking_number: str, form: Mapping[str, str]) -> tuple[str, Credentials]:
    code = form.get("code", "").strip()[:_MOST_CODE]
    number = tracking_number.zfill(ids.TRACKING_DIGITS) if tracking_number.isdecimal() else tracking_number
    return number, Credentials(None, code, None, request.app.state.keys)


async def _page(request: Request, visit: Visit, where: Where, form: forms.Form) -> Response:
    """Raises DomainError where the report cannot be shown."""
    act, said, status = forms.NEWS if forms.is_about_news(form) else forms.act_of(form), mailbox.NOTHING, 200
    async with _watched(request, visit, acts=act is not None):
        if act is not None:
            try:
                if isinstance(act, ReporterAction):
                    await service.act(visit, act, form, partial(idempotency.first_or_repeat, request, visit.session))
                else:
                    await service.choose_news(visit, form)
                said = Said(done=act)
            except DomainError as error:
                if _is_unknown(error):
                    raise
                status, said = error.status, Said(wrong=_sentence(error, where.language), act=act, typed=form)
        cursor = forms.cursor(form) if act is None else None
        found = await service.look_in(visit, _viewing(request, visit), cursor)
    return _shown(where, visit, found, status=status, said=said, older=cursor is not None)


def _shown(
    where: Where, visit: Visit, found: Found, *, status: int = 200, said: Said = mailbox.NOTHING, older: bool = False
) -> Response:
    code = visit.reporter.access_code or ""
    return _answer(where, mailbox.show_report(where, found, code=code, older=older, said=said), status=status)


def _post(request: Request) -> Post:
    post: Post = request.app.state.post
    return post


def _viewing(request: Request, visit: Visit) -> Viewing:
    return Viewing(Audience.OWN, request.app.state.addresses, _root(request), visit.asking.now)


@router.post(FILE)
async def add_file(tracking_number: str, request: Request, now: Now) -> Response:
    """A photo, a document or a video, in a form whose field `code` stands before it; then the report."""
    where = _where(request, _page_of(tracking_number))
    sent = FormFile(boundary_of(request.headers.get("content-type")) or b"-")
    content = sent.content(pieces_of(request))
    try:
        wrong, first = await _begun(content)
        return await _taken_in(request, where, tracking_number, sent.fields, first, content, wrong, now)
    except Broken:
        return gone(request)
    except DomainError as error:
        return _refused(where, tracking_number, error)


async def _begun(content: AsyncIterator[bytes]) -> tuple[DomainError | None, bytes]:
    """The first bytes of the file, before which its form says whose it is; or what is wrong with the form."""
    try:
        return None, await anext(content, b"")
    except DomainError as error:
        return error, b""


async def _taken_in(
    request: Request, where: Where, tracking_number: str, fields: Mapping[str, str], first: bytes,
    rest: AsyncIterator[bytes], wrong: DomainError | None, now: datetime,
) -> Response:  # fmt: skip
    """Raises Broken; NotFound for a wrong code, before the file is read on."""
    uploads: Uploads = request.app.state.uploads
    settings: IntakeSettings = request.app.state.settings
    address = address_of(request.scope)
    number, reporter = _proof(request, tracking_number, fields)
    steps = uploads.steps(address)
    async with guesses.watched(request.app.state.counters, address, number, acts=True):
        async with steps() as session:
            report, adding = await proving.may_add(session, number, reporter)
        if wrong is None:
            wanted = proving.wanted(report, adding)
            uploader = Uploader(None, None, address, request.app.state.keys)
            try:
                row = await uploads.take_in(uploader, _whole(first, rest), wanted, now=now)
                await add_at_once(request, row, wanted, now)
            except DomainError as error:
                if isinstance(error, Broken):
                    raise
                wrong = error
        async with steps() as session:
            asking = Asking(reporter, now, settings.replies_a_day)
            visit = Visit(session, number, asking, where.language, _post(request))
            found = await service.look_in(visit, _viewing(request, visit))
    if wrong is None:
        return _shown(where, visit, found, said=Said(done="file"))
    return _shown(where, visit, found, status=wrong.status, said=Said(wrong=_sentence(wrong, where.language)))


async def _whole(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


_Making = Callable[[Visit], Awaitable[str]]
_FILES: Mapping[str, tuple[_Making, str, str]] = {
    "receipt": (service.receipt, "tlog-proof", export.RECEIPT),
    "export": (service.copy_of_all, "json", "application/json"),
}


async def _file(request: Request, visit: Visit, what: str) -> Response:
    make, suffix, media_type = _FILES[what]
    async with _watched(request, visit, acts=False):
        content = await make(visit)
    headers = {
        "Content-Disposition": f'attachment; filename="{visit.number}.{suffix}"', "Cache-Control": "no-store",
    }  # fmt: skip
    return Response(content, media_type=media_type, headers=headers)


@contextlib.asynccontextmanager
async def _watched(request: Request, visit: Visit, *, acts: bool) -> AsyncIterator[None]:
    counters, address = request.app.state.counters, address_of(request.scope)
    async with guesses.watched(counters, address, visit.number, acts=acts):
        yield


def _refused(where: Where, number: str, error: DomainError) -> Response:
    """A wrong code is answered like a number that nobody has."""
    page = mailbox.ask_for_code(where, number[:20], wrong=_sentence(error, where.language))
    return _answer(where, page, status=error.status, headers=error.headers)


def _is_unknown(error: DomainError) -> bool:
    return isinstance(error, NotFound) and error.code == "unknown_report"


def _sentence(error: DomainError, language: Language) -> str:
    return indonesian(error.detail) if language is Language.ID else error.detail


def _where(request: Request, path: str) -> Where:
    root = _root(request)
    return Where(root + path, root + HERE, languages.of_page(request))


def _page_of(tracking_number: str) -> str:
    return f"{HERE}/{quote(tracking_number, safe='')}"


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root


def _answer(where: Where, page: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    said = {
        "Cache-Control": "no-store", "Content-Security-Policy": mailbox.POLICY, "Content-Language": where.language,
        **(headers or {}),
    }  # fmt: skip
    return HTMLResponse(page, status_code=status, headers=said)
