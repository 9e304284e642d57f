"""What leads to the person who reported is not told to those who work on the report."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from shared.clients import Role
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.ids import new_id
from shared.log.events import EventType
from shared.schema import Message
from tests.factories import bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, COORDINATOR, CUSTODIAN, OFFICER, Office
from tests.routing_service.report.test_feed import quiet

PHONE, DESK = "wa:+6281255500111", "Loket Kelurahan Sidodadi"
GATEWAY = bearer(Role.CHANNEL, sub="wa-gateway", agency="SAMARINDA-PU", scopes=("reports:work",))
READERS = {
    "line": OFFICER, "coordinator": COORDINATOR, "national": ADMIN, "supervisor": driving.SUPERVISOR,
    "granted": bearer(Role.SUPERVISOR, sub="ombudsman-2", scopes=("reports:secret",)),
}  # fmt: skip


async def handed_in(office: Office, **flags: bool) -> UUID:
    report = await office.made(
        Status.ASSIGNED, client_id="wa-gateway", external_reference=f"{PHONE}-{new_id()}", entered_by=DESK, **flags
    )
    async with office.transaction() as session:
        await session.execute(
            insert(Message).values(
                id=new_id(), report_id=report, kind=MessageKind.REPLY.value, body="Masih.", salt=b"s" * 16,
                author="reporter:village-app", created_at=office.clock.now,
            )
        )  # fmt: skip
    await office.fact(report, EventType.REPORTER_REPLIED, by="account", client="reporter_app:village-app")
    return report


@pytest.mark.parametrize("flags", [{"anonymous": True}, {"secret": True}, {"anonymous": True, "secret": True}])
async def test_of_an_anonymous_or_secret_report_nobody_learns_through_whose_hands_it_came(
    office: Office, flags: dict[str, bool]
) -> None:
    report = await handed_in(office, **flags)

    told: dict[str, Any] = {
        name: (await office.http.get(f"/v1/reports/{report}", headers=headers)).text
        for name, headers in READERS.items()
    }
    told["action"] = (await office.act(report, "notes", OFFICER, **driving.BODIES["notes"])).text
    told["routing"] = (await office.http.get(f"/v1/reports/{report}/routing", headers=OFFICER)).text

    for name, text in told.items():
        assert not [word for word in (PHONE, DESK, "village-app", "mobile-app") if word in text], name
    seen = await office.get(f"/v1/reports/{report}", OFFICER)
    assert [event["actor"] for event in seen["events"] if event["type"].startswith(("reporter.", "report.rec"))] == [
        "reporter_app", "reporter",
    ]  # fmt: skip
    replied = next(event for event in seen["events"] if event["type"] == "reporter.replied")
    assert (replied["data"]["by"], replied["data"].keys() & {"client", "counter", "gateway"}) == ("account", set())


async def test_the_client_itself_finds_its_report_by_its_own_number(office: Office) -> None:
    report = await handed_in(office, anonymous=True, secret=True)

    own = await office.get(f"/v1/reports/{report}", GATEWAY)

    assert own["external_reference"].startswith(PHONE)
    assert own["entered_by"] == DESK


async def test_of_an_ordinary_report_the_line_sees_where_it_came_from(office: Office) -> None:
    report = await handed_in(office)

    seen = await office.get(f"/v1/reports/{report}", OFFICER)

    assert seen["entered_by"] == DESK
    assert seen["events"][0]["actor"] == "reporter_app:mobile-app"


async def test_the_custodian_is_told_with_a_reason_and_nobody_else(office: Office) -> None:
    report, ordinary = await handed_in(office, anonymous=True), await handed_in(office)

    custodian = await office.act(report, "identity", CUSTODIAN, reason="Perintah pengadilan.")
    officer = await office.act(ordinary, "identity", OFFICER)

    assert custodian.json()["client"] == "wa-gateway"
    assert custodian.json()["entered_by"] == DESK
    assert custodian.json()["external_reference"].startswith(PHONE)
    assert (officer.json()["client"], officer.json()["external_reference"]) == (None, None)


async def test_the_feed_tells_no_more_than_the_report(busy: Office) -> None:
    anonymous = await handed_in(busy, anonymous=True)
    open_ = await handed_in(busy)
    await quiet(busy)

    page = await busy.get("/v1/events", ADMIN, types="report.received,reporter.replied", limit=200)

    told = {(item["subject"], item["type"]): item["data"] for item in page["items"]}
    assert told[str(anonymous), "report.received"]["actor"] == "reporter_app"
    assert told[str(anonymous), "reporter.replied"]["details"].get("client") is None
    assert told[str(open_), "report.received"]["actor"] == "reporter_app:mobile-app"
    assert told[str(open_), "reporter.replied"]["details"]["client"] == "reporter_app:village-app"
