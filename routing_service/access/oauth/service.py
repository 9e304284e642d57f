"""What the issuer gives for what."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.oauth import forms
from routing_service.access.oauth.forms import Form
from routing_service.access.oauth.issuer import ACCESS_SECONDS, CLIENT_CREDENTIALS, GRANTS, Bearer, Issuer
from routing_service.access.oauth.queries import System
from routing_service.access.oauth.refusals import OAuthRefusal

Answer = dict[str, Any]


async def exchange(session: AsyncSession, issuer: Issuer, system: System, form: Form, *, now: datetime) -> Answer:
    """Tokens for what a client brings. Raises OAuthRefusal."""
    grant = forms.needed(form, "grant_type")
    if grant not in GRANTS:
        raise OAuthRefusal(f"The grant_type is none of {', '.join(GRANTS)}.", code="unsupported_grant_type")
    if grant not in system.grants or (grant == CLIENT_CREDENTIALS and system.is_public):
        raise OAuthRefusal("The client is not registered for this grant_type.", code="unauthorized_client")
    return _for_itself(issuer, system, form)


def _for_itself(issuer: Issuer, system: System, form: Form) -> Answer:
    scopes = forms.scopes(form, system.scopes)
    bearer = Bearer(system.id, system.role, system.agency, system.epoch)
    token = issuer.access_token(bearer, client_id=system.id, scopes=scopes, jti=secrets.token_urlsafe(16))
    return answer(token, scopes)


def answer(token: str, scopes: list[str], refresh_token: str | None = None) -> Answer:
    given: Answer = {"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}
    if scopes:
        given["scope"] = " ".join(scopes)
    if refresh_token is not None:
        given["refresh_token"] = refresh_token
    return given
