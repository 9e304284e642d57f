"""Every picture of the documentation is one that mermaid draws, in Debian's Chromium."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.database import PROJECT
from tests.contract import tools

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs mermaid"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pictures are not drawn"),
]

_BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)

PICTURES = {
    f"{page.relative_to(PROJECT)} {number}": text
    for page in sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
    for number, text in enumerate(_BLOCK.findall(page.read_text("utf-8")), 1)
}


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    program = tools.npm().parent / "mermaid" / "dist" / "mermaid.min.js"
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = await browser.new_page()
        await opened.set_content("<html><body></body></html>")
        await opened.add_script_tag(path=program)
        await opened.evaluate("mermaid.initialize({startOnLoad: false})")
        yield opened
        await browser.close()


async def test_every_picture_is_drawn(page: Any) -> None:
    assert len(PICTURES) >= 11
    bad = {name: said for name, text in PICTURES.items() if (said := await _drawn(page, text))}

    assert bad == {}


async def test_a_picture_that_is_broken_is_noticed(page: Any) -> None:
    assert "Parse error" in await _drawn(page, "flowchart LR\n    a[never closed --> b\n")


async def _drawn(page: Any, text: str) -> str:
    """What mermaid does not like; empty if it drew something."""
    said: str = await page.evaluate(
        """async text => {
            try { return (await mermaid.render("picture", text)).svg.startsWith("<svg") ? "" : "no picture" }
            catch (error) { return String(error.message || error) }
        }""",
        text,
    )
    return said
