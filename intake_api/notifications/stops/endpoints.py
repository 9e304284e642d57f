"""Where the mails lead whoever wants no more of them. In no document: mail programs and browsers come here."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from intake_api.notifications.stops import page, service
from intake_api.notifications.stops.page import Of
from intake_api.notifications.tokens import UNSUBSCRIBE, report_of
from shared.database import Session
from shared.domain.wording import Language
from shared.http.languages import AskedLanguage
from shared.http.web import Now
from shared.keys.purposes import KeyPurpose
from shared.schema import Report

router = APIRouter(prefix=UNSUBSCRIBE, include_in_schema=False)

Token = Annotated[str, Path(max_length=200)]
Asked = Annotated[Language | None, Query(alias="lang")]


@router.get("/{token}")
async def show_unsubscribing(
    token: Token, request: Request, session: Session, preferred: AskedLanguage, lang: Asked = None
) -> HTMLResponse:
    """Changes nothing: programs that look at mails open every link in them."""
    report = await _report(request, session, token)
    return _page(report, lang or preferred)


@router.post("/{token}")
async def unsubscribe(
    token: Token, request: Request, session: Session, preferred: AskedLanguage, now: Now, lang: Asked = None
) -> HTMLResponse:
    """One click in a mail program (RFC 8058) ends the mails about the report; the page can end all of them."""
    report = await _report(request, session, token)
    if report is None:
        return _page(None, lang or preferred)
    of = Of.ADDRESS if await _asks_for_all(request) else Of.REPORT
    await service.stop(session, report, of, now=now)
    return _page(report, lang or preferred, done=of)


async def _asks_for_all(request: Request) -> bool:
    """A mail program may send `List-Unsubscribe=One-Click` as it likes: that asks for the least."""
    sent = await request.body()
    try:
        return parse_qs(sent.decode("latin-1"), max_num_fields=10).get("of") == [Of.ADDRESS.value]
    except ValueError:
        return False


async def _report(request: Request, session: Session, token: str) -> Report | None:
    """None: no mail of ours led here."""
    report_id = report_of(request.app.state.keys.secrets(KeyPurpose.UNSUBSCRIBING), token)
    return None if report_id is None else await service.report_of_mails(session, report_id)


def _page(report: Report | None, language: Language, *, done: Of | None = None) -> HTMLResponse:
    """What a mail program reads is the status; whoever followed half a link reads the sentence."""
    headers = {"Content-Security-Policy": page.POLICY, "Content-Language": language.value}
    if report is None:
        return HTMLResponse(page.no_link(language), status_code=404, headers=headers)
    return HTMLResponse(page.html(report.tracking_number, language, done=done), headers=headers)
