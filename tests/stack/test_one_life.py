"""One report's whole life through the three services, over HTTP alone; and one that nobody answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.database import engine_for
from services.local.stack import Stack
from shared.clients import Role
from tests.forks import ForkedStack
from tests.stack.driving import INTAKE, MONITOR, ROUTING, a_submission, settled
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow


class Driver:
    """Calls the services as the people do."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self.http = http
        self.receipt: dict[str, Any] = {}

    def headers(self, role: Role, agency: str | None = None, scopes: tuple[str, ...] = ()) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stack.token(role, agency=agency, scopes=scopes)}"}

    async def submit(self, headers: dict[str, str], **changes: Any) -> None:
        url = f"{self.stack.url(INTAKE)}/v1/reports"
        response = await self.http.post(url, json=a_submission(**changes), headers=headers)
        assert response.status_code == 201, response.text
        self.receipt = response.json()

    async def act(self, action: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
        url = f"{self.stack.url(ROUTING)}/v1/reports/{self.receipt['tracking_number']}/{action}"
        response = await self.http.post(url, json=body, headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def say(self, what: str, **body: Any) -> None:
        url = f"{self.stack.url(INTAKE)}/v1/reports/{self.receipt['tracking_number']}/{what}"
        headers = {"X-Access-Code": self.receipt["access_code"]}
        response = await self.http.post(url, json=body, headers=headers)
        assert response.status_code == 200, response.text

    async def own_view(self) -> dict[str, Any]:
        url = f"{self.stack.url(INTAKE)}/v1/reports/{self.receipt['tracking_number']}"
        response = await self.http.get(url, headers={"X-Access-Code": self.receipt["access_code"]})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def status(self) -> str:
        return str((await self.own_view())["status"])


async def test_a_pothole_is_reported_verified_assigned_answered_disputed_and_closed(
    database_url: str, home: Path
) -> None:
    async with (
        ForkedStack(database_url, home=home) as stack,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        driver = Driver(stack, http)
        admin = driver.headers(Role.NATIONAL_ADMIN)
        coordinator = driver.headers(Role.COORDINATOR, "SAMARINDA")

        await driver.submit(driver.headers(Role.REPORTER_APP))
        await driver.act("verification", admin)
        await driver.act("forwarding", admin, agency="SAMARINDA")
        listed = await http.get(f"{stack.url(ROUTING)}/v1/reports?status=verified", headers=coordinator)
        assert [item["tracking_number"] for item in listed.json()["items"]] == [driver.receipt["tracking_number"]]
        preview = await http.get(
            f"{stack.url(ROUTING)}/v1/reports/{driver.receipt['tracking_number']}/routing", headers=coordinator
        )
        assert preview.status_code == 200, preview.text
        report = await driver.act("disposition", coordinator, agency=await suggested(driver, coordinator))
        officer = driver.headers(Role.LIAISON_OFFICER, report["agency"])
        await driver.act("hold", officer, question="Di depan pasar yang mana?")
        assert await driver.status() == "awaiting_reporter"
        await driver.say("replies", body="Pasar Pagi.")
        await eventually(driver.status, "assigned")
        await driver.act("responses", officer, body="Tim kami memeriksa besok.", final=False)
        await driver.act("responses", officer, body="Sudah ditambal.", final=True)
        await driver.say("ratings", score=1, resolved=False, comment="Belum.")
        await eventually(driver.status, "in_progress")
        await driver.act("responses", officer, body="Sudah diaspal ulang.", final=True)
        await driver.say("ratings", score=5, resolved=True)
        await eventually(driver.status, "closed")

        engine = engine_for(database_url)
        await settled(engine)
        await engine.dispose()
        clocks = await http.get(
            f"{stack.url(MONITOR)}/v1/reports/{driver.receipt['tracking_number']}/clocks", headers=admin
        )
        rounds = sorted((c["stage"], c["round"], c["outcome"]) for c in clocks.json()["items"])
        assert ("first_response", 1, "met") in rounds
        assert ("first_response", 2, "met") in rounds
        assert ("resolution", 2, "met") in rounds
        view = await driver.own_view()
        assert view["timeline"][0]["type"] == "report.received"


async def suggested(driver: Driver, headers: dict[str, str]) -> str:
    body = a_submission()
    response = await driver.http.post(
        f"{driver.stack.url(ROUTING)}/v1/routing/preview",
        json={key: body[key] for key in ("classification", "title", "body", "category", "location")},
        headers=headers,
    )
    assert response.status_code == 200, response.text
    return str(response.json()["agency"])


async def test_a_late_paper_form_is_flagged_overdue_and_escalates(database_url: str, home: Path) -> None:
    received_at = datetime.now(UTC) - timedelta(days=40)
    async with (
        ForkedStack(database_url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"}) as stack,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        driver = Driver(stack, http)
        admin = driver.headers(Role.NATIONAL_ADMIN)

        await driver.submit(admin, channel="letter", received_at=received_at.isoformat())

        async def levels() -> set[int]:
            response = await http.get(f"{stack.url(MONITOR)}/v1/overdue?stage=verification", headers=admin)
            assert response.status_code == 200, response.text
            return {item["level"] for item in response.json()["items"]}

        await eventually(levels, {3})
        escalations = await http.get(f"{stack.url(MONITOR)}/v1/escalations", headers=admin)
        steps = [item for item in escalations.json()["items"] if item["stage"] == "verification"]
        assert len(steps) == 4
        assert [item["late_entry"] for item in steps].count(False) <= 1
