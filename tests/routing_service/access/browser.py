"""Somebody in front of a browser without scripts, and what they prove themselves by."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pyotp
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service as accounts
from routing_service.access.accounts.known import Known
from routing_service.access.login import codes
from shared.schema import Account
from tests.accounts import BY, an_officer, an_officer_with_account
from tests.factories import NOON
from tests.routing_service.access.systems import a_system
from tests.routing_service.driving import Clock

EMAIL, PASSWORD = "sari@samarinda.go.id", "empat kata yang panjang"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BACK = "https://app.example/kembali"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
GRANTS = ["authorization_code", "refresh_token"]

Query = dict[str, str]


#: argon2id that costs nothing: what a hash takes stands in it.
QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


@cache
def quick_hash(password: str = PASSWORD) -> str:
    return QUICK.hash(password)


async def sari(session: AsyncSession, app: FastAPI, *, codes_set_up: bool = True) -> Known:
    """A liaison officer with an account, a password and an app of one-time codes."""
    account = await an_officer_with_account(session, email=EMAIL)
    secret = codes.sealed(app.state.keys, SECRET, account.id) if codes_set_up else None
    values: dict[str, Any] = {"password_hash": quick_hash(), "totp_secret": secret}
    await session.execute(update(Account).where(Account.id == account.id).values(**values))
    return account


async def an_app(session: AsyncSession, **changes: Any) -> str:
    """A public client that people log in by."""
    row = {"secret": None, "grants": GRANTS, "redirect_uris": [BACK], "scopes": ["reports:import", "reports:work"]}
    return await a_system(session, "app", **row | changes)


async def sari_invited(session: AsyncSession) -> str:
    """Who has no proof yet. Her link."""
    account = await accounts.account_for_officer(session, await an_officer(session, email=EMAIL))
    return (await accounts.invite(session, account.id, by=BY, now=NOON)).token


@dataclass
class Browser:
    http: httpx.AsyncClient
    clock: Clock

    async def fill(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """The form of a page, with what is hidden in it."""
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert action is not None, page.text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return await self.http.post(unescape(action[1]), data=hidden | fields)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """To the next page of ours."""
        while answer.is_redirect and not answer.headers["location"].startswith(BACK):
            answer = await self.http.get(answer.headers["location"])
        return answer

    async def asks(self, **changes: str | None) -> httpx.Response:
        """What the app sends the browser to."""
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": "app", "redirect_uri": BACK, "state": "s&1",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        given = {name: value for name, value in (asked | changes).items() if value is not None}
        return await self.follow(await self.http.get(f"/oauth/authorize?{urlencode(given)}"))

    async def logs_in(self, page: httpx.Response, password: str = PASSWORD, secret: str = SECRET) -> httpx.Response:
        second = await self.follow(await self.fill(page, email=EMAIL, password=password))
        return await self.follow(await self.fill(second, code=self.code(secret)))

    async def takes_up(self, link: str, password: str = PASSWORD) -> httpx.Response:
        """The page where the second proof is set up."""
        page = await self.http.get(f"/oauth/invitations/{link}")
        return await self.follow(await self.fill(page, password=password, again=password))

    def code(self, secret: str = SECRET, *, steps: int = 0) -> str:
        return pyotp.TOTP(secret).at(self.clock.now, counter_offset=steps)

    async def brings(self, code: str, **changes: str | None) -> httpx.Response:
        """What the app sends to get tokens."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code", "client_id": "app", "redirect_uri": BACK, "code": code,
            "code_verifier": VERIFIER,
        }  # fmt: skip
        given = {name: value for name, value in (form | changes).items() if value is not None}
        return await self.http.post("/oauth/token", data=given)

    async def refreshes(self, token: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": token}
        return await self.http.post("/oauth/token", data=form | changes)


def told(answer: httpx.Response) -> Query:
    """What the browser brings the app."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(BACK)
    return {name: one for name, (one,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}
