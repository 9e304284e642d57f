"""Clients of other people, unmodified, get tokens from our issuer in every way that it has."""

import asyncio
import json
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import URL, insert, update

from routing_service.access.accounts import systems
from routing_service.access.accounts.systems import CLIENT_CREDENTIALS, CODE, REFRESH, SystemDraft
from routing_service.access.login import codes
from services.database import engine_for
from shared.clients import Role
from shared.clock import utc_now
from shared.database import create_sessions
from shared.domain.accounts import AccountKind, AccountState
from shared.http.tokens import Tokens
from shared.keys.held import Keys
from shared.keys.public import PublicKeys
from shared.schema import Account
from shared.settings import Settings
from tests.accounts import a_person
from tests.conftest import clone, drop
from tests.contract import tools
from tests.forks import ForkedStack
from tests.routing_service.access.browser import PASSWORD, SECRET, quick_hash
from tests.stack.driving import ROUTING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs the clients"),
]

EMAIL = "operator@lapor.example"
BACK = "http://127.0.0.1:9999/kembali"
SCRIPT = Path(__file__).with_name("oauth_clients.mjs")


@dataclass(frozen=True)
class Issuer:
    url: str
    system: str
    app: str
    secret: str
    key: ECKey
    rsa: RSAKey
    tokens: Tokens


@pytest.fixture
async def issuer(server: URL, seeded: URL, tmp_path: Path) -> AsyncIterator[Issuer]:
    """A running stack with a system, a public client and an operator who has a password and codes."""
    database = await clone(server, seeded)
    text = database.render_as_string(hide_password=False)
    async with ForkedStack(text, home=tmp_path / "home") as stack:
        environment = stack.keys.environment_of(ROUTING)
        keys = Keys(Settings(database_url=text, keys_file=Path(environment["LAPOR_KEYS_FILE"]),
                             public_keys_file=Path(environment["LAPOR_PUBLIC_KEYS_FILE"])))  # fmt: skip
        key = ECKey.generate_key("P-256", parameters={"kid": "k1"})
        url = stack.url(ROUTING)
        rsa = RSAKey.generate_key(2048, parameters={"kid": "k2"})
        secret = await _filled(text, keys, key, rsa)
        tokens = Tokens(lambda: PublicKeys(keys.public.keys), issuer=url, production=True)
        yield Issuer(url, "a-system", "an-app", secret, key, rsa, tokens)
    await drop(server, database)


async def _filled(database_url: str, keys: Keys, *signing: ECKey | RSAKey) -> str:
    engine = engine_for(database_url)
    async with create_sessions(engine).begin() as session:
        draft = SystemDraft("System", Role.CHANNEL, id="a-system", channels=("whatsapp",), scopes=("reports:submit",),
                            grants=(CLIENT_CREDENTIALS,))  # fmt: skip
        await systems.create_system(session, draft)
        secret = await systems.add_secret(session, "a-system", now=utc_now())
        for key in signing:
            await systems.add_key(session, "a-system", key.as_dict(private=False), now=utc_now())
        app = {"id": "an-app", "kind": AccountKind.SYSTEM, "role": Role.CHANNEL.value, "state": AccountState.ACTIVE,
               "name": "App", "grants": [CODE, REFRESH], "redirect_uris": [BACK], "scopes": []}  # fmt: skip
        await session.execute(insert(Account).values(app))
        account = await a_person(session, email=EMAIL)
        sealed = codes.sealed(keys, SECRET, account.id)
        proofs = update(Account).where(Account.id == account.id).values(password_hash=quick_hash(), totp_secret=sealed)
        await session.execute(proofs)
    await engine.dispose()
    return secret.text


class Person:
    """In front of a browser: logs in once, and is known after that."""

    def __init__(self, issuer: Issuer) -> None:
        self.http = httpx.AsyncClient(base_url=issuer.url, trust_env=False)

    async def goes(self, url: str) -> str:
        """To where an app sent them, and back with what it waits for."""
        answer = await self.http.get(url)
        while not answer.headers.get("location", "").startswith(BACK):
            if answer.is_redirect:
                answer = await self.http.get(answer.headers["location"])
            else:
                answer = await self._fills(answer)
        return answer.headers["location"]

    async def _fills(self, page: httpx.Response) -> httpx.Response:
        assert page.status_code == 200, page.text
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert action is not None
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        asked = 'name="code"' in page.text
        proof = {"code": pyotp.TOTP(SECRET).now()} if asked else {"email": EMAIL, "password": PASSWORD}
        return await self.http.post(unescape(action[1]), data=hidden | proof)


def _is_of_operator(issuer: Issuer, token: str) -> bool:
    return issuer.tokens.verify(token).role is Role.OPERATOR


def _given(issuer: Issuer) -> str:
    key = {**issuer.key.as_dict(private=True), "kid": "k1"}
    named = {"issuer": issuer.url, "system": issuer.system, "app": issuer.app, "secret": issuer.secret, "back": BACK}
    return json.dumps({**named, "key": key, "rsa": issuer.rsa.as_dict(private=True)})


async def _told_by(issuer: Issuer, *command: str | Path) -> dict[str, Any]:
    """A program with one of the clients. It prints where to send the browser, and is given where that comes back."""
    program = await asyncio.create_subprocess_exec(
        *map(str, command), _given(issuer), stdin=PIPE, stdout=PIPE, stderr=sys.__stderr__
    )
    assert program.stdin is not None
    assert program.stdout is not None
    person = Person(issuer)
    async with asyncio.timeout(120), person.http:
        while line := await program.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if "told" in said:
                assert await program.wait() == 0
                found: dict[str, Any] = said["told"]
                return found
            program.stdin.write((await person.goes(said["go"])).encode() + b"\n")
    raise AssertionError(f"{command[0]} ended without an answer")


def _check(issuer: Issuer, told: dict[str, Any], library: str) -> None:
    for way in ("secret", "key"):
        token = told[f"{library} {way}"]
        assert token["scope"] == "reports:submit"
        assert issuer.tokens.verify(token["access_token"]).sub == issuer.system
    for way in ("code", "refreshed"):
        assert issuer.tokens.verify(told[f"{library} {way}"]["access_token"]).role is Role.OPERATOR


async def test_oauth4webapi_and_openid_client_get_tokens_in_every_way(issuer: Issuer) -> None:
    program = tools.npm().parent.parent / SCRIPT.name  # where it finds them
    shutil.copy(SCRIPT, program)

    told = await _told_by(issuer, tools.needed("node"), program)

    _check(issuer, told, "oauth4webapi")
    _check(issuer, told, "openid-client")
    assert told["oauth4webapi introspection"]["active"] is True
    assert told["oauth4webapi validated"]["client_id"] == issuer.system


async def test_authlib_gets_tokens_in_every_way(issuer: Issuer) -> None:
    told = await _told_by(issuer, sys.executable, Path(__file__).with_name("oauth_authlib.py"))

    _check(issuer, told, "authlib")
    assert told["authlib revoked"] == 200
