"""What a repeat is answered: from the first request, with what the caller may see by then."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, insert, select, text, update

from intake_api.submissions.registry import Registry
from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.schema import Agency, Category, IdempotencyKey, Report
from tests.factories import bearer
from tests.intake_api.helpers import APP, a_submission, assigned, code_of, key, submitted

Headers = dict[str, str]


def a_channel(agency: str | None, sub: str = "budi") -> Headers:
    return bearer(Role.CHANNEL, sub=sub, agency=agency, scopes=("reports:submit",))


async def posted(client: httpx.AsyncClient, content: str, headers: Headers) -> httpx.Response:
    return await client.post("/v1/reports", content=content, headers=headers | {"Content-Type": "application/json"})


async def test_the_same_report_in_another_spelling_is_the_same_request(client: httpx.AsyncClient) -> None:
    """An app that was updated between two tries writes its fields in another order, or its defaults in full."""
    once, body = APP | key(), a_submission()
    spellings = [
        json.dumps(body),
        json.dumps(dict(reversed(body.items())), indent=2),
        json.dumps(body | {"anonymous": False, "secret": False, "occurred_on": None, "reporter": None}),
        json.dumps(body | {"title": f"  {body['title']} "}),
    ]

    answers = [await posted(client, spelling, once) for spelling in spellings]
    other = await posted(client, json.dumps(body | {"anonymous": True}), once)

    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].status_code == 201
    assert code_of(other) == (422, "idempotency_key_reused")
    assert answers[0].json()["tracking_number"] in other.json()["detail"]


async def test_a_reply_in_another_spelling_is_the_same_request(client: httpx.AsyncClient) -> None:
    report, once = await submitted(client), key()
    headers = report.as_reporter | once | {"Content-Type": "application/json"}

    answers = [
        await client.post(f"{report.path}/replies", content=content, headers=headers)
        for content in ('{"body": "Masih."}', ' {"body":"Masih. "}\n', '{"body": "Lain."}')
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert len(answers[1].json()["messages"]) == 1


async def test_a_part_that_says_nothing_is_the_same_as_none(client: httpx.AsyncClient) -> None:
    once, body = APP | key(), {**a_submission(), "location": None, "reporter": None}

    parts: list[dict[str, Any]] = [{}, {"location": {}}, {"location": {"text": None}, "reporter": {"name": None}}]

    answers = [await client.post("/v1/reports", json=body | part, headers=once) for part in parts]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert {answer.content for answer in answers} == {answers[0].content}


async def test_the_same_instant_in_another_zone_is_the_same_request(client: httpx.AsyncClient) -> None:
    once, body = a_channel(None) | key(), a_submission()
    zones = ["2026-03-02T09:00:00+07:00", "2026-03-02T02:00:00Z", "2026-03-02T02:00:01Z"]

    answers = [await client.post("/v1/reports", json=body | {"received_at": one}, headers=once) for one in zones]

    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[1].content == answers[0].content


async def aged(committed: Sessions, **ages: int) -> None:
    """All keys, as if they were so old."""
    async with committed.begin() as session:
        await session.execute(update(IdempotencyKey).values(created_at=func.now() - timedelta(**ages)))


async def test_a_key_after_its_days_makes_a_new_report_and_one_within_them_does_not(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    """Whether the hourly purge has been there or not."""
    once, body = APP | key(), a_submission()
    first = await client.post("/v1/reports", json=body, headers=once)

    await aged(committed, days=6, hours=23)
    within = await client.post("/v1/reports", json=body, headers=once)
    await aged(committed, days=7, seconds=1)
    after, again = [await client.post("/v1/reports", json=body, headers=once) for _ in range(2)]
    await aged(committed, days=8)
    other = await client.post("/v1/reports", json=body | {"title": "Lampu padam"}, headers=once)

    assert within.content == first.content
    assert after.json()["tracking_number"] != first.json()["tracking_number"]
    assert "idempotency-replayed" not in after.headers
    assert again.content == after.content
    assert other.status_code == 201


async def test_a_key_of_a_reply_after_its_days_is_a_new_reply(client: httpx.AsyncClient, committed: Sessions) -> None:
    report = await submitted(client)
    headers, seen = report.as_reporter | key(), []

    for days in (0, 6, 8):
        await aged(committed, days=days)
        answer = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
        seen.append(len(answer.json()["messages"]))

    assert seen == [1, 1, 2]


async def test_who_hands_in_the_same_reference_again_is_told_the_number(client: httpx.AsyncClient) -> None:
    reference = uuid4().hex
    first = await submitted(client, external_reference=reference)

    again = await client.post("/v1/reports", json=a_submission(external_reference=reference), headers=APP)

    assert code_of(again) == (409, "duplicate_external_reference")
    assert first.number in again.json()["detail"]


@pytest.mark.parametrize(
    ("first", "other", "is_told"),
    [
        (a_channel("SAMARINDA"), a_channel("SAMARINDA"), True),
        (a_channel(None), a_channel(None), True),
        (bearer(Role.LIAISON_OFFICER, sub="budi", agency="SAMARINDA-PU"),
         bearer(Role.LIAISON_OFFICER, sub="budi", agency="SAMARINDA-PU"), True),
        (a_channel("SAMARINDA"), a_channel("BALIKPAPAN"), False),
        (a_channel("SAMARINDA"), a_channel("SAMARINDA-PU"), False),  # of the same instansi
        (a_channel("SAMARINDA"), a_channel(None), False),
        (a_channel(None), a_channel("SAMARINDA"), False),
        (a_channel("SAMARINDA"), bearer(Role.LIAISON_OFFICER, sub="budi", agency="SAMARINDA"), False),
        (a_channel(None), bearer(Role.REPORTER_APP, sub="budi"), False),
        (bearer(Role.LIAISON_OFFICER, sub="budi", agency="SAMARINDA-PU"),
         bearer(Role.LIAISON_OFFICER, sub="budi", agency="BALIKPAPAN-PU"), False),
    ],
)  # fmt: skip
async def test_another_role_or_agency_of_the_same_name_is_not_told_whose_report_has_the_reference(
    client: httpx.AsyncClient, first: Headers, other: Headers, is_told: bool
) -> None:
    reference = uuid4().hex
    report = await submitted(client, first, external_reference=reference)

    again = await client.post("/v1/reports", json=a_submission(external_reference=reference), headers=other)

    assert code_of(again) == (409, "duplicate_external_reference")
    assert (report.number in again.text) is is_told


async def test_a_repeat_gets_its_receipt_whatever_was_put_out_of_service_since(
    client: httpx.AsyncClient, app: FastAPI, committed: Sessions
) -> None:
    category, agency = f"c-{uuid4().hex}", f"A-{uuid4().hex}"
    office = {"code": agency, "name": "A", "kind": "city", "time_zone": "Asia/Makassar", "level": "regency_city"}
    async with committed.begin() as session:
        await session.execute(insert(Category).values(code=category, label_id="A", label_en="A"))
        await session.execute(insert(Agency).values(office))
    registry = app.state.submissions._registry
    registry._categories = 0.0, {}
    body, once = a_submission(category=category), a_channel(agency) | key()
    first = await client.post("/v1/reports", json=body, headers=once)
    async with committed.begin() as session:
        await session.execute(update(Category).where(Category.code == category).values(active=False))
        moved = update(Report).where(Report.holder_agency_code == agency)
        await session.execute(moved.values(holder_agency_code="SAMARINDA"))
        await session.execute(delete(Agency).where(Agency.code == agency))
    app.state.submissions._registry = Registry(app.state.engine)

    again = await client.post("/v1/reports", json=body, headers=once)
    new = await client.post("/v1/reports", json=body, headers=a_channel(agency) | key())
    other = await client.post("/v1/reports", json=body | {"title": "Lain"}, headers=once)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(new) == (422, "inactive_category")
    assert code_of(other) == (422, "idempotency_key_reused")


async def test_the_same_name_at_another_agency_is_another_client(client: httpx.AsyncClient) -> None:
    once, body = key(), a_submission()

    here = await client.post("/v1/reports", json=body, headers=a_channel("SAMARINDA-PU") | once)
    there = await client.post("/v1/reports", json=body, headers=a_channel("BALIKPAPAN-PU") | once)

    assert (here.status_code, there.status_code) == (201, 201)
    assert here.json()["id"] != there.json()["id"]


async def test_a_repeat_shows_the_report_as_it_is_now(client: httpx.AsyncClient, committed: Sessions) -> None:
    report, once = await submitted(client), key()
    headers = report.as_reporter | once
    first = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
    await assigned(committed, report)

    again = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)

    now = await client.get(report.path, headers=report.as_reporter)
    assert (first.json()["status"], again.json()["status"]) == ("received", "assigned")
    assert again.json() == now.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert now.headers["ETag"].startswith(again.headers["ETag"].removesuffix('"'))


async def test_a_code_that_opens_nothing_any_more_opens_no_repeat(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, headers = await submitted(client), key()
    headers |= report.as_reporter
    await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)
    async with committed.begin() as session:
        new = ids.access_code_hash(ids.new_access_code())
        await session.execute(update(Report).where(Report.id == report.id).values(access_code_hash=new))

    again = await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=headers)

    assert code_of(again) == (404, "unknown_report")


async def test_a_report_that_became_secret_is_told_to_no_former_supporter(
    client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, headers, account = await submitted(client), APP | key(), {"reporter_reference": uuid4().hex}
    await assigned(committed, report)
    path = f"{report.path}/supports"
    first = await client.post(path, json=account, headers=headers)
    again = await client.post(path, json=account, headers=headers)
    await client.delete(f"{path}/{account['reporter_reference']}", headers=APP)
    taken_back = await client.post(path, json=account, headers=headers)
    async with committed.begin() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(secret=True))

    secret = await client.post(path, json=account, headers=headers)

    assert first.json() == again.json()
    assert code_of(taken_back) == (409, "support_taken_back")
    assert code_of(secret) == (404, "unknown_report")


@pytest.mark.parametrize("what", ["submission", "reply"])
async def test_who_comes_while_a_request_runs_is_told_when_to_come_again(
    client: httpx.AsyncClient, committed: Sessions, what: str
) -> None:
    report, once = await submitted(client), key()
    path, body, headers = ("/v1/reports", a_submission(), APP | once)
    if what == "reply":
        path, body, headers = f"{report.path}/replies", {"body": "Masih."}, report.as_reporter | once
    await client.post(path, json=body, headers=headers)
    async with committed() as session:
        newest = select(IdempotencyKey.key_hash).order_by(IdempotencyKey.created_at.desc()).limit(1)
        name = (await session.scalars(newest)).one()
        await session.execute(delete(IdempotencyKey).where(IdempotencyKey.key_hash == name))
        await session.commit()
        number = int.from_bytes(name[:8], "big", signed=True)
        await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})

        meanwhile = await client.post(path, json=body, headers=headers)

    assert code_of(meanwhile) == (409, "idempotency_key_in_use")
    assert meanwhile.headers["Retry-After"] == "1"


async def test_nothing_that_was_said_lies_beside_its_key(client: httpx.AsyncClient, committed: Sessions) -> None:
    words: dict[str, Any] = {"name": "Sri Wahyuni", "phone": "+62 812 3456 7890", "email": "sri@example.id"}
    report, once = await submitted(client, reporter=words, secret=True, anonymous=True), key()
    reply = await client.post(f"{report.path}/replies", json={"body": "Dibayar tunai."}, headers=report.as_reporter)
    again = await client.post(
        f"{report.path}/replies", json={"body": "Dibayar dua kali."}, headers=report.as_reporter | once
    )

    async with committed() as session:
        row = (await session.scalars(select(IdempotencyKey).where(IdempotencyKey.report_id == report.id))).one()

    assert (reply.status_code, again.status_code) == (200, 200)
    assert (row.status, row.answer, row.sealed) == (200, None, None)
