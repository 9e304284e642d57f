"""The button of `/docs` by which people and systems get a token: in Debian's Chromium. `make contract` runs this."""

import json
import os
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any

import pyotp
import pytest

from services.local import docs_client, people
from services.local.home import Home
from services.serve import SERVICES
from shared.clients import Role
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, MONITOR
from tests.stack.looking import CHROMIUM, PATIENCE_MS, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody can press the button"),
]

#: What the dialog of Swagger UI calls them.
SYSTEM, PERSON = "clientCredentials", "authorizationCode"
LOG_OUT = "Hapus otorisasi"  # so its button is named


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[tuple[ForkedStack, people.ReadyAccounts]]:
    """With the accounts that `lapor up` makes, and the client of its pages."""
    fresh = ForkedStack(database_url, home=home)
    ready = await people.register_examples(database_url, Home(home))
    await docs_client.register(database_url, {service: fresh.url(service) for service in SERVICES})
    async with fresh as running:
        yield running, ready


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    async with chromium() as browser:
        opened = await browser.new_page(locale="id-ID")
        opened.set_default_timeout(PATIENCE_MS)
        yield opened


async def test_a_system_gets_a_token_for_its_secret(stack: tuple[ForkedStack, people.ReadyAccounts], page: Any) -> None:
    running, ready = stack
    id, secret = ready.systems[Role.REPORTER_APP].read_text().strip().split(":")
    box = await _part_of_dialog(page, running.url(INTAKE), SYSTEM)

    await box.locator("input[id^=client_id]").fill(id)
    await box.locator("input[id^=client_secret]").fill(secret)
    await box.locator("button.authorize").click()
    await box.get_by_role("button", name=LOG_OUT).wait_for()

    assert await _status_of(page, "intake_submit_report") == 201


async def test_a_person_logs_in_at_the_issuer_and_the_page_gets_their_token_by_pkce(
    stack: tuple[ForkedStack, people.ReadyAccounts], page: Any
) -> None:
    running, ready = stack
    email, password, secret = ready.people[Role.NATIONAL_ADMIN].read_text().split()
    asked: list[str] = []
    page.context.on("request", lambda sent: asked.append(sent.post_data or "") if "/oauth/token" in sent.url else None)
    box = await _part_of_dialog(page, running.url(MONITOR), PERSON)

    async with page.expect_popup() as opened:
        await box.locator("button.authorize").click()
    window = await opened.value
    await window.fill("#email", email)
    await window.fill("#password", password)
    await window.locator("main form button").click()
    await window.fill("#code", pyotp.TOTP(secret).now())
    await window.locator("form:has(#code) button").click()
    await box.get_by_role("button", name=LOG_OUT).wait_for()

    assert window.is_closed()
    assert [("code_verifier=" in one, "client_secret=" in one) for one in asked] == [(True, False)]
    assert await _status_of(page, "sla_list_overdue") == 200


async def test_the_page_speaks_the_language_of_its_document(
    stack: tuple[ForkedStack, people.ReadyAccounts], page: Any
) -> None:
    """What it says of itself, and nothing of what the document or an answer says."""
    running, _ = stack
    await page.goto(f"{running.url(INTAKE)}/docs?lang=id")
    block = await _opened(page, "intake_list_reports")
    await block.locator("button.execute").click()
    await block.locator(".live-responses-table").wait_for()

    spoken = await page.locator("#swagger-ui button, #swagger-ui h4, #swagger-ui h5, #swagger-ui th").all_inner_texts()
    headings = {one.strip() for one in spoken if one.strip()}
    words = json.loads((resources.files("shared") / "data" / "docs" / "words_id.json").read_text("utf-8"))
    assert {"Jalankan", "Bersihkan", "Batal", "Otorisasi", "Isi jawaban", "Jawaban server"} <= headings
    assert headings & {english.strip() for english, ours in words.items() if english != ours} == set()
    assert '"items"' in await block.locator(".live-responses-table .highlight-code").first.inner_text()
    assert await page.get_attribute("input.operation-filter-input", "placeholder") == words["Filter by tag"]


async def _part_of_dialog(page: Any, url: str, flow: str) -> Any:
    await page.goto(f"{url}/docs?lang=id")
    await page.click("button.authorize")
    return page.locator("div.auth-container", has_text=flow)


async def _opened(page: Any, operation: str) -> Any:
    """Ready to be executed."""
    block = page.locator(f"[id$='-{operation}']")
    await block.locator(".opblock-summary-control").click()
    await block.locator("button.try-out__btn").click()
    return block


async def _status_of(page: Any, operation: str) -> int:
    await page.locator(".modal-ux .close-modal").click()
    block = await _opened(page, operation)
    async with page.expect_response(lambda answer: "/v1/" in answer.url) as waited:
        await block.locator("button.execute").click()
    answer = await waited.value
    return int(answer.status)
