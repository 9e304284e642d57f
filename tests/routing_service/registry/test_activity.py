"""Which officers act on reports."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from routing_service.registry.officers.activity import Activity
from shared.domain.lifecycle import Status
from tests.factories import NOON
from tests.routing_service.driving import ADMIN, CHANNEL, HEAD, OFFICER, OPERATOR, Office

PU = "/v1/agencies/SAMARINDA-PU/officers"


@pytest.fixture(autouse=True)
def nothing_remembered(request: pytest.FixtureRequest) -> None:
    """As in a process that has just started."""
    name = "busy" if "busy" in request.fixturenames else "office"
    request.getfixturevalue(name).app.state.activity = Activity()


async def registered(office: Office, path: str = PU, **changes: Any) -> str:
    body = {"role": "liaison_officer", "name": "Sari", "email": "sari@samarinda.example", "subject": "pu-1"} | changes
    response = await office.http.post(path, json=body, headers=OPERATOR)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def seen(office: Office, officer: str) -> Any:
    return next(one for one in (await office.get(PU, ADMIN))["items"] if one["id"] == officer)


async def note(office: Office, headers: Any = OFFICER) -> Any:
    return await office.act(office.reports[Status.ASSIGNED], "notes", headers, body="Sudah dicek.")


async def test_who_acts_on_a_report_is_active(office: Office) -> None:
    officer, head = await registered(office), await registered(office, role="agency_head", subject="pu-head")

    await note(office)

    assert (await seen(office, officer))["last_active_at"] == "2026-03-02T04:00:00Z"
    assert (await seen(office, officer))["active_in_last_month"] is True
    assert (await seen(office, head))["last_active_at"] is None


async def test_what_fails_is_no_activity(office: Office) -> None:
    officer = await registered(office)

    refused = await office.act(office.reports[Status.CLOSED], "responses", OFFICER, body="Selesai.", final=True)

    assert refused.status_code == 409
    assert (await seen(office, officer))["last_active_at"] is None


@pytest.mark.parametrize(
    "registration",
    [{"subject": "somebody-else"}, {"subject": None}, {"role": "agency_head"}],
    ids=["another subject", "no subject", "another role"],
)
async def test_only_the_officer_himself_in_his_role_becomes_active(office: Office, registration: Any) -> None:
    officer = await registered(office, **registration)

    await note(office)

    assert (await seen(office, officer))["last_active_at"] is None


async def test_a_system_of_an_agency_is_no_officer(office: Office) -> None:
    officer = await registered(office, subject="pu-system")

    assert (await note(office, CHANNEL)).status_code == 200

    assert (await seen(office, officer))["last_active_at"] is None


@pytest.mark.parametrize(("later", "noted"), [(timedelta(minutes=59, seconds=59), False), (timedelta(hours=1), True)])
async def test_activity_is_noted_once_an_hour(office: Office, later: timedelta, noted: bool) -> None:
    officer = await registered(office)
    await note(office)
    first = (await seen(office, officer))["last_active_at"]

    office.clock.now = NOON + later
    await note(office)

    assert ((await seen(office, officer))["last_active_at"] != first) is noted


async def test_within_the_hour_it_costs_no_statement(office: Office) -> None:
    await registered(office)
    await note(office)
    said: list[str] = []
    async with office.transaction() as session:
        connection = await session.connection()

    def hear(*heard: Any) -> None:
        said.append(heard[2])

    event.listen(connection.sync_engine, "before_cursor_execute", hear)
    await note(office)
    await note(office, HEAD)
    event.remove(connection.sync_engine, "before_cursor_execute", hear)

    assert sum("UPDATE officers" in statement for statement in said) == 1  # the head's


@pytest.mark.parametrize(("days", "active"), [(29, True), (30, False)])
async def test_the_list_tells_who_was_active_in_the_last_month(office: Office, days: int, active: bool) -> None:
    officer = await registered(office)
    other = await registered(office, email="other@samarinda.example", subject="other")
    await note(office)

    office.clock.advance(days=days)
    listed = {
        wanted: [one["id"] for one in (await office.get(PU, ADMIN, active_in_last_month=wanted))["items"]]
        for wanted in (True, False)
    }

    assert listed == ({True: [officer], False: [other]} if active else {True: [], False: [officer, other]})


async def test_actions_at_once_do_not_wait_for_each_other(busy: Office) -> None:
    officer = await registered(busy)
    reports = [await busy.made(Status.ASSIGNED) for _ in range(4)]
    busy.app.state.activity = Activity()

    responses = await asyncio.gather(*(busy.act(report, "notes", OFFICER, body="Dicek.") for report in reports))

    assert [response.status_code for response in responses] == [200] * 4
    assert (await seen(busy, officer))["active_in_last_month"] is True
