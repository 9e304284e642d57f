"""An agency that is renamed: what is of an earlier day shows the name of that day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from shared.database import Sessions
from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.messages import MessageKind
from shared.domain.regions import WITA
from shared.log.events import EventType
from shared.schema import Agency, AgencyName
from tests.factories import NOON
from tests.intake_api.helpers import ADMIN, APP, Submitted, assigned, moved, submitted

RENAMED = "SAMARINDA-RENAMED"
LAST_DAY = date(2026, 3, 2)
#: Midnight in Samarinda, eight hours ahead of Greenwich.
MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
async def renamed(committed: Sessions) -> None:
    async with committed.begin() as session:
        await session.execute(
            insert(Agency).values(
                code=RENAMED, name="Dinas Baru", kind="dinas", level="agency", parent_code="SAMARINDA",
                region_code="64.72", time_zone=WITA, active=False,
            )
        )  # fmt: skip
        former = [(date(2020, 12, 31), "Kantor Kuno"), (LAST_DAY, "Dinas Lama")]
        await session.execute(
            insert(AgencyName), [{"agency_code": RENAMED, "valid_to": to, "name": name} for to, name in former]
        )


async def a_report_with_responses(client: httpx.AsyncClient, sessions: Sessions, **changes: Any) -> Submitted:
    """One on the last day of the old name, one on the first of the new."""
    report = await submitted(client, reporter_reference="acc-renamed", **changes)
    await assigned(sessions, report, agency_code=RENAMED, holder=Holder(Level.AGENCY, RENAMED))
    for at in (MIDNIGHT - timedelta(microseconds=1), MIDNIGHT):
        await moved(
            sessions, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, at=at, said="Diperiksa.",
            kind=MessageKind.RESPONSE, holder=Holder(Level.AGENCY, RENAMED),
        )  # fmt: skip
    return report


async def test_the_public_sees_the_name_of_the_day(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await a_report_with_responses(client, committed)

    alone = (await client.get(report.path)).json()
    listed = (await client.get("/v1/reports", params={"agency": RENAMED})).json()["items"]

    assert alone["agency"] == {"code": RENAMED, "name": "Dinas Lama"}
    assert [one["agency"]["name"] for one in alone["responses"]] == ["Dinas Lama", "Dinas Baru"]
    assert [item["agency"]["name"] for item in listed if item["tracking_number"] == report.number] == ["Dinas Lama"]


async def test_the_reporter_sees_the_name_of_the_day(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await a_report_with_responses(client, committed)

    own = (await client.get(report.path, headers=report.as_reporter)).json()
    mine = (await client.get("/v1/reporters/acc-renamed/reports", headers=APP)).json()["items"]

    assert own["agency"]["name"] == "Dinas Lama"
    assert [entry["agency"]["name"] for entry in own["timeline"] if entry["agency"]] == [
        "Dinas Lama", "Dinas Lama", "Dinas Baru",
    ]  # fmt: skip
    assert [one["agency"]["name"] for one in own["messages"]] == ["Dinas Lama", "Dinas Baru"]
    assert {item["agency"]["name"] for item in mine} == {"Dinas Lama"}


async def test_a_report_of_long_ago_shows_the_earliest_name(client: httpx.AsyncClient, committed: Sessions) -> None:
    channel = {"received_at": NOON.replace(year=2020).isoformat()}
    report = await submitted(client, ADMIN, **channel)
    await assigned(committed, report, agency_code=RENAMED, holder=Holder(Level.AGENCY, RENAMED))

    assert (await client.get(report.path)).json()["agency"]["name"] == "Kantor Kuno"
