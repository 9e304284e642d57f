"""Supporting a report of another instead of filing one more."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from services.audit import queries as audit_queries
from services.audit.supports import supports
from shared.database import Sessions
from shared.domain.lifecycle import OPEN, Status
from shared.log.events import EventType
from shared.schema import Chain, Support, SupportEntry
from tests.factories import DAY, NOON
from tests.intake_api.helpers import (
    ADMIN,
    APP,
    CHANNEL,
    OTHER_APP,
    Clock,
    Submitted,
    assigned,
    code_of,
    merged,
    moved,
    submitted,
)


def an_account() -> str:
    return f"akun-{uuid4().hex}"


async def a_public_report(client: httpx.AsyncClient, committed: Sessions, **changes: Any) -> Submitted:
    report = await submitted(client, **changes)
    await assigned(committed, report)
    return report


async def support(
    client: httpx.AsyncClient, report: Submitted, account: str, headers: dict[str, str] = APP
) -> httpx.Response:
    return await client.post(f"{report.path}/supports", json={"reporter_reference": account}, headers=headers)


async def supported(client: httpx.AsyncClient, account: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/reporters/{account}/supports", headers=APP, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_person_counts_once_however_often_he_supports_a_report(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    report, account = await a_public_report(client, committed), an_account()

    first = await support(client, report, account)
    now.now = NOON + DAY
    again = await support(client, report, account)
    other = await support(client, report, an_account())
    same_name_elsewhere = await support(client, report, account, OTHER_APP)

    assert first.json() == {"tracking_number": report.number, "supports": 1, "supported_at": "2026-03-02T04:00:00Z"}
    assert again.json() == first.json()
    assert [one.json()["supports"] for one in (other, same_name_elsewhere)] == [2, 3]


async def test_many_at_once_count_once_each(client: httpx.AsyncClient, committed: Sessions) -> None:
    report, accounts = await a_public_report(client, committed), [an_account() for _ in range(3)]

    answers = await asyncio.gather(*(support(client, report, one) for one in accounts * 3))

    assert {answer.status_code for answer in answers} == {200}
    assert (await client.get(report.path)).json()["supports"] == 3


async def told_by_log(committed: Sessions, report: Submitted) -> list[str]:
    async with committed() as session:
        entries = await session.scalars(
            select(SupportEntry).where(SupportEntry.report_id == report.id).order_by(SupportEntry.seq)
        )
        return [entry.kind for entry in entries]


async def found_in(committed: Sessions, report: Submitted) -> list[str]:
    """By the audit of this report's supports."""
    async with committed() as session:
        connection = await session.connection()
        files = await audit_queries.files(connection, after=UUID(int=report.id.int - 1), limit=1)
        return [found.what for file in files for found in supports(file)]


async def test_twenty_at_once_make_twenty_entries_in_one_whole_chain(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, accounts = await a_public_report(client, committed), [an_account() for _ in range(20)]

    answers = await asyncio.gather(*(support(client, report, one) for one in (*accounts, *accounts[:5])))

    assert {answer.status_code for answer in answers} == {200}
    assert await told_by_log(committed, report) == ["given"] * 20
    assert await found_in(committed, report) == []


async def test_each_giving_and_taking_back_has_one_entry_however_often_it_is_sent(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, account = await a_public_report(client, committed), an_account()

    async def take_back() -> None:
        assert (await client.delete(f"{report.path}/supports/{account}", headers=APP)).status_code == 204

    await take_back()  # nothing was given
    await support(client, report, account)
    await support(client, report, account)
    await asyncio.gather(*(take_back() for _ in range(5)))
    await support(client, report, account)

    assert await told_by_log(committed, report) == ["given", "withdrawn", "given"]
    assert await found_in(committed, report) == []


async def test_the_log_of_supports_knows_nobody_again_at_another_report(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    account = an_account()
    reports = [await a_public_report(client, committed) for _ in range(2)]
    for report in reports:
        await support(client, report, account)

    async with committed() as session:
        entries = [
            await session.scalar(select(SupportEntry).where(SupportEntry.report_id == report.id)) for report in reports
        ]
        hashes = await session.scalars(select(Support.supporter_hash).where(Support.report_id == reports[0].id))
        stored = hashes.one()

    told = [entry.supporter for entry in entries if entry is not None]
    assert len(set(told)) == 2
    assert stored.hex() not in told


async def test_nobody_changes_the_log_of_supports(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await a_public_report(client, committed)
    await support(client, report, an_account())

    for statement in ("UPDATE support_log SET kind = 'withdrawn'", "DELETE FROM support_log", "TRUNCATE support_log"):
        async with committed() as session:
            with pytest.raises(DBAPIError, match="append-only"):
                await session.execute(text(statement))


async def test_the_public_sees_how_many_and_nobody_sees_who(client: httpx.AsyncClient, committed: Sessions) -> None:
    report, account = await a_public_report(client, committed), an_account()
    await support(client, report, account)

    alone = await client.get(report.path)
    listed = await client.get("/v1/reports?limit=200")

    assert alone.json()["supports"] == 1
    counts = {one["tracking_number"]: one["supports"] for one in listed.json()["items"]}
    assert counts[report.number] == 1
    assert account not in alone.text + listed.text
    async with committed() as session:
        stored = (await session.scalars(select(Support).where(Support.report_id == report.id))).one()
    assert account.encode() not in stored.supporter_hash


async def test_a_support_leaves_the_version_of_the_report_alone(client: httpx.AsyncClient, committed: Sessions) -> None:
    """An officer who has read the report may still act on it."""
    report = await a_public_report(client, committed)

    async def head() -> tuple[int, int]:
        async with committed() as session:
            chain = (await session.scalars(select(Chain).where(Chain.report_id == report.id))).one()
            return chain.seq, chain.fact_seq

    before = await head()
    await support(client, report, an_account())

    assert await head() == before


async def test_a_support_is_taken_back_and_taking_back_nothing_does_no_harm(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, account = await a_public_report(client, committed), an_account()
    await support(client, report, account)
    path = f"{report.path}/supports/{account}"

    other = await client.delete(path, headers=OTHER_APP)
    left = (await client.get(report.path)).json()["supports"]
    first, again = [await client.delete(path, headers=APP) for _ in range(2)]

    assert [one.status_code for one in (other, first, again)] == [204, 204, 204]
    assert (left, (await client.get(report.path)).json()["supports"]) == (1, 0)
    assert (await supported(client, account))["items"] == []


@pytest.mark.parametrize("status", list(Status))
async def test_only_an_open_report_takes_supporters(
    client: httpx.AsyncClient, committed: Sessions, status: Status
) -> None:
    report, account = await a_public_report(client, committed), an_account()
    if status is Status.MERGED:
        survivor = await a_public_report(client, committed)
        await merged(committed, report, survivor)
    else:
        await moved(committed, report, EventType.REPORT_VERIFIED, status)

    answer = await support(client, report, account)

    if status in OPEN:
        assert answer.status_code == 200
    elif status is Status.MERGED:
        assert code_of(answer) == (409, "merged")
        assert survivor.number in answer.json()["detail"]
    else:
        assert code_of(answer) == (409, "not_open")


async def test_what_is_not_public_or_ones_own_takes_no_support(client: httpx.AsyncClient, committed: Sessions) -> None:
    account = an_account()
    own = await a_public_report(client, committed, reporter_reference=account)
    secret = await a_public_report(client, committed, secret=True)

    assert code_of(await support(client, await submitted(client), account)) == (409, "not_public")
    assert code_of(await support(client, own, account)) == (409, "own_report")
    assert code_of(await support(client, secret, account)) == (404, "unknown_report")
    missing = await client.post("/v1/reports/0000000001/supports", json={"reporter_reference": account}, headers=APP)
    assert code_of(missing) == (404, "unknown_report")
    assert (await client.get(own.path)).json()["supports"] == 0


async def test_only_an_app_supports_and_it_names_the_account(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await a_public_report(client, committed)

    for headers in (CHANNEL, ADMIN):
        assert code_of(await support(client, report, "a", headers)) == (403, "forbidden")
        assert (await client.get("/v1/reporters/a/supports", headers=headers)).status_code == 403
    assert code_of(await support(client, report, "a", {})) == (401, "unauthenticated")
    bad = await client.post(f"{report.path}/supports", json={"reporter_reference": "a/b"}, headers=APP)
    assert (bad.status_code, [one["pointer"] for one in bad.json()["errors"]]) == (422, ["/reporter_reference"])


async def test_a_supporter_follows_what_he_supports_page_by_page(
    client: httpx.AsyncClient, committed: Sessions, now: Clock
) -> None:
    account = an_account()
    reports = [await a_public_report(client, committed) for _ in range(3)]
    for number, report in enumerate(reports):
        now.now = NOON + number * DAY
        await support(client, report, account)
    await moved(committed, reports[0], EventType.REPORT_ANSWERED, Status.ANSWERED, said="Sudah.")

    first = await supported(client, account, limit=2)
    second = await supported(client, account, limit=2, cursor=first["next_cursor"])

    items = first["items"] + second["items"]
    assert [one["tracking_number"] for one in items] == [report.number for report in reversed(reports)]
    assert [one["status_group"] for one in items] == ["belum", "belum", "proses"]
    assert items[0]["title"] == "Jalan berlubang"
    assert items[0]["agency"]["code"] == "SAMARINDA-PU"
    assert second["next_cursor"] is None


async def test_a_supporter_is_led_to_the_report_that_his_was_merged_with_and_sees_no_more_of_what_is_hidden(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    account = an_account()
    joined, hidden, secret, survivor = [await a_public_report(client, committed) for _ in range(4)]
    for report in (joined, hidden, secret):
        await support(client, report, account)
    await merged(committed, joined, survivor)
    await moved(committed, hidden, EventType.REPORT_WITHDRAWN, Status.WITHDRAWN)
    await moved(committed, secret, EventType.REPORT_VERIFIED, Status.VERIFIED, secret=True)

    found = {one["tracking_number"]: one for one in (await supported(client, account))["items"]}

    assert set(found) == {joined.number, hidden.number}
    assert found[joined.number]["merged_into"]["tracking_number"] == survivor.number
    assert (found[hidden.number]["title"], found[hidden.number]["agency"]) == (None, None)
