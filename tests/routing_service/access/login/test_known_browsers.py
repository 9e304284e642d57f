"""Nobody locks somebody else out by wrong passwords, and nobody gets more guesses by having been here before."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.login.known_browsers import COOKIE, GOOD_FOR
from shared.http.limits.counters import Counters
from shared.http.limits.rules import counted_by, rules_of
from shared.settings import RoutingSettings
from tests.factories import settings
from tests.routing_service.access.browser import EMAIL, PASSWORD, Browser, sari
from tests.routing_service.conftest import NOWHERE
from tests.routing_service.driving import Clock

MOST = 3
LIMITS: dict[str, Any] = {"log_ins_per_account": MOST, "attempts_window_seconds": 86_400}


@pytest.fixture(autouse=True)
def few_tries(app: FastAPI) -> None:
    rules = rules_of(settings(NOWHERE, RoutingSettings, **LIMITS), counted_by("routing"))
    app.state.counters = Counters(app.state.jobs, app.state.keys, rules)


@pytest.fixture
def elsewhere(app: FastAPI, clock: Clock) -> Browser:
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 5000))
    return Browser(httpx.AsyncClient(transport=transport, base_url="http://routing"), clock)


async def guesses(browser: Browser, times: int, email: str = EMAIL) -> list[int]:
    page = await browser.http.get("/oauth/login")
    return [(await browser.fill(page, email=email, password=f"guess {number}")).status_code for number in range(times)]


async def gets_in(browser: Browser) -> bool:
    browser.clock.now += timedelta(minutes=1)  # a code is taken once
    page = await browser.http.get("/oauth/login")
    second = await browser.fill(page, email=EMAIL, password=PASSWORD)
    if second.status_code != 303:
        return False
    return (await browser.fill(await browser.follow(second), code=browser.code())).status_code == 303


async def logs_out(browser: Browser) -> None:
    """What says that somebody is logged in ends with the browser; what it is known by does not."""
    known = browser.http.cookies.get(COOKIE)
    browser.http.cookies.clear()
    browser.http.cookies.set(COOKIE, known or "")


async def test_guesses_from_elsewhere_shut_out_everybody_but_who_was_here_before(
    session: AsyncSession, app: FastAPI, browser: Browser, elsewhere: Browser
) -> None:
    await sari(session, app)
    assert await gets_in(browser)
    await logs_out(browser)

    assert await guesses(elsewhere, MOST + 1) == [401] * MOST + [429]

    assert not await gets_in(elsewhere)
    assert await gets_in(browser)


async def test_a_browser_that_was_here_before_has_as_few_tries(
    session: AsyncSession, app: FastAPI, browser: Browser, elsewhere: Browser
) -> None:
    await sari(session, app)
    await gets_in(browser)
    await logs_out(browser)

    assert await guesses(browser, MOST + 1) == [401] * MOST + [429]

    assert not await gets_in(browser)
    assert await gets_in(elsewhere)


async def test_one_account_opens_no_tries_for_another(
    session: AsyncSession, app: FastAPI, browser: Browser, elsewhere: Browser
) -> None:
    await sari(session, app)
    await gets_in(browser)
    await logs_out(browser)

    await guesses(elsewhere, MOST, "budi@x.example")

    assert await guesses(browser, 1, "budi@x.example") == [429]


@pytest.mark.parametrize("value", ["", "x", "%%%", "AAAA" * 20, "\xff"])
async def test_a_cookie_that_we_did_not_seal_makes_nobody_known(
    session: AsyncSession, app: FastAPI, elsewhere: Browser, value: str
) -> None:
    await sari(session, app)
    elsewhere.http.headers["Cookie"] = f"{COOKIE}={value}"

    assert (await elsewhere.http.get("/oauth/login")).status_code == 200
    del elsewhere.http.headers["Cookie"]
    elsewhere.http.cookies.set(COOKIE, value.strip("\xff"))
    assert (await guesses(elsewhere, MOST + 1))[-1] == 429


async def test_it_is_known_for_half_a_year(
    session: AsyncSession, app: FastAPI, browser: Browser, elsewhere: Browser
) -> None:
    await sari(session, app)
    await gets_in(browser)
    await logs_out(browser)
    browser.clock.now += GOOD_FOR
    await guesses(elsewhere, MOST)

    assert not await gets_in(browser)
