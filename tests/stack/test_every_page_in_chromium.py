"""Every page that people see, judged by axe, at 320 pixels, by day and by night, in both languages."""

import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from PIL import Image
from sqlalchemy import URL, select

from intake_api.notifications.tokens import UNSUBSCRIBE, token_of
from routing_service.access.accounts import service as accounts
from routing_service.access.accounts.service import PersonDraft
from routing_service.access.federation.provider import CALLBACK
from services.database import engine_for
from services.local import people, samples
from services.local.home import Home
from services.local.samples.calls import Calls
from services.local.samples.reports import ROADS, Lives, Living
from services.ports import free_port
from services.serve import SERVICES
from shared.clients import Role
from shared.clock import utc_now
from shared.database import create_sessions
from shared.domain.wording import Language
from shared.keys.purposes import KeyPurpose
from shared.schema import Boundary, BoundarySet
from tests.conftest import clone, drop
from tests.forks import ForkedStack
from tests.shared.pages.test_maps import SQUARE, polygon
from tests.stack.driving import INTAKE, MONITOR, ROUTING
from tests.stack.looking import CHROMIUM, Looking, chromium, looking

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_PAGES" not in os.environ, reason="takes minutes: `make contract` runs it"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: the pages are not looked at"),
]

BY = "operator:uji"
EMAIL, PASSWORD = "sari@pusat.example", "empat kata yang panjang"
BOTH = pytest.mark.parametrize("language", list(Language))


@pytest.fixture(scope="module")
async def stack(server: URL, seeded: URL, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ForkedStack]:
    """With samples, an issuer that has a name (for passkeys), and somebody else's that does not answer."""
    url = await clone(server, seeded)
    text, home = url.render_as_string(hide_password=False), tmp_path_factory.mktemp("home")
    ports = {name: free_port() for name in SERVICES}
    environment = {
        "LAPOR_SWEEP_SECONDS": "0.5", "LAPOR_ISSUER": f"http://localhost:{ports[ROUTING]}",
        "LAPOR_OIDC_ISSUER": f"http://localhost:{free_port()}", "LAPOR_OIDC_NAME": "SSO Kota",
    }  # fmt: skip
    fresh = ForkedStack(text, home=home, ports=ports, environment=environment)
    past = await samples.write_past(fresh)
    await people.register_examples(text, Home(home))
    async with fresh as running:
        await samples.make_samples(running, running.examples, past)
        yield running
    await drop(server, url)


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    async with chromium() as opened:
        yield opened


@BOTH
async def test_the_pages_about_the_api(stack: ForkedStack, browser: Any, language: Language) -> None:
    ours = [stack.url(service) for service in SERVICES]
    async with looking(browser, language, *ours) as look:
        await look.page.goto(f"{ours[0]}/?lang={language}")
        await look.at("start")
        for service, name in SERVICES.items():
            await look.page.goto(f"{stack.url(service)}/docs?lang={language}")
            await look.page.wait_for_selector(".opblock")
            if service == INTAKE:
                await _tries_something(look.page)
            await look.at(f"docs-{name}")
        await look.page.click("button.authorize")
        await look.page.wait_for_selector(".auth-container")
        await look.at("docs-authorize")


async def _tries_something(page: Any) -> None:
    """Which is refused, as there is no token."""
    await page.locator("[id$='-intake_get_report'] .opblock-summary-control").click()
    await page.locator("button.try-out__btn").click()
    await page.locator("button.execute").click()
    await page.wait_for_selector(".live-responses-table")


@BOTH
async def test_the_pages_for_everybody(stack: ForkedStack, browser: Any, language: Language) -> None:
    await _outlined(stack)
    open_pages = (
        (INTAKE, "map", ""), (INTAKE, "map", "show=answered"), (INTAKE, "map", "region=64"),
        (INTAKE, "map", "region=64.72"), (INTAKE, "map", "region=64.72.01"), (INTAKE, "map", "period=2001"),
        (INTAKE, "map", "region=99"), (MONITOR, "performance", ""), (MONITOR, "performance", "of=speed_working"),
        (MONITOR, "performance/SAMARINDA", ""), (MONITOR, "performance", "period=2001"),
    )  # fmt: skip
    async with looking(browser, language, stack.url(INTAKE), stack.url(MONITOR)) as look:
        for service, path, asked in open_pages:
            answer = await look.page.goto(f"{stack.url(service)}/{path}?lang={language}&{asked}")
            assert len(await answer.body()) < 200 * 1024
            await look.at(f"{path}-{asked}".replace("/", "-"))
        await look.page.goto(f"{stack.url(INTAKE)}/map?lang={language}")
        await look.page.locator("svg a").first.focus()  # by the keyboard alone
        await look.page.keyboard.press("Enter")
        await look.page.wait_for_url("**/map?region=*")


async def _outlined(stack: ForkedStack) -> None:
    """Two cities have outlines, which make a province."""
    engine = engine_for(stack.database_url)
    async with create_sessions(engine).begin() as session:
        if await session.scalar(select(BoundarySet.id).where(BoundarySet.name == "uji")) is None:
            kept = BoundarySet(
                name="uji", source="uji", level=2, regions=2, missing=0, repaired=0, overlaps=0, digest=b"uji",
                active=True, imported_by=BY, imported_at=utc_now(),
            )  # fmt: skip
            session.add(kept)
            await session.flush()
            for code, east in (("64.72", 0), ("64.71", 1)):
                shape = polygon([(x + east, y) for x, y in SQUARE])
                values = {"geometry": shape, "square_metres": 1.0, "repaired": False}
                session.add(Boundary(set_id=kept.id, region_code=code, **values))
    await engine.dispose()


@BOTH
async def test_the_pages_of_logging_in(stack: ForkedStack, browser: Any, language: Language) -> None:
    issuer = stack.url(ROUTING).replace("127.0.0.1", "localhost")
    email = f"{language}-{EMAIL}"
    engine = engine_for(stack.database_url)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        account = await accounts.create_person(session, PersonDraft("Sari", email, Role.OPERATOR))
        link = (await accounts.invite(session, account.id, by=BY, now=utc_now())).link(issuer)
    async with looking(browser, language, issuer) as look:
        page = look.page
        await page.goto(link.replace(link[-8:], "x" * 8))
        await look.at("invitation-over")
        await page.goto(link)
        await look.at("invitation")
        await page.fill("#password", PASSWORD)
        await page.fill("#again", "something else that is long")
        await page.locator("main button").click()
        await look.at("invitation-not-the-same")
        secret = await _takes_up(look)
        await _logs_in(look, issuer, email, secret)
        await _elsewhere(look, issuer)
        async with sessions.begin() as session:
            again = await accounts.reset(session, account.id, by=BY, now=utc_now())
        await page.goto(again.link(issuer))
        await look.at("reset")
    await engine.dispose()


async def _takes_up(look: Looking) -> str:
    """Both proofs. The key of the codes."""
    page = look.page
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.locator("main button").click()
    await page.wait_for_selector("#code")
    await look.at("set-up")
    await page.fill("#code", "000000")
    await page.locator("form:has(#code) button").click()
    await page.wait_for_selector("[role=alert]")
    await look.at("set-up-wrong")
    secret = re.sub(r"\s", "", await page.locator("main code").first.inner_text())
    await page.fill("#code", pyotp.TOTP(secret).now())
    await page.locator("form:has(#code) button").click()
    await page.wait_for_selector("form[action*=logout]")
    await look.at("inside")
    await page.locator("a[href*=proofs]").click()
    await page.wait_for_selector("#code")
    await look.at("proofs")
    await page.go_back()
    await page.locator("form[action*=logout] button").click()
    await look.at("outside")
    return secret


async def _logs_in(look: Looking, issuer: str, email: str, secret: str) -> None:
    page = look.page
    await page.goto(f"{issuer}/oauth/login?lang={look.language}")
    await look.at("password")
    await page.fill("#email", email)
    await page.fill("#password", "wrong")
    await page.locator("main form button").click()
    await page.wait_for_selector("[role=alert]")
    await look.at("password-wrong")
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.locator("main form button").click()
    await page.wait_for_selector("#code")
    await look.at("second")
    await page.fill("#code", "000000")
    await page.locator("form:has(#code) button").click()
    await page.wait_for_selector("[role=alert]")
    await look.at("second-wrong")


async def _elsewhere(look: Looking, issuer: str) -> None:
    """The other issuer does not answer; and somebody comes back from it who never went there."""
    await look.page.goto(f"{issuer}/oauth/federation/login?lang={look.language}")
    await look.at("elsewhere-away")
    await look.page.goto(f"{issuer}{CALLBACK}?state=x&code=y&lang={look.language}")
    await look.at("elsewhere-over")


@BOTH
async def test_the_mailbox_in_every_state(stack: ForkedStack, browser: Any, language: Language) -> None:
    async with Calls.to(stack) as call:
        lives = Lives(call)
        states = {"held": lives.held, "answered": lives.answered, "closed": lives.closed, "archived": lives.archived,
                  "received": lives.received}  # fmt: skip
        reports = {name: await make() for name, make in states.items()}
    intake = stack.url(INTAKE)
    async with looking(browser, language, intake) as look:
        await look.page.goto(f"{intake}/r?lang={language}")
        await look.at("mailbox-number")
        for name, report in reports.items():
            await _opens(look, intake, report)
            await look.at(f"mailbox-{name}")
        await _withdraws(look)


async def _opens(look: Looking, intake: str, report: Living) -> None:
    page = look.page
    await page.goto(f"{intake}/r/{report.number}?lang={look.language}")
    await page.fill("#code", report.code)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dl")
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


async def _withdraws(look: Looking) -> None:
    page = look.page
    await page.check("input[name=sure]")
    await page.locator("form:has(input[name=sure]) button").click()
    await page.wait_for_selector("[role=status]")
    await look.at("mailbox-withdrawn")


@BOTH
async def test_a_printed_code_leads_to_a_report_with_a_photo_and_into_its_mailbox(
    stack: ForkedStack, browser: Any, language: Language, tmp_path: Path
) -> None:
    intake, code = (
        stack.url(INTAKE),
        json.loads(stack.examples.read_text())["intake_scan_qr_code"]["parameters"]["code"],
    )
    photo = tmp_path / "lampu.jpg"
    Image.new("RGB", (1200, 900), "grey").save(photo)
    async with looking(browser, language, intake) as look:
        page = look.page
        await page.goto(f"{intake}/q?lang={language}")
        await look.at("code-none")
        await page.goto(f"{intake}/q/{code[::-1]}?lang={language}")
        await look.at("code-forged")
        await page.goto(f"{intake}/Q/{code}?lang={language}")
        await look.at("code")
        await page.fill("#body", "Lampunya mati sejak Senin.")
        await page.fill("#phone", "12-3")
        await page.locator("form button").click()
        await page.wait_for_selector("[role=alert]")
        await look.at("code-refused")
        await page.fill("#phone", "0812 3456 7890")
        await page.set_input_files("#photo", photo)
        await page.locator("form button").click()
        await page.wait_for_selector("dl.kept")
        await look.at("code-received")
        assert await page.locator("[role=status]").inner_text() in ("Foto yang diterima: 1", "Photos received: 1")
        await page.locator("form button").click()
        await page.wait_for_selector("text=Lampunya mati sejak Senin.", state="attached")
        assert re.fullmatch(rf"{intake}/r/[0-9]{{10}}\?lang={language}", page.url), page.url
        assert await page.locator("ol.files li").count() == 1
        await look.at("code-mailbox")


@BOTH
async def test_what_mails_and_officers_lead_to(stack: ForkedStack, browser: Any, language: Language) -> None:
    async with Calls.to(stack) as call:
        report = await Lives(call).received(Role.REPORTER_APP)
        seen = await call(ROUTING, "GET", f"/v1/reports/{report.number}", role=Role.NATIONAL_ADMIN)
    token = token_of(stack.keys.held_by("intake_api").secrets(KeyPurpose.UNSUBSCRIBING)[0], UUID(seen["id"]))
    async with looking(browser, language, stack.url(INTAKE)) as look:
        address = f"{stack.url(INTAKE)}{UNSUBSCRIBE}/{token}?lang={language}"
        await look.page.goto(address)
        await look.at("unsubscribe")
        await look.page.locator("button").first.click()
        await look.page.wait_for_selector("[role=status]")
        await look.at("unsubscribed")

    pages = json.loads(stack.examples.read_text())
    reprimand = pages["sla_get_reprimand"]["parameters"]["id"]
    headers = {"Authorization": f"Bearer {stack.token(Role.NATIONAL_ADMIN)}", "Accept": "text/html",
               "Accept-Language": language}  # fmt: skip
    async with looking(browser, language, stack.url(MONITOR), extra_http_headers=headers) as look:
        await look.page.goto(f"{stack.url(MONITOR)}/v1/reprimands/{reprimand}")
        await look.at("reprimand")
        await look.page.goto(f"{stack.url(MONITOR)}/v1/reprimands/preview?agency=SAMARINDA")
        await look.at("reprimand-preview")


async def test_the_sheet_of_the_counter(stack: ForkedStack, browser: Any) -> None:
    """In both languages at once."""
    number = json.loads(stack.examples.read_text())["intake_make_slip"]["parameters"]["tracking_number"]
    officer = stack.token(Role.LIAISON_OFFICER, sub="dpupr-officer", agency=ROADS)
    headers = {"Authorization": f"Bearer {officer}", "Accept": "text/html"}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{stack.url(INTAKE)}/v1/reports/{number}/slip", headers=headers)
    assert answer.status_code == 200, answer.text
    async with looking(browser, Language.ID, stack.url(INTAKE)) as look:
        await look.page.set_content(answer.text)
        await look.at("slip")
