"""While an upgrade rolls, the old release reads what the new one wrote."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from shared.database import Sessions
from tests.intake_api.helpers import APP, Submitted, assigned, submitted

ACCOUNT = "acc-of-a-newer-release"


@pytest.fixture
async def mediated(client: httpx.AsyncClient, committed: Sessions) -> AsyncIterator[Submitted]:
    """A report in a status, and of a channel, that this release does not know."""
    report = await submitted(client, reporter_reference=ACCOUNT)
    await assigned(committed, report)
    checks = ("reports_status_check", "reports_channel_check")
    async with committed.begin() as session:
        for check in checks:
            await session.execute(text(f"ALTER TABLE reports DROP CONSTRAINT IF EXISTS {check}"))
        await session.execute(
            text("UPDATE reports SET status = 'mediated', channel = 'kiosk' WHERE tracking_number = :number"),
            {"number": report.number},
        )
    yield report
    async with committed.begin() as session:  # as the copy that the other tests of the folder share was before
        await session.execute(
            text("UPDATE reports SET status = 'assigned', channel = 'app' WHERE tracking_number = :number"),
            {"number": report.number},
        )


async def test_a_reporter_reads_a_report_whose_status_only_a_newer_release_knows(
    client: httpx.AsyncClient, mediated: Submitted
) -> None:
    own = await client.get(mediated.path, headers=mediated.as_reporter)

    assert (own.status_code, own.json()["status"], own.json()["status_label"]) == (200, "mediated", "mediated")


async def test_everybody_is_told_that_it_goes_on_and_no_more(client: httpx.AsyncClient, mediated: Submitted) -> None:
    public = await client.get(mediated.path)

    assert public.status_code == 200
    assert (public.json()["status_group"], public.json()["published"]) == ("proses", False)


async def test_an_app_lists_it(client: httpx.AsyncClient, mediated: Submitted) -> None:
    listed = await client.get(f"/v1/reporters/{ACCOUNT}/reports", headers=APP)

    assert (listed.status_code, listed.json()["items"][0]["status"]) == (200, "mediated")
