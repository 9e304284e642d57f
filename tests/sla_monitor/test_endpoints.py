"""What is answered to whom. The database is rolled back, the time is the end of 12 March 2026."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared import ids
from shared.clients import Role
from shared.domain.lifecycle import Level, Status
from tests.factories import a_registry, bearer
from tests.sla_monitor.conftest import NOW
from tests.sla_monitor.histories import History, at_work, end_of
from tests.sla_monitor.stored import a_report, clock, computed, swept

STARTED = "2026-03-02 10:00"
DUE = end_of("2026-03-09")
ADMIN = bearer(Role.NATIONAL_ADMIN)
ROADS = "SAMARINDA-PU-JALAN"
PAGES = ("/v1/overdue", "/v1/escalations", "/v1/statistics/clocks")


async def a_watched_report(
    session: AsyncSession, history: History, *, agency: str | None = "SAMARINDA-PU", **columns: Any
) -> UUID:
    """Computed and swept up to now; held by the agency, or by the national administrators."""
    holder = {
        "holder_level": Level.NATIONAL if agency is None else Level.AGENCY,
        "holder_agency_code": agency,
        "agency_code": agency,
        "status": Status.ASSIGNED,
    }
    report_id = await a_report(session, history, **holder | columns)
    await computed(session, report_id, now=NOW)
    await swept(session, NOW)
    return report_id


def given_to(agency: str) -> History:
    return History().received(STARTED).verified(STARTED).assigned(STARTED, agency)


async def of_stage(client: httpx.AsyncClient, report: object, stage: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/reports/{report}/clocks", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(item for item in answer.json()["items"] if item["stage"] == stage)
    return found


async def test_a_clock_is_shown_with_all_that_the_contract_names(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_registry(session)
    report_id = await a_watched_report(session, given_to("SAMARINDA-PU"))

    shown = await of_stage(client, report_id, "first_response")

    assert {key: shown[key] for key in ("stage", "round", "agency", "state", "outcome", "level", "policy")} == {
        "stage": "first_response",
        "round": 1,
        "agency": "SAMARINDA-PU",
        "state": "running",
        "outcome": "late",
        "level": 2,
        "policy": "ID-SP4N-2018",
    }
    assert shown["due_at"] == "2026-03-09T16:00:00Z"
    assert shown["due_on"] == "2026-03-09"
    assert shown["breached_at"] == "2026-03-09T16:00:00Z"
    assert shown["stopped_at"] is None
    assert shown["legal_basis"] == "PermenPANRB 62/2018"
    assert shown["calendar"].startswith("holidays")
    assert shown["calendar_complete"] is True
    assert [step["step"] for step in shown["steps"]] == [-1, 0, 3, 7]


async def test_every_day_that_did_not_count_has_its_reason(client: httpx.AsyncClient, session: AsyncSession) -> None:
    """From Monday 16 March 2026: cuti bersama and Nyepi, Idul Fitri with its cuti bersama, weekends, a pause."""
    history = at_work("2026-03-16 10:00").held("2026-03-25 09:00").resumed("2026-03-26 09:00")
    report_id = await a_watched_report(session, history, agency=None)

    shown = await of_stage(client, report_id, "first_response")

    reasons = {day["date"]: day["reason"] for day in shown["uncounted_days"]}
    assert reasons["2026-03-19"] == "holiday"
    assert reasons["2026-03-20"] == "cuti_bersama"
    assert reasons["2026-03-22"] == "weekend"
    assert reasons["2026-03-25"] == "paused"
    nyepi = next(day for day in shown["uncounted_days"] if day["date"] == "2026-03-19")
    assert "Nyepi" in nyepi["name"]["id"]
    paused = next(day for day in shown["uncounted_days"] if day["date"] == "2026-03-25")
    assert (paused["name"], paused["status"]) == (None, "awaiting_reporter")


async def test_a_clock_in_time_is_pending_and_one_that_was_answered_in_time_is_met(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    report_id = await a_watched_report(session, at_work(STARTED).responded("2026-03-04 09:00"), agency=None)

    assert (await of_stage(client, report_id, "first_response"))["outcome"] == "met"
    assert (await of_stage(client, report_id, "resolution"))["outcome"] == "pending"


async def test_a_paused_clock_has_no_due_instant_yet(client: httpx.AsyncClient, session: AsyncSession) -> None:
    report_id = await a_watched_report(session, at_work(STARTED).held("2026-03-04 09:00"), agency=None)

    shown = await of_stage(client, report_id, "first_response")

    assert (shown["state"], shown["due_at"], shown["due_on"], shown["outcome"]) == ("paused", None, None, "pending")


async def test_the_tracking_number_names_the_report_too(client: httpx.AsyncClient, session: AsyncSession) -> None:
    number = ids.new_tracking_number()
    await a_watched_report(session, at_work(STARTED), agency=None, tracking_number=number)

    assert (await of_stage(client, number, "first_response"))["level"] == 2


async def test_a_clock_is_explained_before_it_is_stored(client: httpx.AsyncClient, session: AsyncSession) -> None:
    report_id = await a_report(session, at_work(STARTED))

    shown = await of_stage(client, report_id, "first_response")

    assert (shown["outcome"], shown["breached_at"], shown["level"]) == ("late", None, 0)


@pytest.mark.parametrize("reference", ["nonsense", "0000000000", "00000000-0000-7000-8000-000000000000"])
async def test_an_unknown_report_is_not_found(client: httpx.AsyncClient, reference: str) -> None:
    answer = await client.get(f"/v1/reports/{reference}/clocks", headers=ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_year_beyond_the_calendar_is_a_conflict_that_says_what_to_load(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    report_id = await a_report(session, History().received("2050-03-02 10:00"))

    answer = await client.get(f"/v1/reports/{report_id}/clocks", headers=ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (409, "calendar_year_missing")
    assert "2050" in answer.json()["detail"]


SEES = {  # of a report that SAMARINDA-PU-JALAN holds
    "national admin": (bearer(Role.NATIONAL_ADMIN), 200),
    "supervisor": (bearer(Role.SUPERVISOR), 200),
    "another service": (bearer(Role.SERVICE), 200),
    "its coordinator": (bearer(Role.COORDINATOR, agency="SAMARINDA"), 200),
    "its officer": (bearer(Role.LIAISON_OFFICER, agency=ROADS), 200),
    "the head above": (bearer(Role.AGENCY_HEAD, agency="SAMARINDA-PU"), 200),
    "its system": (bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=("reports:work",)), 200),
    "another coordinator": (bearer(Role.COORDINATOR, agency="BALIKPAPAN"), 404),
    "another agency": (bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-DINKES"), 404),
    "an officer of the instansi itself": (bearer(Role.LIAISON_OFFICER, agency="SAMARINDA"), 404),
    "a channel that only submits": (bearer(Role.CHANNEL, agency="SAMARINDA-PU", scopes=("reports:submit",)), 403),
    "operator": (bearer(Role.OPERATOR), 403),
    "custodian": (bearer(Role.IDENTITY_CUSTODIAN), 403),
    "app": (bearer(Role.REPORTER_APP), 403),
    "nobody": ({}, 401),
}


async def test_pages_of_clocks_put_together_are_every_clock_once_and_a_cursor_is_of_one_report(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_registry(session)
    report, other = [await a_watched_report(session, given_to("SAMARINDA-PU")) for _ in range(2)]
    whole = (await client.get(f"/v1/reports/{report}/clocks", headers=ADMIN)).json()
    path = f"/v1/reports/{report}/clocks?limit=1"

    found, cursors, page = [], [], (await client.get(path, headers=ADMIN)).json()
    while page["next_cursor"]:
        found += page["items"]
        cursors.append(page["next_cursor"])
        page = (await client.get(f"{path}&cursor={cursors[-1]}", headers=ADMIN)).json()
    found += page["items"]

    def names(items: Any) -> list[Any]:
        return sorted((one["stage"], one["round"], one["started_at"]) for one in items)

    assert len(found) > 2
    assert names(found) == names(whole["items"])
    assert len(set(cursors)) == len(found) - 1
    for wrong in (f"/v1/reports/{other}/clocks?cursor={cursors[0]}", f"/v1/reports/{report}/clocks?cursor=x"):
        refused = await client.get(wrong, headers=ADMIN)
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_cursor")


@pytest.mark.parametrize("who", SEES)
async def test_clocks_are_shown_to_the_line_of_the_holder_and_those_above(
    client: httpx.AsyncClient, session: AsyncSession, who: str
) -> None:
    headers, status = SEES[who]
    await a_registry(session)
    report_id = await a_watched_report(session, given_to(ROADS), agency=ROADS, secret=True)

    answer = await client.get(f"/v1/reports/{report_id}/clocks", headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize("who", SEES)
async def test_lists_and_figures_know_only_the_reports_that_one_works_on(
    client: httpx.AsyncClient, session: AsyncSession, who: str
) -> None:
    headers, status = SEES[who]
    await a_registry(session)
    await a_watched_report(session, given_to(ROADS), agency=ROADS)

    answers = [await client.get(page, headers=headers) for page in PAGES]

    assert {answer.status_code for answer in answers} == {{404: 200}.get(status, status)}
    if status in (200, 404):
        assert [bool(answer.json()["items"]) for answer in answers] == [status == 200] * len(PAGES)


async def test_overdue_lists_running_clocks_past_due_the_longest_first(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_registry(session)
    later = await a_watched_report(session, at_work("2026-03-03 10:00"))
    first = await a_watched_report(session, at_work(STARTED))
    await a_watched_report(session, at_work(STARTED).responded("2026-03-11 09:00"))  # late, but no longer running
    await a_watched_report(session, at_work("2026-03-09 10:00"))  # not due yet

    items = (await client.get("/v1/overdue", headers=ADMIN)).json()["items"]

    assert [(item["report_id"], item["stage"]) for item in items] == [
        (str(first), "first_response"),
        (str(later), "first_response"),
    ]
    assert [item["overdue_working_days"] for item in items] == [3, 2]
    assert [item["level"] for item in items] == [2, 1]


async def test_a_clock_is_overdue_at_its_due_instant(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await a_watched_report(session, at_work("2026-03-05 10:00"), agency=None)  # due at the end of the 12th: now

    items = (await client.get("/v1/overdue", headers=ADMIN)).json()["items"]

    assert [item["overdue_working_days"] for item in items] == [0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage=first_response", 1), ("stage=resolution", 0), ("level=2", 1), ("level=1", 0),
        ("agency=SAMARINDA", 1), ("agency=SAMARINDA-PU", 1), ("agency=BALIKPAPAN", 0),
        ("agency=SAMARINDA&stage=first_response&level=2", 1),
    ],
)  # fmt: skip
async def test_overdue_is_filtered(client: httpx.AsyncClient, session: AsyncSession, query: str, found: int) -> None:
    await a_registry(session)
    await a_watched_report(session, given_to("SAMARINDA-PU"))

    items = (await client.get(f"/v1/overdue?{query}", headers=ADMIN)).json()["items"]

    assert len(items) == found


@pytest.mark.parametrize("page", ["/v1/overdue", "/v1/escalations?stage=first_response"])
async def test_pages_follow_one_another_without_a_gap(
    client: httpx.AsyncClient, session: AsyncSession, page: str
) -> None:
    for _ in range(5):
        await a_watched_report(session, at_work(STARTED), agency=None)
    everything = (await client.get(page, headers=ADMIN)).json()["items"]

    joined: list[Any] = []
    params = {"limit": "2"}
    while True:
        answer = (await client.get(page, headers=ADMIN, params=httpx.URL(page).params.merge(params))).json()
        joined += answer["items"]
        if answer["next_cursor"] is None:
            break
        params["cursor"] = answer["next_cursor"]

    assert len(everything) >= 5
    assert joined == everything


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/overdue?unknown=1", "invalid"),
        ("/v1/overdue?limit=0", "invalid"),
        ("/v1/overdue?level=99", "invalid"),
        ("/v1/overdue?agency=NOWHERE", "unknown_agency"),
        ("/v1/overdue?cursor=bm9uc2Vuc2U", "bad_cursor"),
        ("/v1/escalations?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwWiIsIDFd", "bad_cursor"),
        ("/v1/escalations?kind=nonsense", "invalid"),
        ("/v1/statistics/clocks?cursor=a", "invalid"),
        ("/v1/statistics/clocks?agency=NOWHERE", "unknown_agency"),
    ],
)
async def test_what_a_list_does_not_know_is_refused(client: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await client.get(path, headers=ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_escalations_are_listed_newest_first_with_whom_they_were_told(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_registry(session)
    report_id = await a_watched_report(session, given_to("SAMARINDA-PU"))

    items = (await client.get("/v1/escalations?stage=first_response&agency=SAMARINDA", headers=ADMIN)).json()["items"]

    highest = next(item for item in items if item["step"] == 3)
    assert (highest["kind"], highest["level"], highest["recipients"]) == ("escalation", 2, ["coordinator"])
    assert (highest["notify"], highest["late_entry"], highest["revoked_at"]) == (True, False, None)
    assert (highest["report_id"], highest["agency"]) == (str(report_id), "SAMARINDA-PU")
    assert sorted(item["step"] for item in items) == [-1, 0, 3]


@pytest.mark.parametrize(
    ("query", "found"),
    [("kind=breach", 1), ("notify=true", 1), ("notify=false", 2), ("revoked=true", 0), ("revoked=false", 3)],
)
async def test_escalations_are_filtered(
    client: httpx.AsyncClient, session: AsyncSession, query: str, found: int
) -> None:
    await a_watched_report(session, at_work(STARTED), agency=None)

    items = (await client.get(f"/v1/escalations?stage=first_response&{query}", headers=ADMIN)).json()["items"]

    assert len(items) == found


async def test_figures_count_late_clocks_whether_they_stopped_or_still_run(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    for history in (
        at_work(STARTED),  # runs past due
        at_work(STARTED).responded("2026-03-10 09:00"),  # answered late
        at_work(STARTED).responded("2026-03-04 09:00"),  # met
        at_work("2026-03-09 10:00"),  # pending
        at_work(STARTED).held("2026-03-04 09:00"),  # paused, so pending
        at_work(STARTED).withdrawn("2026-03-04 09:00"),  # cancelled
    ):
        await a_watched_report(session, history, agency=None)

    answer = (await client.get("/v1/statistics/clocks?stage=first_response", headers=ADMIN)).json()

    assert answer["as_of"] == NOW.isoformat().replace("+00:00", "Z")
    assert "late / (met + late)" in answer["formula"]
    assert answer["items"] == [
        {
            "stage": "first_response", "total": 6, "met": 1, "late": 2, "late_running": 1, "pending": 2,
            "cancelled": 1, "share_late": 2 / 3, "entered_late": 0, "share_entered_late": 0.0,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("as_of", [None, NOW])
async def test_figures_tell_those_apart_that_were_late_before_they_were_recorded(
    client: httpx.AsyncClient, session: AsyncSession, as_of: datetime | None
) -> None:
    """A letter of last month is late when it is typed in: whoever types it in is not to blame for that."""
    for recorded in ("2026-02-23 10:00", "2026-02-26 23:59", "2026-02-27 00:00", "2026-03-10 09:00"):
        await a_watched_report(session, History().received("2026-02-23 10:00", recorded=recorded), agency=None)

    params = {"stage": "verification"} | ({} if as_of is None else {"as_of": as_of.isoformat()})
    (item,) = (await client.get("/v1/statistics/clocks", params=params, headers=ADMIN)).json()["items"]

    assert (item["late"], item["entered_late"], item["share_entered_late"]) == (4, 2, 0.5)


async def test_the_sweep_does_not_change_the_figures(client: httpx.AsyncClient, session: AsyncSession) -> None:
    """Counts use the clocks, never the escalation rows."""
    report_id = await a_report(session, at_work(STARTED))
    await computed(session, report_id, now=NOW)
    before = (await client.get("/v1/statistics/clocks", headers=ADMIN)).json()

    await swept(session, NOW)

    assert (await clock(session, report_id, "first_response")).breached_at == DUE
    assert (await client.get("/v1/statistics/clocks", headers=ADMIN)).json() == before
