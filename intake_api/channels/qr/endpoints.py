"""The page of a printed code over HTTP. It is for browsers, and in no OpenAPI document."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from intake_api.channels.qr import service, talking
from intake_api.channels.qr.parts import SentParts
from intake_api.channels.qr.photos import take_photos
from intake_api.channels.qr.reading import NOTHING_TYPED, Form
from intake_api.channels.qr.service import PageForms
from intake_api.channels.qr.shown import ScannedCode
from intake_api.channels.qr.talking import Leading, PageAddress, Wrong
from intake_api.channels.qr.tokens import TokenState
from intake_api.uploads.bodies import pieces_of
from intake_api.uploads.ending import gone
from intake_api.uploads.form import boundary_of
from intake_api.uploads.service import Uploads
from intake_api.uploads.tus import Broken
from shared.domain.wording import Language
from shared.errors import DomainError, Invalid
from shared.http import languages
from shared.http.door.visitors import address_of
from shared.http.translating import indonesian
from shared.http.web import Now
from shared.settings import IntakeSettings

#: As it is printed: a QR code of capitals alone is smaller.
HERE, CODE, PRINTED = "/q", "/q/{code}", "/Q/{code}"

router = APIRouter(include_in_schema=False)

_MOST_CODE = 64
#: There is no such code, or no longer: whoever has it is led on to the page without one.
_NOT_OURS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@router.get(HERE)
async def show_form(request: Request, now: Now) -> Response:
    """`?code=`: as somebody has typed it from paper."""
    visit = _Visit(request, now)
    typed = "".join(one for one in request.query_params.get("code", "") if one.isalnum() and one.isascii())
    if typed:
        target = f"{visit.place.elsewhere}/{typed[:_MOST_CODE].upper()}?lang={visit.place.language}"
        return RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    return visit.form()


@router.get(PRINTED)
@router.get(CODE)
async def show_code(code: str, request: Request, now: Now) -> Response:
    """What the code pre-fills, and the ways to report from there."""
    visit = _Visit(request, now)
    try:
        await visit.scan(code)
    except DomainError as error:
        if error.status not in _NOT_OURS:
            raise
        return visit.without_code().form(error)
    return visit.form()


@router.post(HERE)
async def report(request: Request, now: Now) -> Response:
    """A report from the page without a code."""
    return await _take(_Visit(request, now), None)


@router.post(PRINTED)
@router.post(CODE)
async def report_by_code(code: str, request: Request, now: Now) -> Response:
    """The report of a form, which is in once however often it is sent; then its photos."""
    return await _take(_Visit(request, now), code)


async def _take(visit: "_Visit", text: str | None) -> Response:
    request, now = visit.request, visit.now
    parts = SentParts(boundary_of(request.headers.get("content-type")) or b"-", pieces_of(request))
    pages: PageForms = request.app.state.qr_pages
    form: Form = {}
    try:
        form = await parts.words()
        state = pages.check_shown(form, visit.signed(text), now)
        visit.token = form["once"] if state is TokenState.GOOD else None
        if text is not None:
            await visit.scan(text)
        taken = await pages.take(form, visit.scanned, state, address=visit.address, now=now)
        request.app.state.wake()
        photos = await take_photos(request, parts, taken.receipt, visit.address, now)
    except Broken:
        return gone(request)
    except DomainError as error:
        shown = visit.without_code() if error.status in _NOT_OURS else visit
        return shown.form(error, form)
    wrong = None if photos.wrong is None else _sentence(photos.wrong, visit.place.language)
    return _answer(visit.place, talking.receipt_page(visit.place, taken, photos.taken, wrong))


class _Visit:
    """Somebody at a page, of a code once that is known to be ours."""

    def __init__(self, request: Request, now: datetime) -> None:
        self.request = request
        self.now = now
        self.address = address_of(request.scope)
        self.code = ""
        self.scanned: ScannedCode | None = None
        #: Of the page that they sent: shown again it stays the same page, and what got lost on the way counts once.
        self.token: str | None = None

    @property
    def place(self) -> PageAddress:
        return place_of(self.request, self.code)

    def signed(self, text: str | None) -> str:
        """Raises NotFound for a code that we did not sign."""
        if text is not None:
            self.code = service.signed(self.request.app.state.keys, text)
        return self.code

    async def scan(self, text: str) -> None:
        """Raises NotFound, Revoked, Unavailable."""
        uploads: Uploads = self.request.app.state.uploads
        self.scanned = await service.scan(uploads.steps(self.address), self.signed(text), self.now)

    def without_code(self) -> "_Visit":
        return _Visit(self.request, self.now)

    def form(self, error: DomainError | None = None, typed: Form = NOTHING_TYPED) -> Response:
        settings: IntakeSettings = self.request.app.state.settings
        place, wrong = self.place, None
        if error is not None:
            field = error.pointer.rpartition("/")[2] if isinstance(error, Invalid) else None
            wrong = Wrong(_sentence(error, place.language), field, typed)
        token = self.token or service.new_token(self.request.app.state.keys, self.code, self.now)
        leading = Leading(settings.app_link, settings.whatsapp_number)
        page = talking.form_page(place, self.scanned, token, leading, wrong)
        return _answer(place, page, error)


def place_of(request: Request, code: str = "") -> PageAddress:
    root: str = request.scope.get("root_path", "")
    here = f"{root}{HERE}/{code}" if code else f"{root}{HERE}"
    return PageAddress(here, f"{root}{HERE}", root, languages.of_page(request), has_code=bool(code))


def _sentence(error: DomainError, language: Language) -> str:
    return indonesian(error.detail) if language is Language.ID else error.detail


def _answer(place: PageAddress, page: str, error: DomainError | None = None) -> HTMLResponse:
    said = {
        "Cache-Control": "no-store", "Content-Security-Policy": talking.POLICY, "Content-Language": place.language,
        **(error.headers if error else {}),
    }  # fmt: skip
    return HTMLResponse(page, status_code=error.status if error else HTTPStatus.OK, headers=said)
