"""Where a client sends somebody to log in, and from where they come back with a code (RFC 6749, 7636, 9207)."""

import re
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access import forms
from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.known import System
from routing_service.access.accounts.systems import CODE
from routing_service.access.forms import Form
from routing_service.access.login import endpoints as login
from routing_service.access.login import pages
from routing_service.access.oauth import service
from routing_service.access.oauth.issuer import AUTHORIZE, Issuer
from routing_service.access.refusals import OAuthRefusal
from shared.database import Session
from shared.http.tokens import SUBJECT
from shared.http.web import Now

router = APIRouter(include_in_schema=False)

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@router.get(AUTHORIZE)
async def authorize(request: Request, session: Session, now: Now) -> Response:
    """A code, after a log-in where there is none. A client is told what is wrong only where its address is certain."""
    try:
        form = forms.parsed(request.scope["query_string"])
        system = await _client(session, form, now)
    except OAuthRefusal:
        return pages.show(request, "refused", status=400)
    try:
        scopes = _checked(form, system)
        logged_in = await login.current(request, session, now)
        if logged_in is None or not logged_in.is_whole or form.get("prompt") == "login":
            if form.get("prompt") == "none":
                raise OAuthRefusal("Nobody is logged in.", code="login_required")
            asked = urlencode({name: value for name, value in form.items() if name != "prompt"})
            return pages.redirect_to(request, pages.HERE, next=f"{AUTHORIZE}?{asked}")
        code = await service.give_code(session, system, logged_in, form, scopes, now=now)
    except OAuthRefusal as error:
        return _back(request, form, {"error": error.code, "error_description": error.detail})
    return _back(request, form, {"code": code})


async def _client(session: AsyncSession, form: Form, now: Now) -> System:
    """Raises OAuthRefusal: to an address that is not registered nobody is sent."""
    id = forms.needed(form, "client_id")
    system = await accounts.system(session, id, now=now) if SUBJECT.fullmatch(id) else None
    if system is None or not system.gets_in or forms.needed(form, "redirect_uri") not in system.redirect_uris:
        raise OAuthRefusal(
            "There is no such client, or it is not registered for this redirect_uri.", code="invalid_request"
        )
    return system


def _checked(form: Form, system: System) -> list[str]:
    """The scopes that are asked for. Raises OAuthRefusal."""
    if forms.needed(form, "response_type") != "code":
        raise OAuthRefusal("The response_type is not code.", code="unsupported_response_type")
    if CODE not in system.grants:
        raise OAuthRefusal("The client is not registered for this grant_type.", code="unauthorized_client")
    if form.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(form.get("code_challenge", "")):
        raise OAuthRefusal("Send a code_challenge, with code_challenge_method=S256.", code="invalid_request")
    if form.get("response_mode", "query") != "query":
        raise OAuthRefusal("The response_mode is not query.", code="invalid_request")
    return forms.scopes(form, system.scopes)


def _back(request: Request, form: Form, told: dict[str, str]) -> Response:
    issuer: Issuer = request.app.state.issuer
    told = {**told, "iss": issuer.url} | ({"state": form["state"]} if "state" in form else {})
    uri = form["redirect_uri"]
    target = f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}"
    headers = {"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} | pages.IN_A_WINDOW
    return Response(status_code=303, headers=headers)
