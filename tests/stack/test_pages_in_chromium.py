"""The pages about the API as somebody uses them: in Debian's Chromium, offline. `make contract` runs this."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.local import people, samples
from services.local.home import Home
from shared.clients import Role
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, MONITOR, ROUTING
from tests.stack.test_every_example import token

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
axe: Any = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pages are not walked"),
]

#: The first operations of each page that are tried, with the role whose token is given.
TRIED = {
    INTAKE: (Role.REPORTER_APP, ("intake_submit_report", "intake_list_reports", "intake_get_report")),
    ROUTING: (Role.NATIONAL_ADMIN, ("routing_list_reports", "routing_get_report", "routing_verify_report")),
    MONITOR: (Role.NATIONAL_ADMIN, ("sla_list_clocks", "sla_list_overdue", "sla_acknowledge_escalation")),
}


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        opened = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    fresh = ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"})
    past = await samples.write_past(fresh)
    await people.register_examples(database_url, Home(home))
    async with fresh as running:
        await samples.make_samples(running, running.examples, past)
        yield running


async def test_the_pages_are_walked(stack: ForkedStack, browser: Any) -> None:
    page = await browser.new_page()
    page.set_default_timeout(60_000)
    ours = tuple(stack.url(service) for service in TRIED)
    elsewhere: list[str] = []
    page.on(
        "request", lambda sent: None if sent.url.startswith((*ours, "data:", "blob:")) else elsewhere.append(sent.url)
    )
    for service, (role, operations) in TRIED.items():
        await _authorized(page, stack, service, role)
        for operation in operations:
            assert await _executed(page, operation) in (200, 201), operation
        await page.goto(f"{stack.url(service)}/redoc")
        await page.wait_for_selector("h1")
    await _accessible(page, stack.url(INTAKE))
    assert elsewhere == []


async def _authorized(page: Any, stack: ForkedStack, service: str, role: Role) -> None:
    """Still so after a reload."""
    await page.goto(f"{stack.url(service)}/docs")
    await page.click("button.authorize")
    box = page.locator("div.auth-container", has_text="bearer").first
    await box.locator("input").fill(token(stack, role))
    await box.locator("button.authorize").click()
    await page.reload()
    await page.wait_for_selector("button.authorize.locked, .auth-wrapper .locked")


async def _executed(page: Any, operation: str) -> int:
    """The status of "Try it out" and "Execute", with nothing changed."""
    block = page.locator(f"[id$='-{operation}']")
    await block.locator(".opblock-summary-control").click()
    await block.locator("button.try-out__btn").click()
    async with page.expect_response(lambda answer: "/v1/" in answer.url) as waited:
        await block.locator("button.execute").click()
    answer = await waited.value
    assert answer.ok, (operation, answer.status, await answer.text())
    return int(answer.status)


async def _accessible(page: Any, url: str) -> None:
    for language in ("id", "en"):
        await page.goto(f"{url}/?lang={language}")
        found = await axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        assert found.violations_count == 0, json.dumps(found.response["violations"])


async def test_operations_are_found_by_the_filter(stack: ForkedStack, browser: Any) -> None:
    page = await browser.new_page()
    page.set_default_timeout(60_000)
    await page.goto(f"{stack.url(INTAKE)}/docs?lang=id")
    await page.wait_for_selector(".opblock")
    every = await page.locator(".opblock").count()

    for sought, found in (("reference", "/v1/categories"), ("KATEGORI", "/v1/categories"), ("/slip", "/slip")):
        await page.fill("input.operation-filter-input", sought)
        await page.wait_for_function("every => document.querySelectorAll('.opblock').length < every", arg=every)
        assert found in await page.inner_text("#swagger-ui")
        await page.fill("input.operation-filter-input", "")
        await page.wait_for_function("every => document.querySelectorAll('.opblock').length === every", arg=every)
