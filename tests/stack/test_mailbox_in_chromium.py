"""The mailbox as people use it who have a number and a code: in Debian's Chromium, without scripts, by the keyboard."""

import asyncio
import io
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from shared.clients import Role
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, ROUTING, submit

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
axe: Any = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes half a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the mailbox is not walked"),
]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
PICTURES = os.environ.get("LAPOR_TEST_PICTURES")


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    async with ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"}) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        opened = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


async def asked(client: httpx.AsyncClient, stack: ForkedStack, receipt: dict[str, Any], question: str) -> None:
    """The national administrator asks the reporter something."""
    headers = {"Authorization": f"Bearer {stack.token(Role.NATIONAL_ADMIN, sub='admin-1')}"}
    url = f"{stack.url(ROUTING)}/v1/reports/{receipt['id']}/hold"
    for _ in range(100):
        answer = await client.post(url, json={"question": question}, headers=headers)
        if answer.is_success:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


def a_picture() -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(written, "JPEG")
    return written.getvalue()


async def shows_a_photo(page: Any, stack: ForkedStack, receipt: dict[str, Any]) -> None:
    """Adds one to the report that is open, and sees it."""
    await page.set_input_files("#file", files=[{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}])
    await page.click("text=Kirim berkas")
    await page.wait_for_selector("text=Berkas Anda sudah kami terima")
    for _ in range(60):  # it is looked through, and then shown
        if await page.locator("ol.files img").count():
            break
        await asyncio.sleep(0.5)
        await page.goto(f"{stack.url(INTAKE)}/r/{receipt['tracking_number']}")
        await page.fill("#code", receipt["access_code"])
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#file")
    shown = await page.locator("ol.files img").bounding_box()
    assert shown["width"] > 10
    await pictured(page, "mailbox-photo")


async def accessible(page: Any) -> None:
    found = await axe.Axe().run(page, options=RULES)
    assert found.violations_count == 0, json.dumps(found.response["violations"])


async def pictured(page: Any, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


async def test_a_question_is_answered_with_nothing_but_number_and_code_and_no_script(
    stack: ForkedStack, browser: Any
) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        receipt = await submit(client, stack, 1)
        await asked(client, stack, receipt, "Di jalan yang mana?")
    context = await browser.new_context(
        java_script_enabled=False, locale="id-ID", viewport={"width": 320, "height": 640}
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    elsewhere: list[str] = []
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(stack.url(INTAKE)) else elsewhere.append(sent.url))

    await page.goto(f"{stack.url(INTAKE)}/r")
    await page.fill("#number", receipt["tracking_number"])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#code")
    await page.fill("#code", receipt["access_code"].lower())
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=Di jalan yang mana?")
    await pictured(page, "mailbox-asked")
    await page.fill("#reply-body", "Jalan Pahlawan, depan pasar.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=Pesan Anda sudah kami terima.")

    await page.click("text=Cara kami mengabari Anda")
    await page.select_option("#news-channel", "none")
    await page.click("text=Simpan pilihan")
    await page.wait_for_selector("text=Pilihan Anda sudah disimpan.")

    await shows_a_photo(page, stack, receipt)

    assert await page.locator("text=Jalan Pahlawan, depan pasar.").count() == 1
    assert receipt["access_code"] not in page.url
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await context.cookies() == []
    assert elsewhere == []
    assert refused == []  # by the page's own policy


async def test_the_page_can_be_read_by_everybody(stack: ForkedStack, browser: Any) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        receipt = await submit(client, stack, 2)
        await asked(client, stack, receipt, "Di jalan yang mana?")
    for language, scheme in (("id", "light"), ("en", "dark")):
        page = await browser.new_page(color_scheme=scheme, bypass_csp=True)  # axe is a script, and there are none
        page.set_default_timeout(30_000)
        await page.goto(f"{stack.url(INTAKE)}/r?lang={language}")
        await accessible(page)
        await page.goto(f"{stack.url(INTAKE)}/r/{receipt['tracking_number']}?lang={language}")
        await page.fill("#code", "wrong")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[role=alert]")
        await accessible(page)
        await pictured(page, f"mailbox-wrong-{language}")
        await page.fill("#code", receipt["access_code"])
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#reply-body")
        for details in await page.locator("details").all():
            await details.locator("summary").click()
        await accessible(page)
        await pictured(page, f"mailbox-open-{language}")
