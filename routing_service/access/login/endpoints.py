"""The page over HTTP. It is for browsers, and in no OpenAPI document."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access import attempts, forms
from routing_service.access.accounts import secrets
from routing_service.access.accounts import service as accounts
from routing_service.access.board import service as board
from routing_service.access.login import codes, cookies, known_browsers, pages, passkeys, passwords, service
from routing_service.access.login.pages import HERE
from routing_service.access.login.service import LoggedIn
from shared.database import Session
from shared.domain.wording import Language
from shared.errors import DomainError, NotFound
from shared.http import languages, translating
from shared.http.sessions import OptionalSession
from shared.http.web import Now
from shared.pages import forms as board_forms

SECOND, LOGOUT, INVITATION = "/oauth/login/second", "/oauth/logout", "/oauth/invitations/{token}"

router = APIRouter(include_in_schema=False)


@router.get(HERE)
async def page(request: Request, session: Session, now: Now) -> Response:
    logged_in, target = await current(request, session, now), pages.wanted(request)
    if logged_in is not None and logged_in.is_whole and pages.is_board(target):
        if board.seconds_left(logged_in.at, now):
            return await with_session(request, session, logged_in, target, now)
        return pages.show(request, "password")
    if logged_in is None or not logged_in.is_whole or target:
        return pages.show(request, "password")
    adds = service.PASSWORD in logged_in.factors
    return pages.show(request, "inside", email=logged_in.account.email, adds=adds)


@router.post(HERE)
async def log_in(request: Request, session: Session, now: Now) -> Response:
    form = await cookies.form_of_page(request)
    if form is None:
        return pages.show(request, "password", wrong="wrong_form", status=400)
    email = form.get("email", "").strip()
    try:
        taken = await attempts.begin(request, email.lower(), known_browsers.known(request, email, now=now))
    except DomainError as error:
        return _not_now(request, error)
    account = await service.by_password(session, email, form.get("password", ""))
    if account is None:
        attempts.failed(request)
        return pages.show(request, "password", wrong="wrong_password", status=401)
    await attempts.succeeded(taken)
    cookie = await service.begin(session, account, [service.PASSWORD], now=now)
    return _with(request, pages.redirect_to(request, SECOND, next=pages.wanted(request)), cookie)


@router.get(SECOND)
async def second(request: Request, session: Session, now: Now) -> Response:
    logged_in = await current(request, session, now)
    if logged_in is None or logged_in.is_whole:
        return pages.redirect_to(request, HERE, next=pages.wanted(request))
    return await _ask(request, session, logged_in)


@router.post(SECOND)
async def prove(request: Request, session: Session, now: Now) -> Response:
    form = await cookies.form_of_page(request)
    logged_in = await current(request, session, now)
    if logged_in is None or logged_in.is_whole or form is None:
        return pages.show(request, "refused", wrong="wrong_time", status=400)
    try:
        account = logged_in.account
        taken = await attempts.begin(request, account.id, known_browsers.known(request, account.email or "", now=now))
        async with session.begin_nested():  # what was set up by a link that is over is not set up
            step = await service.second_step(session, logged_in, request.app.state.keys, _party(request), lock=True)
            factor = await step.proven(session, form, now=now)
            cookie = await service.go_on(session, logged_in, factor, now=now) if factor else None
    except DomainError as error:
        return _not_now(request, error)
    if cookie is None:
        attempts.failed(request)
        return await _ask(request, session, logged_in, wrong="wrong_code", status=401)
    await attempts.succeeded(taken)
    target, proven = pages.wanted(request), replace(logged_in, factors=[*logged_in.factors, factor or ""], at=now)
    to = pages.redirect_to(request, HERE) if target is None else None
    response = _with(request, to or await with_session(request, session, proven, target, now), cookie)
    known_browsers.remember(request, response, account.email, now=now)
    return response


async def _ask(
    request: Request, session: AsyncSession, logged_in: LoggedIn, *, wrong: str | None = None, status: int = 200
) -> Response:
    step = await service.second_step(session, logged_in, request.app.state.keys, _party(request))
    if not step.sets_up and not step.has_any:
        return pages.show(request, "refused", wrong="no_second", status=403)
    if not step.sets_up:
        passkey = (
            passkeys.asked(step.party, step.known, logged_in.cookie) if step.known and step.party.has_name else None
        )
        has_codes = logged_in.account.totp_secret is not None
        return pages.show(request, "second", wrong=wrong, status=status, passkey=passkey, has_codes=has_codes)
    return _offer(request, step, "set_up", wrong=wrong, status=status)


def _offer(request: Request, step: service.SecondStep, page: str, *, status: int = 200, **values: Any) -> Response:
    """A new key of codes, and a passkey where there can be one."""
    account, keys, passkey = step.logged_in.account, request.app.state.keys, None
    secret, email = codes.new_secret(), account.email or account.id
    uri = codes.uri(secret, email)
    if step.party.has_name and len(step.known) < service.MOST_PASSKEYS:
        passkey = passkeys.offered(step.party, account.id, email, step.moment, step.known)
    return pages.show(
        request, page, status=status, passkey=passkey, secret=secret, uri=uri, picture=codes.picture(uri), step=step,
        spaced=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        sealed=codes.sealed(keys, secret, step.logged_in.cookie).hex(), **values,
    )  # fmt: skip


@router.get(pages.PROOFS)
async def own_proofs(request: Request, session: Session, now: Now) -> Response:
    """What somebody proves themselves by, and how they add to it, after a log-in of just now."""
    logged_in = await current(request, session, now)
    if logged_in is None or not logged_in.may_add_proofs(now):
        return pages.redirect_to(request, HERE, next=pages.PROOFS)
    step = await service.second_step(session, logged_in, request.app.state.keys, _party(request))
    return _offer(request, step, "proofs")


@router.post(pages.PROOFS)
async def add_proof(request: Request, session: Session, now: Now) -> Response:
    form = await cookies.form_of_page(request)
    logged_in = await current(request, session, now)
    if logged_in is None or not logged_in.may_add_proofs(now) or form is None:
        return pages.show(request, "refused", wrong="wrong_time", status=400)
    keys, party = request.app.state.keys, _party(request)
    try:
        step = await service.second_step(session, logged_in, keys, party, lock=True)
        credential = form.get("credential")
        added = await (
            step.adds_passkey(session, credential, now) if credential else step.sets_codes(session, form, now)
        )
    except DomainError as error:
        return _not_now(request, error)
    if not added:
        return _offer(request, step, "proofs", wrong="wrong_code", status=401)
    return _offer(request, await service.second_step(session, logged_in, keys, party), "proofs", told="proof_added")


@router.get(INVITATION)
async def invitation(token: str, request: Request, session: Session, now: Now) -> Response:
    try:
        account = await accounts.invited(session, token, now=now)
    except NotFound as error:
        return _not_now(request, error)
    return pages.show(request, "invitation", email=account.email)


@router.post(INVITATION)
async def take_up(token: str, request: Request, session: Session, now: Now) -> Response:
    """The password that they chose, and then at once their second proof: by the password alone nobody sets one."""
    form = await cookies.form_of_page(request)
    try:
        account = await accounts.invited(session, token, now=now)
        wrong = _wrong(form, account.email)
        if form is None or wrong is not None:
            return pages.show(request, "invitation", email=account.email, wrong=wrong, status=400)
        hashed = await passwords.hashed(form["password"])
        account = await accounts.choose_password(session, token, password_hash=hashed, now=now)
    except NotFound as error:
        attempts.failed(request)
        return _not_now(request, error)
    link = secrets.digest(token)
    cookie = await service.begin(session, account, [service.PASSWORD], now=now, invitation=link)
    return _with(request, pages.redirect_to(request, SECOND), cookie)


def _wrong(form: forms.Form | None, email: str | None) -> str | None:
    if form is None:
        return "wrong_form"
    if not passwords.is_good(form.get("password", ""), email):
        return "bad_password"
    return None if form["password"] == form.get("again") else "not_the_same"


@router.post(LOGOUT)
async def log_out(request: Request, session: Session, now: Now, client: OptionalSession) -> Response:
    """By the form of our own page, or by that of the bar of any page of officers."""
    at_board = client is not None and board_forms.is_tied(request, await board_forms.read_form(request))
    if not at_board and await cookies.form_of_page(request) is None:
        return pages.show(request, "refused", wrong="wrong_form", status=400)
    logged_in = await current(request, session, now)
    if logged_in is not None:
        await service.log_out(session, logged_in, now=now)
    if client is not None:
        await service.end_sessions(session, client.sub, now=now)
    response = pages.show(request, "outside")
    for name in (cookies.LOG_IN, cookies.SESSION):
        cookies.clear(request, response, name)
    return response


@router.get("/oauth/passkey.js")
async def script() -> Response:
    return Response(pages.script(), media_type="text/javascript", headers={"Cache-Control": "public, max-age=300"})


async def current(request: Request, session: AsyncSession, now: Now) -> LoggedIn | None:
    return await service.current(session, cookies.read(request, cookies.LOG_IN), now=now)


async def with_session(
    request: Request, session: AsyncSession, logged_in: LoggedIn, target: str | None, now: Now
) -> Response:
    """For whoever wanted a page of officers; nobody else has a session there until they come to one."""
    response = pages.go_to(request, target)
    if not pages.is_board(target):
        return response
    state = request.app.state
    value = await board.begin(
        session, state.keys, state.settings, logged_in.account, logged_in.factors, since=logged_in.at, now=now
    )
    cookies.write_cookie(request, response, cookies.SESSION, value)
    return response


def _party(request: Request) -> passkeys.RelyingParty:
    return passkeys.RelyingParty(request.app.state.settings.issuer_url)


def _with(request: Request, response: Response, cookie: str) -> Response:
    cookies.write_cookie(request, response, cookies.LOG_IN, cookie)
    return response


def _not_now(request: Request, error: DomainError) -> Response:
    said = translating.indonesian(error.detail) if languages.of_page(request) is Language.ID else error.detail
    response = pages.show(request, "refused", detail=said, status=error.status)
    response.headers.update(error.headers)
    return response
