"""A report's life at the pages, in Debian's Chromium: by the keyboard alone, by clicks, and by two officers at once."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from services.ports import free_port
from services.serve import SERVICES
from shared.clients import Role
from shared.domain.wording import Language
from tests.forks import ForkedStack
from tests.stack.driving import MONITOR, ROUTING, settled, submit
from tests.stack.looking import CHROMIUM, PHONE, chromium, looking
from tests.stack.test_board_in_chromium import MOST_BYTES, a_desk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pages are not walked"),
]

ROADS = "SAMARINDA-DPUPR"
MOST_TABS = 150
MONITORS_PAGES = (
    "today", "today?wall=1&still=1", "agencies", "figures?indicator=received", "cases?urgency=late",
    "cases?urgency=at_risk", "cases?urgency=near_60", "moves?type=report.assigned", "ladder", "ladder?older=1",
)  # fmt: skip


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    ports = {name: free_port() for name in SERVICES}
    async with ForkedStack(database_url, home=home, ports=ports, environment={"LAPOR_SWEEP_SECONDS": "5"}) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    async with chromium() as opened:
        yield opened


async def reported(stack: ForkedStack, database_url: str, count: int) -> list[str]:
    async with httpx.AsyncClient(timeout=30) as client:
        numbers = [(await submit(client, stack, number))["tracking_number"] for number in range(count)]
    engine = create_async_engine(database_url)
    await settled(engine)
    await engine.dispose()
    return numbers


async def tab_to(page: Any, css: str) -> None:
    """As somebody without a mouse comes there."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"{css} is not reached by the keyboard")


async def presses(page: Any, css: str) -> None:
    await tab_to(page, css)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def told(page: Any) -> str:
    return str(await page.locator("[role=status], [role=alert]").first.inner_text())


def errors_of(page: Any) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


async def test_a_report_is_verified_disposed_and_answered_by_the_keyboard_alone(
    stack: ForkedStack, browser: Any, database_url: str
) -> None:
    await reported(stack, database_url, 1)
    plain: dict[str, Any] = {"java_script_enabled": False, "viewport": PHONE, "locale": "fr-FR"}
    admin = await a_desk(browser, stack, Role.NATIONAL_ADMIN, **plain)
    officer = await a_desk(browser, stack, Role.LIAISON_OFFICER, ROADS, **plain)
    refused = errors_of(admin), errors_of(officer)

    await admin.goto(f"{stack.url(ROUTING)}/board/inbox?box=unverified")
    await presses(admin, "main a.button")
    await presses(admin, "button[accesskey='1']")
    said = [await told(admin)]
    await officer.goto(f"{stack.url(ROUTING)}/board/inbox")
    await presses(officer, "main a.button")
    for final in (False, True):
        await tab_to(officer, "#respond-body")
        await officer.keyboard.type("Tim kami sudah menambalnya." if final else "Tim kami datang besok.")
        await presses(officer, "button[name=final]" if final else "#form-respond button:not([name])")
        said.append(await told(officer))
        await officer.goto(f"{stack.url(ROUTING)}/board/work")
        await presses(officer, "th[scope=row] a")
    states = await officer.locator("h1 + p .mark").first.inner_text()

    assert said[0].startswith("The report was disposed.")
    assert all("The report was followed up." in one for one in said[1:])
    assert states == "Waiting for the reporter's reaction"
    assert refused == ([], [])


async def test_reports_are_held_merged_shown_to_the_public_and_figures_taken_away_by_clicks(
    stack: ForkedStack, browser: Any, database_url: str, tmp_path: Path
) -> None:
    older, younger = await reported(stack, database_url, 2)
    page = await a_desk(browser, stack, Role.NATIONAL_ADMIN, accept_downloads=True, locale="en-GB")
    refused = errors_of(page)

    await page.goto(f"{stack.url(ROUTING)}/board/reports/{older}")
    await page.click("text=Ask the reporter and hold")
    await page.fill("#hold-question", "Di depan nomor berapa?")
    await page.click("#form-hold button")
    held = await told(page)
    await page.goto(f"{stack.url(ROUTING)}/board/reports/{younger}")
    await page.click("summary:text-is('Merge')")
    await page.fill("#merge-into", older)
    await page.click("section[aria-labelledby=more] #form-merge button")
    merged = await told(page)
    await page.goto(f"{stack.url(ROUTING)}/board/reports/{older}/public")
    await page.click("summary:has-text('Hide words')")
    await page.fill("textarea[name=words]", "pasar")
    await page.click("#form-mask button")
    hidden = await told(page)
    await page.goto(f"{stack.url(MONITOR)}/board/agencies")
    async with page.expect_download() as download:
        await page.click("text=Monthly evaluation (CSV)")
    taken = await (await download.value).path()

    assert (held, merged, hidden) == (
        "The report was put on hold.", "The report was merged.", "These words are hidden now.",
    )  # fmt: skip
    assert Path(taken).read_bytes().startswith(b"\xef\xbb\xbf")
    assert refused == []


async def test_the_second_of_two_officers_sees_who_was_first_and_keeps_their_words(
    stack: ForkedStack, browser: Any, database_url: str
) -> None:
    (number,) = await reported(stack, database_url, 1)
    first, second = [await a_desk(browser, stack, Role.NATIONAL_ADMIN, locale="en-GB") for _ in range(2)]
    for page in (first, second):
        await page.goto(f"{stack.url(ROUTING)}/board/reports/{number}")
    await second.click("text=Ask the reporter and hold")
    await second.fill("#hold-question", "Di depan nomor berapa?")

    await first.click("button:has-text('Only verify')")
    await second.click("#form-hold button")

    assert await told(first) == "The report was verified."
    assert "Another officer was first." in await told(second)
    assert await second.input_value("#hold-question") == "Di depan nomor berapa?"


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_of_the_monitor_and_of_the_public_text(
    stack: ForkedStack, browser: Any, database_url: str, language: Language
) -> None:
    (number,) = await reported(stack, database_url, 1)
    session = await a_desk(browser, stack, Role.NATIONAL_ADMIN)
    cookies = await session.context.cookies()
    async with looking(browser, language, *(stack.url(one) for one in SERVICES)) as look:
        await look.page.context.add_cookies(cookies)
        pages = [(MONITOR, f"board/{path}") for path in (*MONITORS_PAGES, f"deadlines/{number}")]
        pages += [(ROUTING, f"board/reports/{number}/public"), ("intake_api", "board/counter")]
        for service, path in pages:
            answer = await look.page.goto(f"{stack.url(service)}/{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer.status == 200, path
            assert len(await answer.body()) < MOST_BYTES, path
            await look.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            await look.at("board-" + re.sub(r"\W+", "-", path.removeprefix("board/").replace(number, "")).strip("-"))
