"""A submission with an Idempotency-Key happens once, whichever copy of the service is asked, and whatever dies."""

import asyncio
import json
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.submissions.schemas import ReportSubmission
from shared import ids
from shared.clients import Client, Role
from shared.database import Sessions
from shared.http import idempotency
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.schema import IdempotencyKey, Report
from tests.factories import RING, settings
from tests.intake_api.helpers import APP, OTHER_APP, a_submission, code_of, counts, key, stored, submitted
from tests.waiting import until_somebody_waits

PAGE = Path(__file__).parents[2] / "docs" / "integrating.md"


def of_app(key: dict[str, str], body: str = "{}") -> idempotency.Key:
    """As the service makes it of a request of the app."""
    caller = idempotency.caller(Client("mobile-app", Role.REPORTER_APP))
    keys = Keys(settings("postgresql://nowhere/nothing"))
    return idempotency.Key(keys, caller, "POST /v1/reports", key["Idempotency-Key"], body.encode())


def hash_of(key: dict[str, str]) -> bytes:
    return of_app(key).hashes[0]


async def test_the_same_key_and_body_get_the_first_answer_again_from_any_copy(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    once = APP | key()
    first = await client.post("/v1/reports", json=a_submission(), headers=once)
    before = await counts(committed)

    again = await client.post("/v1/reports", json=a_submission(), headers=once)
    elsewhere = await other.post("/v1/reports", json=a_submission(), headers=once)

    assert [answer.status_code for answer in (first, again, elsewhere)] == [201, 201, 201]
    assert first.content == again.content == elsewhere.content
    assert first.headers["location"] == elsewhere.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert elsewhere.headers["idempotency-replayed"] == "true"
    assert await counts(committed) == before


async def test_the_code_of_the_first_answer_opens_the_report(client: httpx.AsyncClient) -> None:
    once = APP | key()
    await submitted(client, once)
    again = await submitted(client, once)

    answer = await client.get(again.path, headers=again.as_reporter)

    assert answer.json()["body"] == "Lubang besar di depan pasar pagi."


async def test_neither_the_key_nor_the_code_is_stored(client: httpx.AsyncClient, committed: Sessions) -> None:
    once = key()
    report = await submitted(client, APP | once)

    async with committed() as session:
        row = (await session.scalars(select(IdempotencyKey).where(IdempotencyKey.key_hash == hash_of(once)))).one()
        held = await session.scalar(text("SELECT r::text FROM reports r WHERE id = :id"), {"id": report.id})
    assert (row.report_id, row.status, row.answer, row.sealed) == (report.id, 201, None, None)
    assert report.code not in str(held)
    assert once["Idempotency-Key"] not in str(held)


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient, committed: Sessions) -> None:
    once = APP | key()
    await submitted(client, once)
    before = await counts(committed)

    answer = await client.post("/v1/reports", json=a_submission(title="Lain"), headers=once)

    assert code_of(answer) == (422, "idempotency_key_reused")
    assert await counts(committed) == before


async def test_the_channel_that_a_client_has_anyway_may_be_written_out_or_left_out(client: httpx.AsyncClient) -> None:
    plain, named = APP | key(), APP | key()
    first, second = await submitted(client, plain), await submitted(client, named, channel="app")

    again = await submitted(client, plain, channel="app"), await submitted(client, named)
    other = await client.post("/v1/reports", json=a_submission(channel="qr"), headers=plain)

    assert [one.id for one in again] == [first.id, second.id]
    assert code_of(other) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_one_client(client: httpx.AsyncClient) -> None:
    once = key()

    one, another = await submitted(client, APP | once), await submitted(client, OTHER_APP | once)

    assert one.id != another.id


async def test_twenty_at_once_over_two_copies_make_one_report(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    once, reference = APP | key(), uuid4().hex
    body = a_submission(title=f"Sekali saja {reference}")

    answers = await asyncio.gather(
        *(copy.post("/v1/reports", json=body, headers=once) for copy in (client, other) for _ in range(10))
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    accepted = [answer.content for answer in answers if answer.status_code == 201]
    assert len(accepted) >= 1
    assert len(set(accepted)) == 1
    async with committed() as session:
        assert await session.scalar(select(func.count()).where(Report.title == body["title"])) == 1


async def test_twenty_replies_at_once_over_two_copies_make_one_message_and_only_documented_problems(
    client: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    report, page = await submitted(client), PAGE.read_text("utf-8")
    headers = report.as_reporter | key()

    answers = await asyncio.gather(
        *(
            copy.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
            for copy in (client, other)
            for _ in range(10)
        )
    )
    refused = [answer for answer in answers if answer.status_code != 200]
    last = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)

    assert len(refused) < len(answers)
    for answer in refused:
        assert code_of(answer) == (409, "idempotency_key_in_use")
        assert answer.headers["retry-after"] == "1"
        assert f"| `{answer.json()['code']}` | 409 |" in page
    assert len(last.json()["messages"]) == 1


async def test_while_one_request_runs_another_with_its_key_is_told_so(
    client: httpx.AsyncClient, committed: Sessions, database: AsyncEngine
) -> None:
    once = key()
    before = await counts(committed)
    async with database.connect() as running:
        number = idempotency.lock_number(hash_of(once))
        await running.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})

        meanwhile = await client.post("/v1/reports", json=a_submission(), headers=APP | once)

        assert code_of(meanwhile) == (409, "idempotency_key_in_use")
        assert await counts(committed) == before
    afterwards = await client.post("/v1/reports", json=a_submission(), headers=APP | once)
    assert afterwards.status_code == 201


async def test_an_answer_that_is_stored_while_a_request_begins_is_given_to_it(
    client: httpx.AsyncClient, committed: Sessions, database: AsyncEngine
) -> None:
    """The statement's view of the database is older than the other copy's commit; the unique key decides."""
    first, once = await submitted(client), key()
    code = ids.derived_access_code(RING.current(KeyPurpose.ACCESS_CODES).text, first.id, once["Idempotency-Key"])
    async with committed.begin() as session:
        await session.execute(
            update(Report).where(Report.id == first.id).values(access_code_hash=ids.access_code_hash(code))
        )
    sent = ReportSubmission.model_validate_json(json.dumps(a_submission()))
    body = sent.model_dump_json(exclude_defaults=True)
    async with database.begin() as winner:
        await winner.execute(
            insert(IdempotencyKey).values(
                key_hash=hash_of(once), request_hash=of_app(once, body).kept[0].request, report_id=first.id, status=201
            )
        )
        loser = asyncio.create_task(client.post("/v1/reports", json=a_submission(), headers=APP | once))
        await _until_blocked(database)
    answer = await loser

    assert answer.status_code == 201
    assert UUID(answer.json()["id"]) == first.id


async def _until_blocked(database: AsyncEngine) -> None:
    async with database.connect() as watcher:
        watcher = await watcher.execution_options(isolation_level="AUTOCOMMIT")
        await until_somebody_waits(lambda statement: watcher.scalar(text(statement)))


async def test_what_dies_in_the_middle_leaves_nothing_and_may_be_sent_again(
    client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions, database: AsyncEngine
) -> None:
    once = APP | key()
    before = await counts(committed)
    async with database.begin() as blocker:
        await blocker.execute(text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
        dying = asyncio.create_task(client.post("/v1/reports", json=a_submission(), headers=once))
        await _until_blocked(database)
        await blocker.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND wait_event_type = 'Lock'")
        )  # fmt: skip
        died = await dying

    assert code_of(died) == (503, "database_unavailable")
    assert await counts(committed) == before
    assert (await other.post("/v1/reports", json=a_submission(), headers=once)).status_code == 201
    assert (await client.post("/v1/reports", json=a_submission(), headers=APP)).status_code == 201


async def test_without_a_key_every_request_makes_a_report(client: httpx.AsyncClient, committed: Sessions) -> None:
    one, another = await submitted(client), await submitted(client)

    assert one.id != another.id
    assert (await stored(committed, one)).id == one.id


async def test_a_refused_submission_does_not_use_up_its_key(client: httpx.AsyncClient) -> None:
    once = APP | key()
    refused = await client.post("/v1/reports", json=a_submission(category="dragons"), headers=once)

    accepted = await client.post("/v1/reports", json=a_submission(), headers=once)

    assert (refused.status_code, accepted.status_code) == (422, 201)


@pytest.mark.parametrize("path", ["replies", "withdrawal"])
async def test_what_a_reporter_does_happens_once_for_a_key(
    client: httpx.AsyncClient, other: httpx.AsyncClient, path: str
) -> None:
    report, once = await submitted(client), key()
    body = {"body": "Masih berlubang."} if path == "replies" else None

    first = await client.post(f"{report.path}/{path}", json=body, headers=report.as_reporter | once)
    again = await other.post(f"{report.path}/{path}", json=body, headers=report.as_reporter | once)
    wrong = await client.post(f"{report.path}/{path}", json=body, headers={"X-Access-Code": "A" * 32} | once)

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert len(again.json()["timeline"]) == 2
    assert code_of(wrong) == (404, "unknown_report")
