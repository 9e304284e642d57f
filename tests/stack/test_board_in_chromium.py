"""The pages of officers as they are used: in Debian's Chromium, without scripts, by the keyboard."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from shared.clients import Role
from shared.http.kinds import SESSION
from tests.forks import ForkedStack
from tests.stack.driving import ROUTING, settled, submit

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
axe: Any = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes half a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pages are not walked"),
]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
PICTURES = os.environ.get("LAPOR_TEST_PICTURES")
REPORTS = 41  #: of a regency on a busy day
MOST_BYTES = 200 * 1024


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    async with ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "5"}) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        opened = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


async def a_desk(browser: Any, stack: ForkedStack, role: Role, agency: str | None = None, **options: Any) -> Any:
    """A page of somebody who is logged in."""
    session = stack.keys.signer().mint(role, sub=f"{role}-1", agency=agency, kind=SESSION)
    context = await browser.new_context(**options)
    await context.add_cookies([{"name": "lapor_session", "value": session, "url": stack.url(ROUTING)}])
    page = await context.new_page()
    page.set_default_timeout(30_000)
    return page


def _differs(before: str, now: str) -> bool:
    return now != before


async def pictured(page: Any, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


async def accessible(page: Any) -> None:
    found = await axe.Axe().run(page, options=RULES)
    assert found.violations_count == 0, json.dumps(found.response["violations"])[:3000]


async def test_41_reports_are_verified_and_disposed_by_one_key_each(
    stack: ForkedStack, browser: Any, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(submit(client, stack, number) for number in range(REPORTS)))
    engine = create_async_engine(database_url)
    await settled(engine)
    await engine.dispose()
    page = await a_desk(
        browser, stack, Role.NATIONAL_ADMIN, java_script_enabled=False, locale="fr-FR",
        viewport={"width": 320, "height": 640},
    )  # fmt: skip
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    await page.goto(f"{stack.url(ROUTING)}/board/inbox?box=unverified")
    assert await page.locator("h1").text_content() == "Inbox"  # a French browser gets English
    await page.click("text=Begin with the first")
    began, keys, seconds = time.perf_counter(), 0, []
    for _ in range(REPORTS):
        one, before = time.perf_counter(), page.url
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.locator("button[accesskey='1']").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(partial(_differs, before))
        await page.wait_for_selector("[role=status]")
        keys += 1
        seconds.append(time.perf_counter() - one)
    took = time.perf_counter() - began
    await page.goto(f"{stack.url(ROUTING)}/board/inbox?box=unverified")

    assert await page.locator("text=Every report at your desk is verified.").count() == 1
    assert refused == []  # by the page's own policy
    with capsys.disabled():
        sys.stdout.write(f"\n{REPORTS} reports: {keys} keys, {took:.1f} s; the slowest {max(seconds):.2f} s\n")


async def test_the_pages_can_be_read_by_everybody_and_are_small(stack: ForkedStack, browser: Any) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        receipts = [await submit(client, stack, number) for number in range(2)]
    number = receipts[1]["tracking_number"]
    for language, scheme, width in (("id", "light", 1280), ("en", "dark", 320)):
        page = await a_desk(
            browser, stack, Role.NATIONAL_ADMIN, color_scheme=scheme, bypass_csp=True,
            viewport={"width": width, "height": 800},
        )  # fmt: skip
        for path in ("inbox", "work", "work?status=closed", f"reports/{number}", f"reports/{number}?box=unverified"):
            between = "&" if "?" in path else "?"
            answer = await page.goto(f"{stack.url(ROUTING)}/board/{path}{between}lang={language}")
            assert len(await answer.body()) < MOST_BYTES
            for details in await page.locator("details").all():
                await details.evaluate("one => { one.open = true }")
            await accessible(page)
            await pictured(page, f"board-{path.partition('?')[0].replace('/', '-')}-{language}-{width}")
