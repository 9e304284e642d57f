"""Who read a report, for the custodian."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from routing_service.report.readers import queries
from shared.domain.lifecycle import Status
from tests.factories import DAY
from tests.routing_service.driving import (
    ADMIN,
    CHANNEL,
    CUSTODIAN,
    OFFICER,
    OPERATOR,
    OTHER_OFFICER,
    Headers,
    Json,
    Office,
)


@pytest.fixture(autouse=True)
def _nothing_waits_of_tests_before(office: Office) -> None:
    office.app.state.reads._waiting.clear()


async def readers(office: Office, report: object, headers: Headers = CUSTODIAN, **params: object) -> Json:
    await office.app.state.reads.write()
    return await office.get(f"/v1/reports/{report}/readers", headers, **params)


async def test_the_custodian_learns_who_read_what_of_a_report_for_which_agency(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    number = await office.value(report, "tracking_number")
    await office.get(f"/v1/reports/{report}", OFFICER)
    await office.get(f"/v1/reports/{number}/messages", ADMIN)
    await office.get(f"/v1/reports/{report}", OTHER_OFFICER)
    await office.get(f"/v1/reports/{report}/routing", CHANNEL)

    found = (await readers(office, number))["items"]

    assert [(one["role"], one["subject"], one["agency"], one["operation"]) for one in reversed(found)] == [
        ("liaison_officer", "pu-1", "SAMARINDA-PU", "routing GET /v1/reports/{id}"),
        ("national_admin", "pusat-1", None, "routing GET /v1/reports/{id}/messages"),
        ("liaison_officer", "dinkes-1", "SAMARINDA-DINKES", "routing GET /v1/reports/{id}"),
        ("channel", "pu-system", "SAMARINDA-PU", "routing GET /v1/reports/{id}/routing"),
    ]


async def test_whoever_asks_who_read_a_report_stands_among_them(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    await readers(office, report)

    assert [one["role"] for one in (await readers(office, report))["items"]] == ["identity_custodian"]


async def test_what_was_refused_and_what_is_a_list_is_no_read(office: Office) -> None:
    secret = await office.made(Status.ASSIGNED, secret=True)
    assert (await office.http.get(f"/v1/reports/{secret}", headers=OTHER_OFFICER)).status_code == 404
    assert (await office.http.get(f"/v1/reports/{secret}", headers=OPERATOR)).status_code == 403
    await office.get("/v1/reports", OFFICER)

    assert (await readers(office, secret))["items"] == []


async def test_readers_come_by_pages_the_newest_first(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    for _ in range(3):
        await office.get(f"/v1/reports/{report}", OFFICER)

    first = await readers(office, report, limit=2)
    last = await readers(office, report, limit=2, cursor=first["next_cursor"])

    assert [len(first["items"]), first["next_cursor"] is None] == [2, False]
    assert [one["role"] for one in last["items"]] == ["liaison_officer"]


async def test_a_report_that_is_not_there_has_no_readers(office: Office) -> None:
    answer = await office.http.get("/v1/reports/1000000013/readers", headers=CUSTODIAN)

    assert answer.status_code == 404


async def test_what_cannot_be_written_down_waits_and_is_written_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = office.reports[Status.ASSIGNED]
    await office.get(f"/v1/reports/{report}", OFFICER)
    reads = office.app.state.reads

    def away() -> object:
        raise httpx.ConnectError("away")

    with monkeypatch.context() as patched:
        patched.setattr(reads, "_sessions", away)
        with pytest.raises(httpx.ConnectError):
            await reads.write()

    assert [one["subject"] for one in (await readers(office, report))["items"]] == ["pu-1"]


async def test_a_read_is_never_changed_and_is_forgotten_when_it_is_old(office: Office) -> None:
    report = office.reports[Status.ASSIGNED]
    await office.get(f"/v1/reports/{report}", OFFICER)
    assert len((await readers(office, report))["items"]) == 1

    async with office.transaction() as session:
        with pytest.raises(DBAPIError, match="stays as it was"):
            async with session.begin_nested():
                await session.execute(text("UPDATE report_reads SET subject = 'somebody'"))
        newest = await session.scalar(text("SELECT max(read_at) FROM report_reads"))
        await queries.forget(session, before=newest)
        assert await session.scalar(text("SELECT count(*) FROM report_reads WHERE read_at = :at"), {"at": newest}) == 1
        await queries.forget(session, before=newest + DAY)
        assert await session.scalar(text("SELECT count(*) FROM report_reads")) == 0
