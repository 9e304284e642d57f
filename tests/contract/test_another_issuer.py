"""npm oidc-provider is somebody else's issuer, unmodified, and an officer logs in through it in Debian's Chromium."""

import asyncio
import json
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jws
from sqlalchemy import URL, insert

from routing_service.access.federation.provider import CALLBACK
from services import ports
from services.database import engine_for
from shared.clients import Role
from shared.database import create_sessions
from shared.domain.accounts import AccountKind, AccountState
from shared.schema import Account, ClaimMapping
from tests.accounts import a_person
from tests.conftest import clone, drop
from tests.contract import tools
from tests.forks import ForkedStack
from tests.routing_service.access.browser import BACK, CHALLENGE, GRANTS, VERIFIER
from tests.stack.driving import ROUTING

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT, SECRET = "lapor", "a secret of forty characters, and a few"
KNOWN, UNKNOWN = "operator@kota.example", "nobody@kota.example"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs oidc-provider"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody can log in by it"),
]


@asynccontextmanager
async def _other_issuer(port: int, issuer: str, lapor: str) -> AsyncIterator[None]:
    program = tools.npm().parent.parent / SCRIPT.name  # where it finds the library
    shutil.copy(SCRIPT, program)
    given = {"issuer": issuer, "port": port, "client": CLIENT, "secret": SECRET, "back": lapor + CALLBACK}
    running = await asyncio.create_subprocess_exec(
        tools.needed("node"), str(program), json.dumps(given), stdout=PIPE, stderr=sys.__stderr__
    )
    try:
        assert running.stdout is not None
        async with asyncio.timeout(60):
            assert await running.stdout.readline() == b"ready\n"
        yield
    finally:
        running.kill()
        await running.wait()


async def _fill(database_url: str, issuer: str) -> str:
    """An app, and an operator whom the other issuer knows by their address. Their account."""
    engine = engine_for(database_url)
    async with create_sessions(engine).begin() as session:
        app = {"id": "an-app", "kind": AccountKind.SYSTEM, "role": Role.CHANNEL.value, "state": AccountState.ACTIVE,
               "name": "App", "grants": GRANTS, "redirect_uris": [BACK], "scopes": []}  # fmt: skip
        await session.execute(insert(Account).values(app))
        account = await a_person(session)
        row = {"issuer": issuer, "claim": "email", "value": KNOWN, "account_id": account.id}
        await session.execute(insert(ClaimMapping).values(row))
    await engine.dispose()
    return account.id


@pytest.fixture
async def stack(server: URL, seeded: URL, tmp_path: Path) -> AsyncIterator[tuple[ForkedStack, str]]:
    """With the other issuer on another host than ours, as a browser sees it; and the account that it knows."""
    database = await clone(server, seeded)
    text = database.render_as_string(hide_password=False)
    port = ports.free_port()
    issuer = f"http://localhost:{port}"
    environment = {
        "LAPOR_OIDC_ISSUER": issuer, "LAPOR_OIDC_CLIENT_ID": CLIENT, "LAPOR_OIDC_CLIENT_SECRET": SECRET,
        "LAPOR_OIDC_NAME": "SSO Kota",
    }  # fmt: skip
    async with ForkedStack(text, home=tmp_path / "home", environment=environment) as started:
        account = await _fill(text, issuer)
        async with _other_issuer(port, issuer, started.url(ROUTING)):
            yield started, account
    await drop(server, database)


@asynccontextmanager
async def _chromium() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(locale="en")
        await page.route("**/*googleapis*/**", lambda route: route.abort())  # its pages ask there for letters
        await page.route(f"{BACK}**", lambda route: route.fulfill(body="back in the app"))
        yield page
        await browser.close()


async def _logs_in_there(page: Any, lapor: str, name: str) -> None:
    """From the app to our page, by the link to the other issuer, through its pages and back."""
    asked = {
        "response_type": "code", "client_id": "an-app", "redirect_uri": BACK, "state": "s1",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    await page.goto(f"{lapor}/oauth/authorize?{urlencode(asked)}")
    await page.get_by_role("link", name="Log in with SSO Kota").click()
    await page.locator("input[name=login]").fill(name)
    await page.locator("input[name=password]").fill("anything")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


async def test_an_officer_logs_in_through_it_and_an_app_gets_tokens(stack: tuple[ForkedStack, str]) -> None:
    started, account = stack
    lapor = started.url(ROUTING)
    async with _chromium() as page:
        await _logs_in_there(page, lapor, KNOWN)
        await page.wait_for_url(f"{BACK}**")
        back = {name: one for name, (one,) in parse_qs(urlsplit(page.url).query).items()}

    form = {"grant_type": "authorization_code", "client_id": "an-app", "redirect_uri": BACK, "code": back["code"]}
    async with httpx.AsyncClient(base_url=lapor, trust_env=False) as http:
        tokens = (await http.post("/oauth/token", data={**form, "code_verifier": VERIFIER})).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        officers = await http.get("/v1/officers", headers=headers)

    claims = json.loads(jws.extract_compact(tokens["access_token"].encode()).payload)
    assert (back["state"], claims["sub"], claims["amr"]) == ("s1", account, ["fed"])
    assert officers.status_code == 200
    assert "refresh_token" in tokens


async def test_somebody_whom_no_mapping_names_is_told_so_and_gets_nothing(stack: tuple[ForkedStack, str]) -> None:
    async with _chromium() as page:
        await _logs_in_there(page, stack[0].url(ROUTING), UNKNOWN)
        said = await page.get_by_role("alert").text_content()
        cookies = {cookie["name"] for cookie in await page.context.cookies()}

    assert "no account here" in said
    assert not {"lapor_login", "lapor_session"} & cookies
