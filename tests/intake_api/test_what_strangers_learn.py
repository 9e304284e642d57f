"""Nobody gets nearer to a report of another than its public kilometre, minute and district, however often they ask."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reports import queries as public
from intake_api.reports.queries import Circle, Filters
from intake_api.similar import queries as similar
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.messages import MessageKind
from shared.log import events
from shared.log.events import EventType
from shared.queries.similar_reports import LookedFor
from shared.schema import Report
from tests.factories import NOON, a_registry, a_report, drafted
from tests.intake_api.helpers import APP, Submitted, assigned, code_of, merged, moved, submitted
from tests.places_in_a_cell import ASKED, CELL, places_in_the_cell


@pytest.fixture
async def anonymous(session: AsyncSession) -> Any:
    """A public report that only its place, and its title, tell of."""
    await a_registry(session)
    report = await a_report(
        session, anonymous=True, published_at=NOON, latitude=CELL[0], longitude=CELL[1], region_code="64.72.01"
    )
    await session.execute(
        text(
            "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
            " VALUES (:id, 'Jalan berlubang', 'Lubang besar di depan pasar pagi', '[]', 1, :at, 'x')"
        ),
        {"id": report, "at": NOON},
    )
    return report


async def answers(session: AsyncSession, report: Any) -> list[Any]:
    """What an asker gets who moves around the report: whether it is found, with which score, and listed."""
    found: list[Any] = []
    for latitude, longitude in ASKED:
        asked = LookedFor(
            "kwyjibo zzyzx plugh xyzzy frobnitz quux wibble wobble flob foobar", "Jalan berlubang lubang besar",
            NOON, latitude, longitude, "64.72.01",
        )  # fmt: skip
        found += [
            (one.row.tracking_number, one.score, one.parts, one.row.latitude, one.row.longitude)
            for one in await similar.find_similar(session, asked)
            if one.row.id == report
        ]
        near = Filters(None, None, None, None, None, Circle(latitude, longitude, 2_000.0))
        statement = public.page_of(near, after=None, oldest_first=False, limit=50)
        found.append([row.tracking_number for row in await session.execute(statement) if row.id == report])
    return found


async def test_every_exact_place_in_a_cell_gives_the_same_answers(session: AsyncSession, anonymous: Any) -> None:
    expected = None
    for latitude, longitude in places_in_the_cell():
        place = {"latitude": latitude, "longitude": longitude}
        await session.execute(update(Report).where(Report.id == anonymous).values(place))

        found = await answers(session, anonymous)

        expected = expected or found
        assert found == expected, place
    assert any(expected or ())


async def test_the_next_cell_gives_others(session: AsyncSession, anonymous: Any) -> None:
    """Else the test above would test nothing."""
    before = await answers(session, anonymous)
    await session.execute(update(Report).where(Report.id == anonymous).values(latitude=CELL[0] + 0.011))

    assert await answers(session, anonymous) != before


@pytest.mark.parametrize(("latitude", "shown"), [(-0.49, "64.72.01"), (None, "64.72.01.1001")])
async def test_with_a_pin_the_village_is_not_public_nor_found_nor_compared(
    session: AsyncSession, anonymous: Any, latitude: float | None, shown: str
) -> None:
    """The village and the kilometre together would tell of less than either."""
    village = "64.72.01.1001"
    await session.execute(text("INSERT INTO regions VALUES (:code, 'Rawa Makmur', '64.72.01')"), {"code": village})
    longitude = None if latitude is None else CELL[1]
    changed = {"region_code": village, "latitude": latitude, "longitude": longitude}
    await session.execute(update(Report).where(Report.id == anonymous).values(changed))

    listed = (
        await session.execute(
            public.page_of(Filters(None, None, None, None, None, None), after=None, oldest_first=False, limit=5)
        )
    ).one()
    by_village = await session.execute(
        public.page_of(Filters(None, village, None, None, None, None), after=None, oldest_first=False, limit=5)
    )
    (alike,) = await similar.find_similar(session, LookedFor("Jalan berlubang", "lubang besar", NOON, region=village))

    assert listed.seen_region_code == shown
    assert len(by_village.all()) == (shown == village)
    assert (alike.row.region_code, alike.parts.distance) == (shown, 1.0 if shown == village else 0.7)


# --- the minute, and the version -----------------------------------------------------------------------------


async def test_the_public_learns_the_minute_and_the_reporter_the_instant(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client, title="Menitnya saja")
    await assigned(committed, report)
    at = NOON + timedelta(minutes=3, seconds=41, microseconds=123456)
    await moved(committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, at=at, said="Kami datang.")
    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(received_at=at))

    view = (await client.get(report.path)).json()
    listed = (await client.get("/v1/reports?q=menitnya")).json()["items"]
    alike = (await client.post("/v1/reports/similar", json={"title": "Menitnya saja"}, headers=APP)).json()["items"]
    own = (await client.get(report.path, headers=report.as_reporter)).json()

    minute = "2026-03-02T04:03:00Z"
    assert (view["received_at"], view["responses"][0]["at"]) == (minute, minute)
    assert [one["received_at"] for one in listed if one["tracking_number"] == report.number] == [minute]
    assert [one["received_at"] for one in alike if one["tracking_number"] == report.number] == [minute]
    assert own["received_at"] == "2026-03-02T04:03:41.123456Z"


async def test_a_cursor_of_the_public_list_holds_what_the_list_shows_and_loses_nothing(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    reports = [await submitted(client, title="Kursornya tertutup") for _ in range(5)]
    for seconds, report in enumerate(reports):
        await assigned(committed, report)
        async with committed.begin() as session:
            at = NOON + timedelta(seconds=seconds, microseconds=987_654)
            await session.execute(update(Report).where(Report.id == report.id).values(received_at=at))
    for sort, expected in (("received_at", reports), ("-received_at", reports[::-1])):
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            path = f"/v1/reports?q=kursornya&limit=2&sort={sort}" + (f"&cursor={cursor}" if cursor else "")
            page = (await client.get(path)).json()
            found += [one["tracking_number"] for one in page["items"]]
            cursor = page["next_cursor"]
            told = base64.urlsafe_b64decode(f"{cursor or ''}===").decode()
            assert "987654" not in told
            assert not any(str(report.id) in told for report in reports)
        assert found == [report.number for report in expected]


async def test_a_page_goes_on_with_its_minute_when_its_last_report_is_public_no_more(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    reports = [await submitted(client, title="Halamannya bersambung") for _ in range(3)]
    for minutes, report in enumerate(reports):
        await assigned(committed, report)
        async with committed.begin() as session:
            at = NOON - timedelta(minutes=minutes)
            await session.execute(update(Report).where(Report.id == report.id).values(received_at=at))
    first = (await client.get("/v1/reports?q=halamannya&limit=1")).json()
    await moved(committed, reports[0], EventType.REPORT_VERIFIED, Status.ASSIGNED, secret=True)

    rest = (await client.get(f"/v1/reports?q=halamannya&cursor={first['next_cursor']}")).json()

    assert [one["tracking_number"] for one in first["items"]] == [reports[0].number]
    assert [one["tracking_number"] for one in rest["items"]] == [one.number for one in reports[1:]]


async def versions(client: httpx.AsyncClient, report: Submitted) -> tuple[int, str]:
    answer = await client.get(report.path)
    return answer.json()["version"], answer.headers["etag"]


async def test_the_public_version_counts_what_the_public_reads_and_not_who_looked(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report = await submitted(client)
    await assigned(committed, report)
    before = await versions(client, report)
    for type in (
        EventType.IDENTITY_VIEWED,
        EventType.REPORT_NOTED,
        EventType.REPORTER_REPLIED,
        EventType.REPORT_JOINED,
    ):
        async with committed.begin() as session:
            await noted(session, report, type)

    assert await versions(client, report) == before
    await moved(
        committed, report, EventType.REPORT_RESPONDED, Status.IN_PROGRESS, said="Sedang dikerjakan.",
        kind=MessageKind.RESPONSE,
    )  # fmt: skip
    after = await versions(client, report)
    assert after[0] == before[0] + 1
    assert after[1].startswith(f'"{after[0]}.public.id.')
    own = (await client.get(report.path, headers=report.as_reporter)).json()
    assert own["version"] == 7


async def noted(session: AsyncSession, report: Submitted, type: EventType) -> None:
    head = await events.lock_head(session, report.id)
    assert head is not None
    await events.append(session, head, drafted(type, NOON, "identity_custodian:c", {}), recorded_at=NOON)


# --- supports ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [({}, True), ({"secret": True}, False), ({"published_at": None}, False), ({"status": Status.WITHDRAWN}, False)],
)
async def test_a_stranger_is_led_to_a_survivor_only_if_everybody_may_know_of_it(
    client: httpx.AsyncClient, committed: Sessions, changes: dict[str, Any], named: bool
) -> None:
    older, report = await submitted(client), await submitted(client)
    for one in (older, report):
        await assigned(committed, one)
    supporter = {"reporter_reference": "akun-setia"}
    await client.post(f"{report.path}/supports", json=supporter, headers=APP)
    await merged(committed, report, older)
    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == older.id).values({"round": 1} | changes))

    refused = await client.post(f"{report.path}/supports", json={"reporter_reference": "stranger"}, headers=APP)

    assert code_of(refused) == (409, "merged")
    assert (older.number in refused.text) is named
    followed = (await client.get("/v1/reporters/akun-setia/supports", headers=APP)).json()["items"]
    (item,) = [one for one in followed if one["tracking_number"] == report.number]
    assert (item["merged_into"] is None) is bool(changes.get("secret"))


async def test_a_cursor_of_supported_reports_holds_no_id_of_anothers_report(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    reports = [await submitted(client) for _ in range(3)]
    for report in reports:
        await assigned(committed, report)
        await client.post(f"{report.path}/supports", json={"reporter_reference": "akun-kursor"}, headers=APP)
    path = "/v1/reporters/akun-kursor/supports?limit=1"
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = (await client.get(path + (f"&cursor={cursor}" if cursor else ""), headers=APP)).json()
        found += [one["tracking_number"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert not any(str(report.id) in base64.urlsafe_b64decode(f"{cursor}===").decode() for report in reports)

    assert sorted(found) == sorted(report.number for report in reports)
