"""The work list: whose reports, which of them, in which order, page by page."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from shared.clients import Role
from shared.database import Sessions
from shared.domain.lifecycle import Classification, Level, Status
from shared.log.events import EventType
from shared.schema import Clock as ClockRow
from tests.factories import DAY, NOON, bearer
from tests.routing_service import driving
from tests.routing_service.driving import ADMIN, Office
from tests.routing_service.report.test_feed import note, quiet

BALIKPAPAN_PU = {"holder_level": Level.AGENCY, "holder_agency_code": "BALIKPAPAN-PU", "agency_code": "BALIKPAPAN-PU"}
BALIKPAPAN = {"holder_level": Level.COORDINATOR, "holder_agency_code": "BALIKPAPAN"}
COORDINATOR = driving.OTHER_COORDINATOR  # of BALIKPAPAN, where nothing is but what a test puts there
OFFICER = bearer(Role.LIAISON_OFFICER, sub="bpp-pu", agency="BALIKPAPAN-PU")


async def ids(office: Office, headers: Any = COORDINATOR, **params: Any) -> list[UUID]:
    if "q" in params:
        await office.indexed()
    return [UUID(item["id"]) for item in (await office.get("/v1/reports", headers, **params))["items"]]


async def a_clock(office: Office, report: UUID, due_at: Any, stage: str = "first_response", **changes: Any) -> None:
    values = {
        "report_id": report, "stage": stage, "opened_seq": 1, "round": 1, "started_at": NOON, "due_at": due_at,
        "state": "running", "outcome": "pending", "on_due": "escalate", "policy_code": "ID-SP4N-2018",
        "calendar_id": 1, "time_zone": "Asia/Makassar", "imported": False, "opened_recorded_at": NOON,
        "computed_seq": 1, "step_code": [], "step_at": [], "step_level": [], "step_kind": [], "step_recipients": [],
        "level": 0,
    }  # fmt: skip
    async with office.transaction() as session:
        await session.execute(insert(ClockRow).values(values | changes))


# --- scope -------------------------------------------------------------------------------------------------


async def test_a_coordinator_lists_what_it_and_its_agencies_hold(office: Office) -> None:
    mine = [await office.report(**BALIKPAPAN), await office.report(**BALIKPAPAN_PU)]
    await office.report()

    assert set(await ids(office)) == set(mine)


async def test_an_officer_lists_what_its_agency_and_those_below_hold(office: Office) -> None:
    report = await office.report(**BALIKPAPAN_PU)
    await office.report(**BALIKPAPAN)
    unit = {"holder_level": Level.AGENCY, "holder_agency_code": "SAMARINDA-PU-JALAN"}
    below = await office.report(**unit, agency_code="SAMARINDA-PU-JALAN")

    assert await ids(office, OFFICER) == [report]
    assert below in await ids(office, driving.OFFICER, limit=200)
    assert below not in await ids(office, driving.OTHER_OFFICER, limit=200)


async def test_an_officer_of_the_instansi_itself_lists_what_it_answers_and_not_what_its_agencies_do(
    office: Office,
) -> None:
    await office.report(**BALIKPAPAN_PU)
    await office.report(**BALIKPAPAN)
    own = await office.report(holder_level=Level.AGENCY, holder_agency_code="BALIKPAPAN", agency_code="BALIKPAPAN")

    assert await ids(office, bearer(Role.AGENCY_HEAD, agency="BALIKPAPAN")) == [own]


@pytest.mark.parametrize("headers", [ADMIN, driving.SUPERVISOR])
async def test_the_centre_lists_everything(office: Office, headers: Any) -> None:
    some = {await office.report(), await office.report(**BALIKPAPAN_PU), await office.report(secret=True)}

    assert some <= set(await ids(office, headers, limit=200))


async def test_who_has_an_agency_that_is_not_registered_lists_nothing(office: Office) -> None:
    assert await ids(office, bearer(Role.LIAISON_OFFICER, agency="NOWHERE")) == []
    assert await ids(office, bearer(Role.COORDINATOR, agency="NOWHERE")) == []


# --- filters -----------------------------------------------------------------------------------------------


async def test_each_filter_narrows_the_list(office: Office) -> None:
    one = await office.report(
        **BALIKPAPAN_PU, status=Status.ASSIGNED, classification=Classification.ASPIRATION, region_code="64.71",
        title="Lampu 100% mati", body="Gelap sekali.", recorded_at=NOON + DAY,
    )  # fmt: skip
    other = await office.report(**BALIKPAPAN, region_code="64")
    number = await office.value(one, "tracking_number")

    for narrowing in (
        {"status": "assigned"},
        {"status": ["assigned", "closed"]},
        {"agency": "BALIKPAPAN-PU"},
        {"agency": "BALIKPAPAN"},
        {"holder": "agency"},
        {"holder": "BALIKPAPAN-PU"},
        {"tracking_number": number},
        {"q": "lampu 100%"},
        {"q": "GELAP"},
        {"classification": "aspiration"},
        {"region": "64.71"},
        {"updated_since": (NOON + DAY).isoformat()},
    ):
        assert await ids(office, **narrowing) == [one], narrowing
    assert set(await ids(office, region="64")) == {one, other}
    assert await ids(office, holder="coordinator") == [other]
    assert await ids(office, holder="national") == []


@pytest.mark.parametrize(
    "word",
    [EventType.REPORTER_REPLIED, EventType.REPORTER_CONSENTED, EventType.REPORT_NOTED, EventType.REPORT_MASKED],
)
async def test_every_word_is_a_change_that_a_poller_sees(office: Office, word: EventType) -> None:
    report = await office.made(Status.IN_PROGRESS)
    before = await office.get(f"/v1/reports/{report}", driving.OFFICER)
    later = office.clock.advance(days=5)

    async def is_listed(since: datetime) -> bool:
        return report in await ids(office, driving.OFFICER, updated_since=since.isoformat())

    nothing = await is_listed(later)
    await office.record(report, EventType.CLOCK_REMINDED, stage="resolution")
    monitors = await is_listed(later)
    await office.record(report, word)

    assert not nothing
    assert not monitors
    assert await is_listed(later)
    assert not await is_listed(later + timedelta(microseconds=1))
    after = await office.get(f"/v1/reports/{report}", driving.OFFICER)
    assert after["version"] > before["version"]
    assert datetime.fromisoformat(after["changed_at"]) == later
    listed = (await office.get("/v1/reports", driving.OFFICER, updated_since=later.isoformat()))["items"]
    assert {item["id"]: item["changed_at"] for item in listed}[str(report)] == after["changed_at"]


async def test_a_deadline_that_moves_changes_the_line_and_the_view_and_no_version(office: Office) -> None:
    report = await office.made(Status.IN_PROGRESS)
    path = f"/v1/reports/{report}"
    before = await office.http.get(path, headers=driving.OFFICER)
    moved = office.clock.advance(days=5)
    await a_clock(office, report, moved, "resolution", changed_at=moved - timedelta(days=9), state="paused")
    paused = await office.get(path, driving.OFFICER)
    async with office.transaction() as session:
        running = update(ClockRow).where(ClockRow.report_id == report).values(changed_at=moved, state="running")
        await session.execute(running)

    after = await office.http.get(path, headers=driving.OFFICER)
    listed = (await office.get("/v1/reports", driving.OFFICER, updated_since=moved.isoformat()))["items"]
    unlisted = await ids(office, driving.OFFICER, updated_since=(moved + timedelta(microseconds=1)).isoformat())
    noted = await office.http.post(
        f"{path}/notes", json={"body": "Sudah."}, headers=driving.OFFICER | {"If-Match": before.headers["ETag"]}
    )

    assert paused["changed_at"] == before.json()["changed_at"]
    assert datetime.fromisoformat(after.json()["changed_at"]) == moved
    [line] = [one for one in listed if one["id"] == str(report)]
    assert line["changed_at"] == after.json()["changed_at"]
    assert line["version"] == after.json()["version"] == before.json()["version"]
    assert after.headers["ETag"] != before.headers["ETag"]
    assert report not in unlisted
    assert noted.status_code == 200, noted.text


async def test_a_supervisor_without_the_grant_finds_no_secret_report_by_words_that_he_may_not_read(
    office: Office,
) -> None:
    report = await office.report(secret=True, title="Rahasia negara", body="Pejabat X menerima amplop.")
    granted = bearer(Role.SUPERVISOR, scopes=("reports:secret",))

    assert await ids(office, driving.SUPERVISOR, q="amplop") == []
    assert await ids(office, driving.SUPERVISOR, q="rahasia negara") == []  # nobody has verified this title yet
    assert await ids(office, granted, q="amplop") == await ids(office, granted, q="rahasia negara") == [report]
    await office.done(report, "verification", driving.ADMIN, title="Dugaan pungli")
    assert await ids(office, driving.SUPERVISOR, q="rahasia negara") == []
    assert await ids(office, driving.SUPERVISOR, q="dugaan pungli") == [report]


async def test_due_filters_ask_the_clock_that_ends_first(office: Office) -> None:
    late, later, free = [await office.report(**BALIKPAPAN_PU) for _ in range(3)]
    await a_clock(office, late, NOON, level=2)
    await a_clock(office, late, NOON + 9 * DAY, "resolution")
    await a_clock(office, later, NOON + timedelta(microseconds=1))
    await a_clock(office, free, NOON - DAY, "reporter_reply", on_due="close")  # the reporter is late with it
    await a_clock(office, free, NOON - DAY, "first_response", state="stopped")

    items = {UUID(item["id"]): item for item in (await office.get("/v1/reports", COORDINATOR))["items"]}

    assert await ids(office, overdue=True) == [late]
    assert set(await ids(office, overdue=False)) == {later, free}
    assert set(await ids(office, due_before=(NOON + timedelta(microseconds=1)).isoformat())) == {late}
    assert (items[late]["stage"], items[late]["level"]) == ("first_response", 2)
    assert items[late]["due_at"] == "2026-03-02T04:00:00Z"
    assert (items[free]["stage"], items[free]["due_at"], items[free]["level"]) == (None, None, None)


async def test_a_report_shows_the_worst_that_it_is_late_with_and_not_what_was_begun_last(office: Office) -> None:
    report = await office.report(**BALIKPAPAN_PU, received_at=NOON - 75 * DAY)
    await a_clock(office, report, NOON - 61 * DAY, "statutory_answer", on_due="record", level=1)
    await a_clock(office, report, NOON - 15 * DAY, "oversight_response", level=4)
    await a_clock(office, report, NOON + 5 * DAY, "first_response")
    await office.report(**BALIKPAPAN_PU)

    for params in ({"overdue": True}, {"due_before": NOON.isoformat()}, {"overdue": True, "sort": "due_at"}):
        (item,) = (await office.get("/v1/reports", COORDINATOR, **params))["items"]
        assert UUID(item["id"]) == report
        assert (item["stage"], item["level"]) == ("statutory_answer", 4)
        assert item["due_at"] == "2025-12-31T04:00:00Z"
        assert item["next"] == {"stage": "first_response", "due_at": "2026-03-07T04:00:00Z", "level": 0}
    assert report not in await ids(office, overdue=False)


# --- order and pages ---------------------------------------------------------------------------------------


async def some(office: Office) -> list[UUID]:
    """Five reports, the oldest first; the first three have clocks, the oldest's ending last."""
    reports = [await office.report(**BALIKPAPAN_PU, received_at=NOON + n * DAY) for n in range(5)]
    for n, report in enumerate(reports[:3]):
        await a_clock(office, report, NOON + (20 - n) * DAY)
    return reports


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("received_at", [0, 1, 2, 3, 4]),
        ("-received_at", [4, 3, 2, 1, 0]),
        ("due_at", [2, 1, 0, 4, 3]),
        ("-due_at", [0, 1, 2, 4, 3]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_put_together_are_the_whole_list_in_order(
    office: Office, sort: str, order: list[int], limit: int
) -> None:
    reports = await some(office)

    found: list[UUID] = []
    params: dict[str, Any] = {"sort": sort, "limit": limit}
    for _ in range(6):
        page = await office.get("/v1/reports", COORDINATOR, **params)
        found += [UUID(item["id"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    assert found == [reports[n] for n in order]


async def test_a_report_with_two_running_clocks_is_listed_once(office: Office) -> None:
    report = await office.report(**BALIKPAPAN_PU)
    await a_clock(office, report, NOON + DAY, "resolution")
    await a_clock(office, report, NOON + DAY, "first_response")

    page = await office.get("/v1/reports", COORDINATOR, sort="due_at")

    assert [item["stage"] for item in page["items"]] == ["first_response"]


@pytest.mark.parametrize(
    "params",
    [
        {"colour": "red"},
        {"limit": 0},
        {"limit": 201},
        {"sort": "title"},
        {"status": "lost"},
        {"cursor": "bm9uc2Vuc2U"},
        {"cursor": "***"},
        {"due_before": "0001-01-01T00:00:00+14:00"},
        {"updated_since": "yesterday"},
        {"updated_since": "2026-01-01T00:00:00"},
        {"tracking_number": "12"},
        {"region": "Samarinda"},
        {"agency": "NOWHERE"},
        {"q": ""},
        {"q": "x" * 501},
    ],
)
async def test_a_parameter_that_makes_no_sense_is_refused(office: Office, params: dict[str, Any]) -> None:
    response = await office.http.get("/v1/reports", headers=ADMIN, params=params)

    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_cursor_of_another_sort_is_refused(office: Office) -> None:
    await some(office)
    page = await office.get("/v1/reports", COORDINATOR, sort="due_at", limit=1)

    response = await office.http.get(
        "/v1/reports", headers=COORDINATOR, params={"cursor": page["next_cursor"], "sort": "received_at"}
    )

    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")


async def test_words_are_found_however_they_are_composed(office: Office) -> None:
    composed = await office.report(title="Kaf\u00e9 B\u00e9jo")
    decomposed = await office.report(body="Di Kafe\u0301 Be\u0301jo")

    for asked in ("Kaf\u00e9 B\u00e9jo", "Kafe\u0301 Be\u0301jo", "Kaf\u00e9\u00a0B\u00e9jo"):
        assert set(await ids(office, driving.ADMIN, q=asked)) == {composed, decomposed}, asked


# --- by change: for whoever keeps a copy ---------------------------------------------------------------------


async def changed(office: Office, cursor: str | None = None, **params: Any) -> tuple[list[str], str]:
    """The numbers, and where to go on."""
    await quiet(office)
    asked = params if cursor is None else params | {"cursor": cursor}
    page = await office.get("/v1/reports", driving.OFFICER, sort="changed_at", **asked)
    return [item["id"] for item in page["items"]], page["next_cursor"]


async def test_a_copy_that_follows_the_changes_hears_of_each_report_once_for_all_that_is_new(busy: Office) -> None:
    one, other = await busy.made(Status.ASSIGNED), await busy.made(Status.ASSIGNED)
    found, cursor = await changed(busy, limit=1)
    assert found == [str(one)]
    await busy.record(one, EventType.REPORT_NOTED)
    await busy.record(one, EventType.REPORTER_REPLIED)

    rest, cursor = await changed(busy, cursor)
    nothing, cursor = await changed(busy, cursor)
    await busy.record(one, EventType.CLOCK_REMINDED, stage="resolution")
    monitors, cursor = await changed(busy, cursor)
    await busy.record(other, EventType.REPORT_NOTED)

    assert (rest, nothing, monitors) == ([str(other), str(one)], [], [])
    assert (await changed(busy, cursor, status="closed"))[0] == []
    assert (await changed(busy, cursor, overdue=False))[0] == [str(other)]
    assert (await changed(busy, cursor, overdue=True))[0] == []
    assert (await changed(busy, cursor))[0] == [str(other)]


async def test_a_copy_misses_no_change_that_commits_after_a_later_one(busy: Office, sessions: Sessions) -> None:
    slow_report, fast_report = await busy.made(Status.ASSIGNED), await busy.made(Status.ASSIGNED)
    _, cursor = await changed(busy)

    async with sessions() as slow:
        await note(slow, slow_report)  # its transaction has its number, and stays open
        async with sessions.begin() as fast:
            await note(fast, fast_report)
        page = await busy.get("/v1/reports", driving.OFFICER, sort="changed_at", cursor=cursor)
        await slow.commit()
    after, _ = await changed(busy, page["next_cursor"])

    assert page["items"] == []
    assert after == [str(slow_report), str(fast_report)]


@pytest.mark.parametrize("sort", ["changed_at", "-received_at"])
async def test_a_cursor_by_change_is_good_for_that_sort_alone(office: Office, sort: str) -> None:
    by_change = (await office.get("/v1/reports", ADMIN, sort="changed_at", limit=1))["next_cursor"]
    by_receipt = (await office.get("/v1/reports", ADMIN, limit=1))["next_cursor"]
    wrong = by_receipt if sort == "changed_at" else by_change

    answer = await office.http.get("/v1/reports", headers=ADMIN, params={"sort": sort, "cursor": wrong})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_what_has_not_changed_is_not_sent_again(office: Office) -> None:
    report = await office.made(Status.ASSIGNED)
    path = f"/v1/reports/{report}"
    tag = (await office.http.get(path, headers=driving.OFFICER)).headers["etag"]

    same = await office.http.get(path, headers=driving.OFFICER | {"If-None-Match": tag})
    others = await office.http.get(path, headers=driving.OTHER_OFFICER | {"If-None-Match": tag})
    await office.record(report, EventType.REPORT_NOTED)
    changed = await office.http.get(path, headers=driving.OFFICER | {"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert [others.status_code, changed.status_code] == [200, 200]
