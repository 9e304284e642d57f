"""The issuer over HTTP. In no OpenAPI document: what it takes and answers is the standards', and libraries know it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access import attempts, forms
from routing_service.access.accounts.known import System
from routing_service.access.oauth import clients, service
from routing_service.access.oauth.issuer import INTROSPECT, JWKS, METADATA, REVOKE, TOKEN, Issuer
from routing_service.access.refusals import OAuthRefusal, answer_of, unknown_client
from shared.clients import Client, Role
from shared.database import Session
from shared.errors import NotFound
from shared.http import openly
from shared.http.auth import allow
from shared.http.tokens import Behind, Tokens
from shared.http.web import Now
from shared.keys.purposes import KeyPurpose

router = APIRouter(include_in_schema=False)

_OPERATORS = allow(Role.OPERATOR)
_Tag = Annotated[str | None, Header(alias="If-None-Match", max_length=200)]


@router.post(TOKEN)
async def token(request: Request, session: Session, now: Now) -> Response:
    return await answer_of(request, _tokens(request, session, now))


async def _tokens(request: Request, session: AsyncSession, now: Now) -> dict[str, Any]:
    form = await forms.read_form(request)
    system = await authenticated(request, session, form, now)
    return await service.exchange(session, issuer_of(request), system, form, now=now)


async def authenticated(request: Request, session: AsyncSession, form: forms.Form, now: Now) -> System:
    """The client that asks, counted as a try to get in. Raises OAuthRefusal, TooManyRequests."""
    authorization = request.headers.get("authorization")
    claimed = clients.claimed(form, authorization)
    await attempts.begin_token(request, claimed)
    audiences = issuer_of(request).audiences
    try:
        system = await clients.authenticate(session, form, authorization, audiences=audiences, now=now)
    except OAuthRefusal:
        await attempts.failed_token(request, claimed)
        raise
    await attempts.proved_token(request, claimed)
    return system


@router.post(REVOKE)
async def revoke(request: Request, session: Session, now: Now) -> Response:
    return await answer_of(request, _revoked(request, session, now))


async def _revoked(request: Request, session: AsyncSession, now: Now) -> None:
    form = await forms.read_form(request)
    system = await authenticated(request, session, form, now)
    token = forms.needed(form, "token")
    await service.take_back(session, system, token, request.app.state.tokens.issued(token))


@router.post(INTROSPECT)
async def introspect(request: Request, session: Session, now: Now) -> Response:
    return await answer_of(request, _told(request, session, now))


async def _told(request: Request, session: AsyncSession, now: Now) -> dict[str, Any]:
    """Operators are told of all tokens, a client of its own. Raises OAuthRefusal, Unauthenticated, Forbidden."""
    form = await forms.read_form(request)
    authorization = request.headers.get("authorization", "")
    client_id = None
    if authorization.lower().startswith("bearer "):
        _OPERATORS.check(await _bearer(request, authorization.partition(" ")[2].strip()))
    else:
        system = await authenticated(request, session, form, now)
        if system.is_public:
            raise unknown_client()
        client_id = system.id
    token = forms.needed(form, "token")
    return await service.told(session, token, request.app.state.tokens.issued(token), client_id=client_id, now=now)


async def _bearer(request: Request, token: str) -> Client:
    """Raises Unauthenticated, Behind."""
    tokens: Tokens = request.app.state.tokens
    try:
        return tokens.verify(token)
    except Behind:
        await tokens.catch_up()
        return tokens.verify(token)


@router.get(JWKS)
async def jwks(request: Request, if_none_match: _Tag = None) -> Response:
    keys = request.app.state.keys.public.jwks(KeyPurpose.TOKENS)
    return openly.answered(json.dumps(keys).encode(), if_none_match)


@router.get(METADATA)
async def metadata(request: Request, if_none_match: _Tag = None) -> Response:
    return openly.answered(json.dumps(issuer_of(request).metadata()).encode(), if_none_match)


@router.get(METADATA + "/{path:path}")
async def metadata_of_path(path: str, request: Request, if_none_match: _Tag = None) -> Response:
    """Where RFC 8414 looks for an issuer whose name has a path."""
    if f"/{path}" != issuer_of(request).path:
        raise NotFound("There is no such issuer here.")
    return await metadata(request, if_none_match)


def issuer_of(request: Request) -> Issuer:
    issuer: Issuer = request.app.state.issuer
    return issuer
