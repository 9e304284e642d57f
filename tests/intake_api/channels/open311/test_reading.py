"""What Open311 tells of reports: what everybody may know, found by every filter, and no more exactly than elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import defusedxml.ElementTree as ET
import httpx
import pytest
from sqlalchemy import insert, update

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.schema import Clock, PublicText, Report
from tests.factories import NOON
from tests.intake_api.channels.open311.forms import REQUESTS, errors_of
from tests.intake_api.helpers import Clock as Told
from tests.intake_api.helpers import Submitted, assigned, moved, submitted

#: Years apart from what other tests make.
DAY = timedelta(days=1)


async def published(client: httpx.AsyncClient, sessions: Sessions, at: datetime, **changes: Any) -> Submitted:
    """One that everybody sees, received then."""
    report = await submitted(client, **changes)
    await assigned(sessions, report)
    async with sessions.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(received_at=at))
    return report


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(f"{REQUESTS}.json", params=query)
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.json()]


async def test_a_report_is_told_with_its_agency_its_deadline_and_how_that_is_counted(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    place = {"text": "Rumah Ani", "latitude": -0.50123, "longitude": 117.15377}
    report = await published(client, committed, NOON + timedelta(seconds=30), location=place)
    await moved(
        committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, at=NOON + DAY, said="Besok ditambal.",
        recorded_at=NOON + DAY,
    )  # fmt: skip
    async with committed.begin() as session:
        await session.execute(insert(Clock), [a_clock(report)])

    [told] = (await client.get(f"{REQUESTS}/{report.number}.json?extensions=true")).json()

    assert told["status"] == "open"
    assert told["status_notes"] == "Besok ditambal."
    assert (told["service_code"], told["agency_responsible"]) == ("roads.damage", "Samarinda-Pu")
    assert (told["requested_datetime"], told["expected_datetime"]) == ("2026-03-02T04:00:00Z", "2026-03-20T16:00:00Z")
    assert (told["lat"], told["long"]) == (-0.5, 117.15)
    assert told["extended_attributes"]["classification"] == "complaint"
    assert "Rumah Ani" not in str(told)
    plain = (await client.get(f"{REQUESTS}/{report.number}.json")).json()[0]
    assert "extended_attributes" not in plain


def a_clock(report: Submitted) -> dict[str, Any]:
    due = datetime(2026, 3, 20, 16, tzinfo=UTC)
    return {
        "report_id": report.id, "stage": "resolution", "opened_seq": 1, "round": 1, "started_at": NOON, "due_at": due,
        "due_on": due.date(), "days": 14, "state": "running", "outcome": "pending", "on_due": "escalate",
        "policy_code": "ID-SP4N-2018", "calendar_id": 1, "time_zone": "Asia/Makassar", "imported": False,
        "opened_recorded_at": NOON, "computed_seq": 1, "step_code": [], "step_at": [], "step_level": [],
        "step_kind": [], "step_recipients": [],
    }  # fmt: skip


@pytest.mark.parametrize("hidden", ["secret", "received", "archived", "withdrawn"])
async def test_what_the_public_does_not_see_is_not_there_in_either_format_nor_in_any_list(
    client: httpx.AsyncClient, committed: Sessions, hidden: str
) -> None:
    report = await submitted(client, secret=hidden == "secret")
    if hidden != "received":
        await assigned(committed, report)
    if hidden in ("archived", "withdrawn"):
        type = EventType.REPORT_ARCHIVED if hidden == "archived" else EventType.REPORT_WITHDRAWN
        await moved(committed, report, type, Status(hidden))

    for end in ("json", "xml"):
        answer = await client.get(f"{REQUESTS}/{report.number}.{end}")
        assert (answer.status_code, [code for code, _ in errors_of(answer)]) == (404, [404])
    assert await listed(client, service_request_id=report.number) == []
    updates = await client.get("/open311/v2/servicerequestupdates.json", params={"service_request_id": report.number})
    assert updates.json() == []


async def test_every_filter_finds_what_it_names(client: httpx.AsyncClient, committed: Sessions, now: Told) -> None:
    at = datetime(2031, 5, 1, 4, tzinfo=UTC)
    roads = await published(client, committed, at)
    health = await published(client, committed, at + DAY, category="health")
    other = await published(client, committed, at + 2 * DAY, category=None)
    await moved(committed, health, EventType.REPORT_CLOSED, Status.CLOSED)
    span = {"start_date": "2031-05-01T00:00:00Z", "end_date": "2031-05-31T00:00:00Z"}

    assert await listed(client, **span) == [other.number, health.number, roads.number]
    assert await listed(client, **span, service_code="health") == [health.number]
    assert await listed(client, **span, service_code="health, uncategorised") == [other.number, health.number]
    assert await listed(client, **span, status="closed") == [health.number]
    assert await listed(client, **span, status="open") == [other.number, roads.number]
    assert await listed(client, **span, status="open,closed", page=2, page_size=1) == [health.number]
    assert await listed(client, **span, jurisdiction_id="SAMARINDA") == [other.number, health.number, roads.number]
    assert await listed(client, **span, jurisdiction_id="BALIKPAPAN") == []
    assert await listed(client, start_date="2031-05-02T04:00:00+00:00", end_date="2031-05-02T04:00:00Z") == [
        health.number
    ]
    both = f"{roads.number},{health.number},1000000013"
    assert await listed(client, service_request_id=both, status="open", start_date="2020-01-01T00:00:00Z") == [
        health.number, roads.number,
    ]  # fmt: skip
    now.now = at + 30 * DAY
    assert await listed(client) == [other.number, health.number, roads.number]
    now.now = at + 91 * DAY
    assert roads.number not in await listed(client)


async def test_nobody_learns_the_second_of_a_receipt_by_narrowing_the_span(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await published(client, committed, datetime(2032, 5, 1, 4, 0, 31, tzinfo=UTC))

    async def found(start: str, end: str) -> bool:
        return report.number in await listed(client, start_date=f"2032-05-01T{start}Z", end_date=f"2032-05-01T{end}Z")

    assert await found("04:00:00", "04:00:00")
    assert await found("03:00:00", "04:00:01")
    assert not await found("04:00:01", "05:00:00"), "it is told as 04:00:00"
    assert not await found("04:00:31", "05:00:00")
    assert not await found("03:00:00", "03:59:59")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"start_date": "2031-01-01T00:00:00Z", "end_date": "2031-04-01T00:00:01Z"}, "start_date"),
        ({"start_date": "2031-02-01T00:00:00Z", "end_date": "2031-01-01T00:00:00Z"}, "start_date"),
        ({"start_date": "2031-01-01T00:00:00"}, "start_date"),
        ({"end_date": "yesterday"}, "end_date"),
        ({"end_date": "9999-12-31T23:59:59Z"}, "end_date"),
        ({"status": "ajar"}, "status"),
        ({"page": "0"}, "page"),
        ({"page_size": "1001"}, "page_size"),
        ({"service_code": ","}, "service_code"),
    ],
)
async def test_what_cannot_be_asked_for_is_told_by_its_name(
    client: httpx.AsyncClient, query: dict[str, str], named: str
) -> None:
    answer = await client.get(f"{REQUESTS}.xml", params=query)

    assert answer.status_code == 400, answer.text
    assert [said.partition(":")[0] for _, said in errors_of(answer)] == [named]


async def test_ninety_days_are_the_longest_span(client: httpx.AsyncClient) -> None:
    span = {"start_date": "2031-01-01T00:00:00Z", "end_date": "2031-04-01T00:00:00Z"}

    assert (await client.get(f"{REQUESTS}.json", params=span)).status_code == 200


async def test_an_unknown_jurisdiction_or_service_is_404_and_what_nobody_knows_is_ignored(
    client: httpx.AsyncClient,
) -> None:
    for path in ("services", "services/roads.damage", "requests", "servicerequestupdates"):
        known, unknown = [
            await client.get(f"/open311/v2/{path}.xml", params={"jurisdiction_id": code, "api_key": "x", "foo": "y"})
            for code in ("SAMARINDA", "ATLANTIS")
        ]
        assert (known.status_code, unknown.status_code) == (200, 404), path
    assert (await client.get("/open311/v2/services/dragons.json")).status_code == 404


async def test_citizens_letters_that_xml_cannot_hold_are_left_out_and_the_others_are_not(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await published(client, committed, NOON)
    async with committed.begin() as session:
        words = {"title": "Jalan <b> & 'x'", "body": "a\x0b\x01b ]]> 🕳️ \u202eabc\ufffe"}
        await session.execute(update(PublicText).where(PublicText.report_id == report.id).values(**words))

    answer = await client.get(f"{REQUESTS}/{report.number}.xml")

    told = ET.fromstring(answer.content).find("request")
    assert told is not None
    assert told.findtext("description") == "Jalan <b> & 'x'\n\nab ]]> 🕳️ \u202eabc"


async def test_a_long_body_is_cut_where_the_specification_ends(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await published(client, committed, NOON, body="kata " * 3_000)

    [told] = (await client.get(f"{REQUESTS}/{report.number}.json")).json()

    assert len(told["description"]) == 4_000


async def test_a_category_that_demands_evidence_says_so_in_its_definition(client: httpx.AsyncClient) -> None:
    definition = (await client.get("/open311/v2/services/roads.damage.json")).json()

    codes = [one["code"] for one in definition["attributes"]]
    assert codes[0] == "title"
    assert [one["order"] for one in definition["attributes"]] == list(range(1, len(codes) + 1))
    assert {one["automated"] for one in definition["attributes"] if "automated" in one} == {"server_set"}
    assert uuid4().hex not in codes
