"""The pages of rules as people see and use them: in Debian's Chromium, by day and by night, on the narrowest phone."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from shared.clients import Role
from shared.domain.wording import Language
from shared.http.kinds import SESSION
from tests.forks import ForkedStack
from tests.stack.driving import MONITOR, ROUTING, settled, submit
from tests.stack.looking import CHROMIUM, Looking, chromium, looking

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes a minute: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pages are not walked"),
]

MOST_BYTES = 200 * 1024
EVERYWHERE = {"conditions": {"region": ["64"]}, "result": {"agency": "SAMARINDA-DINKES"}}


@pytest.fixture
async def stack(database_url: str, home: Path) -> AsyncIterator[ForkedStack]:
    async with ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"}) as running:
        yield running


async def logged_in(page: Any, stack: ForkedStack, role: Role) -> None:
    session = stack.keys.signer().mint(role, sub=f"{role}-1", kind=SESSION)
    await page.context.add_cookies([{"name": "lapor_session", "value": session, "url": stack.url(ROUTING)}])


async def seen(looked: Looking, address: str, name: str) -> None:
    between = "&" if "?" in address else "?"
    answer = await looked.page.goto(f"{address}{between}lang={looked.language}")
    await shown(looked, name)
    assert answer.ok, (address, answer.status)
    assert len(await answer.body()) < MOST_BYTES, (address, len(await answer.body()))


async def shown(looked: Looking, name: str) -> None:
    for details in await looked.page.locator("details").all():
        await details.evaluate("one => { one.open = true }")
    await looked.at(name)
    size = len((await looked.page.content()).encode())
    print(f"{name}-{looked.language}: {size} bytes")  # noqa: T201 - for whoever looks with -s
    assert size < MOST_BYTES, name


@pytest.mark.parametrize("language", list(Language))
async def test_rules_are_drafted_tried_and_put_in_force_on_pages_that_everybody_can_read(
    stack: ForkedStack, database_url: str, language: Language
) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(submit(client, stack, number) for number in range(12)))
    engine = create_async_engine(database_url)
    await settled(engine)
    await engine.dispose()
    routing, monitor = stack.url(ROUTING), stack.url(MONITOR)
    async with chromium() as browser, looking(browser, language, routing, monitor) as looked:
        await logged_in(looked.page, stack, Role.OPERATOR)
        await _rule_sets(looked, stack)
        await _calendars(looked, stack)
        await _policies_and_simulations(looked, monitor)
        await seen(looked, f"{routing}/board/rules", "rules-admin")


async def _as(looked: Looking, stack: ForkedStack, role: Role) -> None:
    """The same page for somebody else; a page that a form has led to is opened anew."""
    await logged_in(looked.page, stack, role)
    at = looked.page.url.partition("?")[0].removesuffix("/trial").removesuffix("/preview")
    await looked.page.goto(f"{at}?lang={looked.language}")


async def _rule_sets(looked: Looking, stack: ForkedStack) -> None:
    page, routing = looked.page, stack.url(ROUTING)
    await seen(looked, f"{routing}/board/rules", "rules")
    await page.fill("#form-draft #name", "Aturan percobaan")
    await page.click("#form-draft button")
    await page.wait_for_selector("[role=status]")
    await shown(looked, "rules-draft")
    await page.fill("#edit-rules", '[\n{"conditions": {},\n"result": {}}\n]')
    await page.click("#form-rules button")
    await page.wait_for_selector("[role=alert]")
    await shown(looked, "rules-refused")
    rules = [EVERYWHERE, *json.loads(await (await page.request.get(page.url.partition("?")[0] + "/file")).text())[1:]]
    await page.set_input_files("#edit-file", {"name": "rules.json", "mimeType": "application/json",
                                              "buffer": json.dumps(rules).encode()})  # fmt: skip
    await page.click("#form-rules button")
    await page.wait_for_selector("[role=status]")
    await page.click("#form-replay button")
    await page.wait_for_selector("#replay")
    await shown(looked, "rules-replay-public")
    await _as(looked, stack, Role.NATIONAL_ADMIN)
    await page.click("#form-replay button")
    await page.wait_for_selector("#replay")
    await shown(looked, "rules-replay")
    assert await page.locator("a[href*='/board/reports/']").count() > 0
    await _as(looked, stack, Role.OPERATOR)
    await page.click("#form-lint button")
    await page.wait_for_selector("#lint")
    await shown(looked, "rules-lint")
    await page.check("#form-activate [name=confirmed]")
    await page.click("#form-activate button")
    await page.wait_for_selector("[role=status]")
    await shown(looked, "rules-active")


async def _calendars(looked: Looking, stack: ForkedStack) -> None:
    page, monitor = looked.page, stack.url(MONITOR)
    await logged_in(page, stack, Role.OPERATOR)
    await seen(looked, f"{monitor}/board/calendars", "calendars")
    await page.fill("#form-draft #name", f"Percobaan {looked.language}")
    await page.click("#form-draft button")
    await page.wait_for_selector("[role=status]")
    await page.click("summary")
    days = [
        await page.evaluate(f"new Date(Date.now() + {n} * 86400000).toISOString().slice(0, 10)") for n in range(1, 8)
    ]
    lines = [f"add,{day},cuti_bersama,,Cuti percobaan,Leave on trial" for day in days]
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    await page.fill("#days", "\n".join(["action,date,kind,province,name_id,name_en", *lines, "add,besok,holiday,,x,x"]))
    await page.click("#form-days button")
    await page.wait_for_selector("[role=alert]")
    await shown(looked, "calendar-refused")
    await page.fill("#days", "\n".join(["action,date,kind,province,name_id,name_en", *lines]))
    await page.click("#form-days button")
    await page.wait_for_selector("[role=status]")
    await _as(looked, stack, Role.NATIONAL_ADMIN)
    await page.click("#form-preview button")
    await page.wait_for_selector("#moves")
    await shown(looked, "calendar-moves")
    assert await page.locator("a[href*='/board/deadlines/']").count() > 0


async def _policies_and_simulations(looked: Looking, monitor: str) -> None:
    page = looked.page
    await seen(looked, f"{monitor}/board/policies", "policies")
    await seen(looked, f"{monitor}/board/simulations", "simulations")
    await page.select_option("#limit_stage", "verification")
    await page.fill("#limit_days", "1")
    await page.click("#form-simulate button")
    await page.wait_for_selector("#stages, .card")
    await shown(looked, "simulation")
    await seen(looked, f"{monitor}/board/simulations", "simulations-kept")
