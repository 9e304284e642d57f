"""The way to somebody else's issuer and back. It is for browsers, and in no OpenAPI document."""

import hmac
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from routing_service.access import attempts, forms
from routing_service.access.federation import pending as pendings
from routing_service.access.federation import queries, service
from routing_service.access.federation.pending import Pending
from routing_service.access.federation.provider import CALLBACK, Provider
from routing_service.access.login import cookies, pages
from routing_service.access.login import endpoints as login
from routing_service.access.login import service as login_service
from routing_service.access.refusals import OAuthRefusal
from shared.database import Sessions
from shared.domain.wording import Language
from shared.errors import DomainError, NotFound, Unavailable
from shared.http import languages, translating
from shared.http.web import Now

COOKIE = "lapor_elsewhere"

router = APIRouter(include_in_schema=False)


@router.get(pages.ELSEWHERE)
async def start(request: Request, now: Now) -> Response:
    sessions: Sessions = request.app.state.sessions
    async with sessions.begin() as session:
        logged_in = await login.current(request, session, now)
    again = logged_in is not None and logged_in.is_whole  # who comes here all the same was asked to log in anew
    pending = pendings.begun(again=again, next=pages.wanted(request), now=now)
    try:
        target = await _provider(request).address_to_go_to(pending, now=now)
    except DomainError as error:
        return _told(request, error, pending)
    response = _see(target)
    cookies.write_cookie(request, response, COOKIE, pendings.sealed(request.app.state.keys, pending))
    return response


@router.get(CALLBACK)
async def come_back(request: Request, now: Now) -> Response:
    """No connection of the database is held while the other issuer is asked."""
    back = _said(request)
    pending = pendings.opened(request.app.state.keys, cookies.read(request, COOKIE) or "", now=now)
    try:
        provider = _provider(request)
    except NotFound as error:
        return _told(request, error, pending)
    if pending is None or not hmac.compare_digest(pending.state.encode(), back.get("state", "").encode()):
        attempts.failed(request)
        return _told(request, service.over(), None)
    sessions: Sessions = request.app.state.sessions
    try:
        async with sessions.begin() as session:
            wanted = await queries.claims_of(session, provider.issuer)
        claims = await provider.claims_told(back, pending, wanted, now=now)
        async with sessions.begin() as session:
            cookie = await service.log_in(
                session, provider.issuer, claims, once=pending.state, until=pending.ends_at, now=now
            )
            logged_in = await login_service.current(session, cookie, now=now)
            assert logged_in is not None
            response = await login.with_session(request, session, logged_in, pending.next, now)
    except DomainError as error:
        if not isinstance(error, Unavailable):
            attempts.failed(request)
        return _told(request, error, pending)
    cookies.write_cookie(request, response, cookies.LOG_IN, cookie)
    cookies.clear(request, response, COOKIE)
    return response


def _said(request: Request) -> Mapping[str, str]:
    try:
        return forms.parsed(request.scope["query_string"])
    except OAuthRefusal:
        return {}


def _provider(request: Request) -> Provider:
    """Raises NotFound."""
    found: Provider | None = request.app.state.provider
    if found is None:
        raise NotFound("People log in here, and nowhere else.", code="no_other_issuer")
    return found


def _see(target: str) -> Response:
    headers = {"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} | pages.IN_A_WINDOW
    return Response(status_code=303, headers=headers)


def _told(request: Request, error: DomainError, pending: Pending | None) -> Response:
    said = translating.indonesian(error.detail) if languages.of_page(request) is Language.ID else error.detail
    following = pending.next if pending else None
    response = pages.show(request, "elsewhere", detail=said, code=error.code, status=error.status, following=following)
    response.headers.update(error.headers)
    return response
