"""By what a client proves itself: a secret (client_secret_basic), or a signature (private_key_jwt)."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import unquote_plus

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.known import System
from routing_service.access.accounts.secrets import digest
from routing_service.access.forms import Form
from routing_service.access.oauth import assertions, queries
from routing_service.access.refusals import OAuthRefusal, unknown_client
from shared.http.tokens import SUBJECT

#: What the secret of an unknown client is compared with.
_NOBODYS = [secrets.token_bytes(32)]


def claimed(form: Form, authorization: str | None) -> str:
    """Who it says that it is; nothing is proven yet. Raises OAuthRefusal."""
    if authorization is not None:
        return _basic(authorization)[0]
    id = assertions.subject_of(form["client_assertion"]) if "client_assertion" in form else form.get("client_id")
    if id is None:
        raise unknown_client()
    return id


async def authenticate(
    session: AsyncSession, form: Form, authorization: str | None, *, audiences: frozenset[str], now: datetime
) -> System:
    """Raises OAuthRefusal, which says the same of an unknown client and of a wrong secret, and takes as long."""
    if "client_secret" in form or (authorization is not None and "client_assertion" in form):
        raise OAuthRefusal("Send a secret by HTTP Basic alone, or an assertion alone.", code="invalid_request")
    if "client_assertion" in form and form.get("client_assertion_type") != assertions.TYPE:
        raise OAuthRefusal(f"Set client_assertion_type to {assertions.TYPE}.", code="invalid_request")
    id = claimed(form, authorization)
    if form.get("client_id", id) != id or not SUBJECT.fullmatch(id):
        raise unknown_client()
    system = await accounts.system(session, id, now=now)
    if authorization is not None:
        proven = _knows_secret(system, _basic(authorization)[1])
    elif "client_assertion" in form:
        proven = system is not None and await _signed(session, system, form["client_assertion"], audiences, now)
    else:
        proven = system is not None and system.is_public
    if system is None or not proven or not system.gets_in:
        raise unknown_client()
    return system


def _basic(authorization: str) -> tuple[str, str]:
    """Name and secret, each encoded as in a form (RFC 6749, 2.3.1). Raises OAuthRefusal."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise unknown_client() from None
    if scheme.lower() != "basic" or not colon:
        raise unknown_client()
    return unquote_plus(id), unquote_plus(secret)


def _knows_secret(system: System | None, secret: str) -> bool:
    hashes = (system.secret_hashes if system else None) or _NOBODYS
    given = digest(secret)
    return any(hmac.compare_digest(given, one) for one in hashes)


async def _signed(
    session: AsyncSession, system: System, assertion: str, audiences: frozenset[str], now: datetime
) -> bool:
    used = assertions.proven(assertion, system.keys, id=system.id, audiences=audiences, now=now)
    return used is not None and await queries.use_assertion(session, system.id, used[0], expires_at=used[1])
