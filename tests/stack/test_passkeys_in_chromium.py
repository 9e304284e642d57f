"""Passkeys in Debian's Chromium, with an authenticator that it has in software. `make contract` runs this."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from routing_service.access.accounts import service
from services.database import engine_for
from services.ports import free_port
from services.serve import SERVICES
from shared.clients import Role
from shared.clock import utc_now
from shared.database import create_sessions
from tests.forks import ForkedStack
from tests.stack.driving import ROUTING

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")
EMAIL, PASSWORD = "sari@pusat.example", "empat kata yang panjang"
#: Made on the device itself, which has seen its owner; nobody has to touch anything.
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="`make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody has a passkey"),
]


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = await browser.new_page(locale="en")
        opened.set_default_timeout(60_000)
        yield opened
        await browser.close()


async def _link(database_url: str, issuer: str) -> str:
    engine = engine_for(database_url)
    async with create_sessions(engine).begin() as session:
        account = await service.create_person(session, service.PersonDraft("Sari", EMAIL, Role.OPERATOR))
        made = await service.invite(session, account.id, by="operator:uji", now=utc_now())
    await engine.dispose()
    return made.link(issuer)


async def _with_password(page: Any, issuer: str) -> None:
    await page.goto(f"{issuer}/oauth/login")
    await page.fill("#email", EMAIL)
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Go on").click()


async def test_a_passkey_is_made_logs_in_and_a_second_one_is_added(database_url: str, home: Path, page: Any) -> None:
    """The issuer has a name: for an address a browser makes no passkeys."""
    ports = {name: free_port() for name in SERVICES}
    issuer = f"http://localhost:{ports[ROUTING]}"
    stack = ForkedStack(database_url, home=home, ports=ports, environment={"LAPOR_ISSUER": issuer})
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    first = await devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    try:
        await stack.start_service(ROUTING)
        await page.goto(await _link(database_url, issuer))
        await page.fill("#password", PASSWORD)
        await page.fill("#again", PASSWORD)
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_role("button", name="Make a passkey on this device").click()
        await page.get_by_role("heading", name="You are logged in").wait_for()

        await page.get_by_role("button", name="Log out").click()
        await _with_password(page, issuer)
        await page.get_by_role("button", name="Use a passkey").click()
        await page.get_by_role("heading", name="You are logged in").wait_for()

        made = await devices.send("WebAuthn.getCredentials", {"authenticatorId": first["authenticatorId"]})
        await devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first["authenticatorId"]})
        await devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})  # another device
        await page.get_by_role("link", name="Your second proofs").click()
        await page.get_by_role("button", name="Make a passkey on this device").click()
        await page.get_by_role("status").wait_for()
        told = await page.inner_text("main")
    finally:
        await stack.stop()

    assert len(made["credentials"]) == 1
    assert made["credentials"][0]["rpId"] == urlsplit(issuer).hostname
    assert re.search(r"Passkeys: 2", told)
