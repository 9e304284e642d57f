"""Pages as people see them: in Debian's Chromium, on the narrowest phone, by day and by night, in both languages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.domain.wording import Language

playwright: Any = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
axe: Any = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 320, "height": 640}
SCHEMES = ("light", "dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
PICTURES = os.environ.get("LAPOR_TEST_PICTURES")
PATIENCE_MS = 60_000


class Looking:
    """What is wrong with the pages that were looked at, and what they asked elsewhere for."""

    def __init__(self, page: Any, language: Language) -> None:
        self.page = page
        self.language = language
        self.wrong: list[str] = []

    async def at(self, name: str) -> None:
        """Looks at the page that is open."""
        named = f"{name}-{self.language}"
        spoken = await self.page.get_attribute("html", "lang")
        if spoken != self.language:
            self.wrong.append(f"{named}: says that it is in {spoken}")
        seen: set[bytes] = set()
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            if (shown := await self.page.screenshot()) not in seen:
                await self._accessible(f"{named}-{scheme}")
            seen.add(shown)
        wide = await self.page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            self.wrong.append(f"{named}: is {wide} pixels wide")

    async def _accessible(self, named: str) -> None:
        found = await axe.Axe().run(self.page, options=RULES)
        for one in found.response["violations"]:
            where = [f"{node['target']} {node['html'][:160]} {node['failureSummary']}" for node in one["nodes"][:3]]
            self.wrong.append(f"{named}: {one['id']} ({len(one['nodes'])} times): {where}")
        if PICTURES:
            await self.page.screenshot(path=Path(PICTURES) / f"{named}.png", full_page=True)


@asynccontextmanager
async def looking(browser: Any, language: Language, *ours: str, **context: Any) -> AsyncIterator[Looking]:
    """Fails at the end for all that was found. `ours`: addresses from which a page may load."""
    opened = await browser.new_context(
        locale="id-ID" if language is Language.ID else "en-GB", viewport=PHONE, bypass_csp=True, **context
    )  # axe is a script, which most of the pages have none of
    page = await opened.new_page()
    page.set_default_timeout(PATIENCE_MS)
    looked = Looking(page, language)
    page.on(
        "request", lambda sent: None if sent.url.startswith((*ours, "data:", "blob:")) else
        looked.wrong.append(f"{page.url} asks for {sent.url}")
    )  # fmt: skip
    yield looked
    await opened.close()
    assert not looked.wrong, "\n".join(looked.wrong)


@asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()
