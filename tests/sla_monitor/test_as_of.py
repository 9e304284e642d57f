"""As it was known then: against what the endpoints answered at that time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.clock import now_dependency
from shared.domain.lifecycle import Level, Status
from tests.factories import a_registry, bearer
from tests.sla_monitor.histories import MICROSECOND, History, at_work, end_of
from tests.sla_monitor.stored import a_report, computed, swept, went_on

ADMIN = bearer(Role.NATIONAL_ADMIN)
OFFICER = bearer(Role.LIAISON_OFFICER, agency="SAMARINDA-PU")
DUE = end_of("2026-03-09")


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Watched:
    """Asks the monitor at one time after the other, and then again for each of them."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> None:
        self.app, self.client, self.session = app, client, session

    async def at(self, now: datetime, *report_ids: UUID) -> None:
        self.app.dependency_overrides[now_dependency] = lambda: now
        await computed(self.session, *report_ids, now=now)
        await swept(self.session, now)

    async def get(self, path: str, **params: Any) -> Any:
        params = {key: iso(value) if isinstance(value, datetime) else value for key, value in params.items()}
        answer = await self.client.get(path, headers=ADMIN, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def all(self, report_id: UUID, **params: Any) -> list[Any]:
        clocks = await self.get(f"/v1/reports/{report_id}/clocks", **params)
        statistics = await self.get("/v1/statistics/clocks", **params)
        return [
            clocks["items"], statistics["items"], await self.get("/v1/overdue", **params),
            await self.get("/v1/escalations", **params), await self.get("/v1/overdue", level=1, **params),
        ]  # fmt: skip


@pytest.fixture
def watched(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> Watched:
    return Watched(app, client, session)


async def test_whatever_was_answered_then_is_answered_again_as_of_then(watched: Watched, session: AsyncSession) -> None:
    """A breach, a hold, a correction that takes the breach back, an answer: each instant looks as it did."""
    history = at_work("2026-03-02 10:00", classification="aspiration")
    report_id = await a_report(session, history)
    quiet_id = await a_report(session, at_work("2026-03-03 10:00"))
    seen: dict[datetime, list[Any]] = {}

    async def look(now: datetime, *, upto: int = 0) -> None:
        if upto:
            await went_on(session, report_id, history)
        await watched.at(now, report_id, quiet_id)
        seen[now] = await watched.all(report_id)

    await look(end_of("2026-03-03"))
    await look(DUE - MICROSECOND)
    await look(DUE)
    history.fact("report.corrected", "2026-03-11 09:00", classification="complaint", supervisory=False)
    await look(end_of("2026-03-11"), upto=1)
    history.held("2026-03-12 09:00")
    await look(end_of("2026-03-12"), upto=1)
    history.resumed("2026-03-16 09:00")
    history.answered("2026-03-17 09:00")
    await look(end_of("2026-03-17"), upto=1)
    await watched.at(end_of("2026-04-20"), report_id, quiet_id)

    for instant, answers in seen.items():
        again = await watched.all(report_id, as_of=instant)
        _forget_status(answers, again)
        assert again == answers, instant


def _forget_status(*answers: list[Any]) -> None:
    """The tests write no status into the report; the log has it."""
    for answer in answers:
        for page in (answer[2], answer[4]):
            for item in page["items"]:
                item.pop("status", None)


async def test_what_was_recorded_later_was_not_known_even_if_it_occurred_before(
    watched: Watched, session: AsyncSession
) -> None:
    history = History().received("2026-03-02 10:00", recorded="2026-03-09 10:00")
    report_id = await a_report(session, history)
    await watched.at(end_of("2026-03-10"), report_id)
    recorded_at = history.events[0].recorded_at
    path = f"/v1/reports/{report_id}/clocks"

    before = await watched.get(path, as_of=recorded_at - MICROSECOND)
    after = await watched.get(path, as_of=recorded_at)

    assert before["items"] == []
    assert {clock["stage"] for clock in after["items"]} >= {"verification"}
    assert before["as_of"] != after["as_of"]


async def test_overdue_as_of_pages_through_moved_and_unmoved_reports_alike(
    watched: Watched, session: AsyncSession
) -> None:
    ids = []
    for day in range(2, 7):
        history = at_work(f"2026-03-0{day} 10:00")
        report_id = await a_report(session, history)
        ids.append(report_id)
        if day % 2:
            history.answered("2026-03-25 09:00")
            await went_on(session, report_id, history)
    await watched.at(end_of("2026-04-10"), *ids)
    as_of = end_of("2026-03-24")

    whole = (await watched.get("/v1/overdue", as_of=as_of, stage="first_response"))["items"]
    paged: list[Any] = []
    cursor = None
    while True:
        params: dict[str, Any] = {"cursor": cursor} if cursor else {}
        page = await watched.get("/v1/overdue", as_of=as_of, stage="first_response", limit=2, **params)
        paged += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break

    assert [item["report_id"] for item in whole] == [str(one) for one in ids]
    assert paged == whole
    assert {item["status"] for item in whole if item["report_id"] == str(ids[1])} == {"assigned"}
    now = await watched.get("/v1/overdue", stage="first_response")
    assert len(now["items"]) == 3


async def test_a_filter_by_agency_asks_who_had_the_clock_then(watched: Watched, session: AsyncSession) -> None:
    await a_registry(session)
    history = History().received("2026-03-02 10:00").verified("2026-03-02 10:00")
    history.assigned("2026-03-02 10:00", "SAMARINDA-PU").redirected("2026-03-12 10:00", "SAMARINDA-DINKES")
    holder: dict[str, Any] = {
        "holder_level": Level.AGENCY,
        "holder_agency_code": "SAMARINDA-DINKES",
        "status": Status.ASSIGNED,
    }
    report_id = await a_report(session, history, **holder)
    await watched.at(end_of("2026-03-13"), report_id)

    then = await watched.get("/v1/overdue", as_of=DUE, agency="SAMARINDA-PU", stage="first_response")
    now = await watched.get("/v1/overdue", agency="SAMARINDA-PU", stage="first_response")

    assert [item["agency"] for item in then["items"]] == ["SAMARINDA-PU"]
    assert now["items"] == []


PATHS = ("/v1/overdue", "/v1/statistics/clocks", "/v1/escalations", "/v1/reports/{}/clocks")


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_known_of_the_future(
    watched: Watched, client: httpx.AsyncClient, session: AsyncSession, path: str
) -> None:
    report_id = await a_report(session, at_work("2026-03-02 10:00"))
    now = end_of("2026-03-05")
    await watched.at(now, report_id)

    present = await client.get(path.format(report_id), headers=ADMIN, params={"as_of": iso(now)})
    future = await client.get(path.format(report_id), headers=ADMIN, params={"as_of": iso(now + MICROSECOND)})

    assert present.status_code == 200
    assert (future.status_code, future.json()["code"]) == (422, "as_of_in_future")
    assert future.json()["errors"][0]["pointer"] == "query/as_of"


@pytest.mark.parametrize("as_of", ["yesterday", "2026-03-05", "2026-03-05T10:00:00", "0001-01-01T00:00:00Z"])
async def test_an_instant_has_a_zone_and_a_plausible_year(client: httpx.AsyncClient, as_of: str) -> None:
    answer = await client.get("/v1/overdue", headers=ADMIN, params={"as_of": as_of})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_caller_sees_of_the_past_what_it_sees_of_the_present(
    watched: Watched, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await a_registry(session)
    mine: dict[str, Any] = {
        "holder_level": Level.AGENCY,
        "holder_agency_code": "SAMARINDA-PU",
        "status": Status.ASSIGNED,
    }
    other = {**mine, "holder_agency_code": "SAMARINDA-DINKES"}
    history = at_work("2026-03-02 10:00").answered("2026-03-20 09:00")
    report_ids = [await a_report(session, history, **holder) for holder in (mine, other)]
    await watched.at(end_of("2026-03-21"), *report_ids)

    params = {"as_of": iso(DUE)}
    shown = (await client.get("/v1/overdue", headers=OFFICER, params=params)).json()["items"]
    counted = (await client.get("/v1/statistics/clocks", headers=OFFICER, params=params)).json()["items"]

    assert {item["report_id"] for item in shown} == {str(report_ids[0])}
    assert next(item for item in counted if item["stage"] == "first_response")["total"] == 1


async def test_a_second_before_the_first_event_nothing_is_counted(watched: Watched, session: AsyncSession) -> None:
    history = at_work("2026-03-02 10:00")
    report_id = await a_report(session, history)
    await watched.at(end_of("2026-03-21"), report_id)
    first = history.events[0].recorded_at

    before = await watched.get("/v1/statistics/clocks", as_of=first - timedelta(seconds=1))

    assert before["items"] == []
