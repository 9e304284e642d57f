"""What the issuer gives for what, and takes back."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access import forms
from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.known import Known, System
from routing_service.access.accounts.secrets import digest, new_token
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, CODE, GRANTS, REFRESH
from routing_service.access.forms import Form
from routing_service.access.login.service import LoggedIn
from routing_service.access.oauth import queries
from routing_service.access.oauth.issuer import ACCESS_SECONDS, Bearer, Issuer, of_log_in
from routing_service.access.refusals import OAuthRefusal
from shared.ids import new_id
from shared.schema import TokenFamily

CODE_GOOD_FOR = timedelta(minutes=1)
REFRESH_GOOD_FOR, FAMILY_GOOD_FOR = timedelta(hours=24), timedelta(days=30)
REUSED, REVOKED = "reuse", "revoked"

Answer = dict[str, Any]


async def exchange(session: AsyncSession, issuer: Issuer, system: System, form: Form, *, now: datetime) -> Answer:
    """Tokens for what a client brings. Raises OAuthRefusal."""
    grant = forms.needed(form, "grant_type")
    if grant not in GRANTS:
        raise OAuthRefusal(f"The grant_type is none of {', '.join(GRANTS)}.", code="unsupported_grant_type")
    if grant not in system.grants or (grant == CLIENT_CREDENTIALS and system.is_public):
        raise OAuthRefusal("The client is not registered for this grant_type.", code="unauthorized_client")
    if grant == CODE:
        return await _for_code(session, issuer, system, form, now)
    if grant == REFRESH:
        return await _for_refresh_token(session, issuer, system, form, now)
    scopes = forms.scopes(form, system.scopes)
    bearer = Bearer(system.id, system.role, system.agency, system.epoch)
    return _answer(issuer.access_token(bearer, client_id=system.id, scopes=scopes), scopes)


async def give_code(
    session: AsyncSession, system: System, logged_in: LoggedIn, form: Form, scopes: Sequence[str], *, now: datetime
) -> str:
    """For somebody who is logged in. `scopes` are asked for; of them each token says those that are theirs by then."""
    code, account = new_token(), logged_in.account
    row = {
        "code_hash": digest(code), "account_id": account.id, "client_id": system.id, "epoch": account.epoch,
        "redirect_uri": form["redirect_uri"], "challenge": form["code_challenge"], "factors": logged_in.factors,
        "scopes": sorted(set(scopes)), "authenticated_at": logged_in.at,
        "expires_at": now + CODE_GOOD_FOR,
    }  # fmt: skip
    await queries.add_code(session, row)
    return code


async def _for_code(session: AsyncSession, issuer: Issuer, system: System, form: Form, now: datetime) -> Answer:
    code = await queries.lock_code(session, digest(forms.needed(form, "code")))
    verifier = forms.needed(form, "code_verifier")
    if code is None or code.client_id != system.id:
        raise _not_good()
    if code.family_id is not None:
        await queries.end_family(session, code.family_id, by=REUSED)
        raise _not_good()
    fits = form.get("redirect_uri", code.redirect_uri) == code.redirect_uri and _answers(verifier, code.challenge)
    if code.expires_at <= now or not fits:
        raise _not_good()
    account = await _bearer(session, code.account_id, code.epoch)
    code.family_id = new_id()
    family = {
        "id": code.family_id, "account_id": account.id, "client_id": system.id, "scopes": code.scopes,
        "factors": code.factors, "epoch": code.epoch, "authenticated_at": code.authenticated_at, "created_at": now,
        "expires_at": now + FAMILY_GOOD_FOR,
    }  # fmt: skip
    await queries.add_family(session, family)
    scopes = sorted(set(code.scopes) & set(account.scopes))
    return await _of_family(session, issuer, system, account, TokenFamily(**family), scopes, now)


async def _for_refresh_token(
    session: AsyncSession, issuer: Issuer, system: System, form: Form, now: datetime
) -> Answer:
    found = await queries.refresh_token(session, digest(forms.needed(form, "refresh_token")), lock=True)
    if found is None or found[1].client_id != system.id:
        raise _not_good()
    token, family = found
    if token.used_at is not None:  # whoever brings it, one of the two stole it
        await queries.end_family(session, family.id, by=REUSED)
        raise _not_good()
    if family.ended_at is not None or min(token.expires_at, family.expires_at) <= now:
        raise _not_good()
    account = await _bearer(session, family.account_id, family.epoch)
    scopes = forms.scopes(form, set(family.scopes) & set(account.scopes))
    token.used_at = now
    return await _of_family(session, issuer, system, account, family, scopes, now)


async def _of_family(
    session: AsyncSession, issuer: Issuer, system: System, account: Known, family: TokenFamily, scopes: Sequence[str],
    now: datetime,
) -> Answer:  # fmt: skip
    bearer = Bearer(account.id, account.role, account.agency, account.epoch)
    more = of_log_in(family.id, family.factors, family.authenticated_at)
    access = issuer.access_token(bearer, client_id=system.id, scopes=scopes, **more)
    if REFRESH not in system.grants:
        return _answer(access, scopes)
    refresh = new_token()
    row = {"token_hash": digest(refresh), "family_id": family.id, "created_at": now}
    await queries.add_refresh_token(session, row | {"expires_at": now + REFRESH_GOOD_FOR})
    return _answer(access, scopes) | {"refresh_token": refresh}


async def _bearer(session: AsyncSession, account_id: str, epoch: int) -> Known:
    """As they are now. Raises OAuthRefusal: they were shut out since."""
    account = await accounts.account(session, account_id)
    if account is None or not account.gets_in or account.epoch != epoch:
        raise _not_good()
    return account


async def take_back(session: AsyncSession, system: System, token: str, claims: Answer | None) -> None:
    """RFC 7009: a refresh token with all of its family, an access token alone; of that client, and else nothing."""
    found = await queries.refresh_token(session, digest(token))
    if found is not None and found[1].client_id == system.id:
        await queries.end_family(session, found[1].id, by=REVOKED)
    elif claims is not None and claims["client_id"] == system.id:
        await queries.revoke(session, claims["jti"], expires_at=_instant(claims["exp"]))


async def told(
    session: AsyncSession, token: str, claims: Answer | None, *, client_id: str | None, now: datetime
) -> Answer:
    """RFC 7662: what a token is worth at this moment. `client_id`: whose alone are told of; None: all."""
    said = await _told_of_refresh(session, token, now) if claims is None else await _told_of_access(session, claims)
    return said if said is not None and client_id in (None, said["client_id"]) else {"active": False}


async def _told_of_access(session: AsyncSession, claims: Answer) -> Answer | None:
    account = await accounts.account(session, claims["sub"])
    ended = "sid" in claims and await queries.family_has_ended(session, UUID(claims["sid"]))
    if ended or account is None or not account.gets_in or account.epoch != claims["epoch"]:
        return None
    if await queries.is_revoked(session, claims["jti"]):
        return None
    return {"active": True, "token_type": "Bearer", **claims}


async def _told_of_refresh(session: AsyncSession, token: str, now: datetime) -> Answer | None:
    found = await queries.refresh_token(session, digest(token))
    if found is None or found[0].used_at or found[1].ended_at:
        return None
    expires_at = min(found[0].expires_at, found[1].expires_at)
    said = {"client_id": found[1].client_id, "sub": found[1].account_id, "exp": int(expires_at.timestamp())}
    return {"active": True, **said} if expires_at > now else None


def _answer(token: str, scopes: Sequence[str]) -> Answer:
    given: Answer = {"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}
    return given | ({"scope": " ".join(scopes)} if scopes else {})


def _answers(verifier: str, challenge: str) -> bool:
    """S256 of RFC 7636."""
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(hashed, challenge.encode())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _not_good() -> OAuthRefusal:
    return OAuthRefusal("This is not good, or not any more; log in again.", code="invalid_grant")
