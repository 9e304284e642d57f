"""A passkey instead of codes: made after the password, and good for its place and its moment alone."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.login import endpoints, passkeys
from tests.routing_service.access.browser import EMAIL, PASSWORD, Browser, sari_invited
from tests.routing_service.access.login.authenticator import Authenticator

ORIGIN, HOST = "https://lapor.example", "lapor.example"


@pytest.fixture(autouse=True)
def party(monkeypatch: pytest.MonkeyPatch, http: httpx.AsyncClient) -> None:
    """The issuer has a name; an address, as in other tests, has no passkeys."""
    http.headers["Accept-Language"] = "en"
    monkeypatch.setattr(endpoints, "_party", lambda _: passkeys.RelyingParty(ORIGIN))


def options_of(page: httpx.Response) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found is not None, page.text
    options: dict[str, Any] = json.loads(unescape(found[1]))
    return options


async def step(browser: Browser) -> httpx.Response:
    """The page after the password, for somebody who is not logged in."""
    browser.http.cookies.clear()
    page = await browser.http.get("/oauth/login")
    return await browser.follow(await browser.fill(page, email=EMAIL, password=PASSWORD))


async def made(session: AsyncSession, browser: Browser) -> Authenticator:
    """While she takes up her account."""
    authenticator = Authenticator(ORIGIN, HOST)
    page = await browser.takes_up(await sari_invited(session))
    inside = await browser.follow(await browser.fill(page, credential=authenticator.makes(options_of(page))))
    assert "You are logged in" in inside.text
    return authenticator


async def test_a_passkey_is_made_and_logs_in(session: AsyncSession, browser: Browser) -> None:
    authenticator = await made(session, browser)

    page = await step(browser)
    inside = await browser.follow(await browser.fill(page, credential=authenticator.signs(options_of(page))))

    assert "You are logged in" in inside.text


async def test_only_pages_with_a_passkey_have_a_script_and_it_is_our_own(
    session: AsyncSession, browser: Browser
) -> None:
    page = await browser.takes_up(await sari_invited(session))

    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/oauth/passkey.js" defer>']
    assert (await browser.http.get("/oauth/passkey.js")).headers["content-type"].startswith("text/javascript")


async def test_what_was_signed_before_for_elsewhere_or_by_another_is_refused(
    session: AsyncSession, browser: Browser
) -> None:
    authenticator = await made(session, browser)
    page = await step(browser)
    options = options_of(page)
    elsewhere = Authenticator("https://evil.example", HOST)
    elsewhere.key = authenticator.key
    another = Authenticator(ORIGIN, HOST)
    wrong = (
        authenticator.signs({"challenge": "AAAA"}), elsewhere.signs(options), another.signs(options),
        "", "x", "{}", '{"rawId": 7}', authenticator.makes(options),
    )  # fmt: skip

    for credential in wrong:
        assert (await browser.fill(page, credential=credential)).status_code == 401


async def test_who_has_a_passkey_cannot_make_another_with_a_password(session: AsyncSession, browser: Browser) -> None:
    await made(session, browser)
    page = await step(browser)

    answer = await browser.fill(page, credential=Authenticator(ORIGIN, HOST).makes(options_of(page)))

    assert answer.status_code == 401
    assert "<code>" not in page.text


async def test_a_second_passkey_is_added_after_a_log_in_of_just_now(session: AsyncSession, browser: Browser) -> None:
    first, second = await made(session, browser), Authenticator(ORIGIN, HOST, id=b"another one")
    page = await browser.http.get("/oauth/proofs")
    options = options_of(page)

    added = await browser.fill(page, credential=second.makes(options))
    answers = [await browser.fill(page, credential=credential) for credential in (second.makes(options), "{}")]

    assert [one["id"] for one in options["excludeCredentials"]] == [first.name]
    assert (added.status_code, "The second proof is kept" in added.text) == (200, True)
    assert [answer.status_code for answer in answers] == [401, 401]
    await browser.fill(await browser.http.get("/oauth/login"))
    for key in (first, second):
        page = await step(browser)
        inside = await browser.follow(await browser.fill(page, credential=key.signs(options_of(page))))
        assert "You are logged in" in inside.text
