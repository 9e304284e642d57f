"""Registered clients in one line, and what they prove themselves by."""

import base64
import json
import secrets
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.accounts import AccountKind, AccountState
from shared.schema import Account, ClientKey, ClientSecret
from tests.factories import NOON

Key = OKPKey | ECKey | RSAKey

ISSUER = "http://127.0.0.1:8002"
SECRET = "lapor_" + "s" * 43
FORM = "application/x-www-form-urlencoded"


@cache
def an_rsa_key() -> RSAKey:
    """The same for all: making one takes a tenth of a second."""
    return RSAKey.generate_key(2048)


async def a_system(
    session: AsyncSession, id: str = "super-app", *, secret: str | None = SECRET, key: Key | None = None, **changes: Any
) -> str:
    row: dict[str, Any] = {
        "id": id, "kind": AccountKind.SYSTEM, "role": "channel", "agency_code": "SAMARINDA-PU",
        "scopes": ["reports:submit", "reports:work"], "state": AccountState.ACTIVE, "name": "Super App",
        "grants": ["client_credentials"],
    }  # fmt: skip
    await session.execute(insert(Account), [row | changes])
    if secret is not None:
        await a_secret(session, id, secret)
    if key is not None:
        jwk = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
        values = {"account_id": id, "kid": "k1", "jwk": {**jwk, "kid": "k1"}, "created_at": NOON}
        await session.execute(insert(ClientKey), [values])
    return id


async def a_secret(session: AsyncSession, id: str, secret: str, *, expires_at: datetime | None = None) -> None:
    digest = sha256(secret.encode()).digest()
    values = {"id": uuid4(), "account_id": id, "secret_hash": digest, "created_at": NOON, "expires_at": expires_at}
    await session.execute(insert(ClientSecret), [values])


def basic(id: str = "super-app", secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()}


def assertion(
    key: Key, id: str = "super-app", *, algorithm: str = "Ed25519", kid: str | None = "k1", **changes: Any
) -> str:
    claims = {
        "iss": id, "sub": id, "aud": ISSUER, "jti": secrets.token_urlsafe(8), "iat": int(NOON.timestamp()),
        "exp": int((NOON + timedelta(minutes=1)).timestamp()),
    } | changes  # fmt: skip
    header = {"alg": algorithm} | ({} if kid is None else {"kid": kid})
    kept = {name: value for name, value in claims.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(kept).encode(), key, algorithms=[algorithm])


def signed(key: Key, id: str = "super-app", **changes: Any) -> dict[str, str]:
    """The form of a request for a token."""
    return form_of(assertion(key, id, **changes))


def form_of(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
