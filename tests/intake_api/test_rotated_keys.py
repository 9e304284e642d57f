"""Keys are changed and nothing is lost: what was written under an earlier one is found, and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from intake_api.submissions.service import Submissions
from shared.clock import utc_now
from shared.database import Sessions
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from tests.factories import DAY, NOON, RING, settings
from tests.intake_api.helpers import (
    APP,
    Submitted,
    a_submission,
    assigned,
    code_of,
    counts,
    key,
    submitted,
)  # fmt: skip
from tests.intake_api.test_slips import CLERK, slip, typed_in

PURPOSES = (KeyPurpose.REFERENCES, KeyPurpose.ACCESS_CODES, KeyPurpose.IDEMPOTENCY, KeyPurpose.CURSORS)
IN_USE, WAITING = NOON + DAY, utc_now() + timedelta(days=1)


def successors(from_at: datetime) -> list[Key]:
    return [Key.make(purpose, now=NOON, from_at=from_at) for purpose in PURPOSES]


def holding_too(keys: Iterable[Key]) -> Keys:
    ring = Ring([*RING.keys, *keys])
    return Keys(settings("postgresql://nowhere/nothing", keys=SecretStr(ring.as_text())))


@asynccontextmanager
async def knowing(app: FastAPI, keys: Keys) -> AsyncIterator[None]:
    """The service with other keys, as it reads them when their file changes."""
    before = app.state.keys, app.state.submissions
    app.state.keys = keys
    app.state.submissions = Submissions(app.state.engine, keys, app.state.counters, days=7)
    yield
    app.state.keys, app.state.submissions = before


async def mine(client: httpx.AsyncClient, account: str, **params: str) -> list[str]:
    answer = await client.get(f"/v1/reporters/{account}/reports", headers=APP, params=params)
    return [item["tracking_number"] for item in answer.json()["items"]]


def acting_for(account: str) -> dict[str, str]:
    return APP | {"X-Reporter-Reference": account}


async def test_an_account_finds_and_acts_on_what_it_submitted_under_each_key(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    old = await submitted(client, reporter_reference="akun-lama")

    async with knowing(app, holding_too(successors(IN_USE))):
        new = await submitted(client, reporter_reference="akun-lama")
        assert set(await mine(client, "akun-lama")) == {old.number, new.number}
        for report in (old, new):
            reply = {"body": "Masih berlubang."}
            answer = await client.post(f"{report.path}/replies", json=reply, headers=acting_for("akun-lama"))
            assert answer.status_code == 200, answer.text
        assert (await client.get(old.path, headers=acting_for("akun-lain"))).status_code == 404


async def test_a_supporter_counts_once_and_takes_back_what_was_given_under_the_key_before(
    app: FastAPI, client: httpx.AsyncClient, committed: Sessions
) -> None:
    report, body = await submitted(client), {"reporter_reference": "pendukung"}
    await assigned(committed, report)
    path = f"{report.path}/supports"
    given = (await client.post(path, json=body, headers=APP)).json()

    async with knowing(app, holding_too(successors(IN_USE))):
        again = (await client.post(path, json=body, headers=APP)).json()
        other = (await client.post(path, json={"reporter_reference": "lain"}, headers=APP)).json()
        listed = (await client.get("/v1/reporters/pendukung/supports", headers=APP)).json()["items"]
        await client.request("DELETE", f"{path}/pendukung", headers=APP)
        gone = (await client.get("/v1/reporters/pendukung/supports", headers=APP)).json()["items"]

    assert (given["supports"], again["supports"], other["supports"]) == (1, 1, 2)
    assert again["supported_at"] == given["supported_at"]
    assert [item["tracking_number"] for item in listed] == [report.number]
    assert gone == []


async def test_supporting_at_once_under_two_keys_counts_once(
    app: FastAPI, client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    report, body = await submitted(client), {"reporter_reference": "tergesa"}
    await assigned(committed, report)

    async with knowing(app, holding_too(successors(IN_USE))):
        await other.post(f"{report.path}/supports", json=body, headers=APP)
        answers = await asyncio.gather(
            *(client.post(f"{report.path}/supports", json=body, headers=APP) for _ in range(3))
        )

    assert {answer.json()["supports"] for answer in answers} == {1}


async def test_a_repeated_submission_gets_its_first_receipt_with_its_code(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    once = APP | key()
    first = await client.post("/v1/reports", json=a_submission(), headers=once)

    async with knowing(app, holding_too(successors(IN_USE))):
        again = await client.post("/v1/reports", json=a_submission(), headers=once)
        changed = await client.post("/v1/reports", json=a_submission(title="Lain"), headers=once)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code_of(changed) == (422, "idempotency_key_reused")
    own = await client.get(f"/v1/reports/{first.json()['tracking_number']}", headers={
        "X-Access-Code": again.json()["access_code"]
    })  # fmt: skip
    assert own.json()["view"] == "own"


async def test_a_repeated_act_is_done_once_under_both_keys(app: FastAPI, client: httpx.AsyncClient) -> None:
    report = await submitted(client)
    once = report.as_reporter | key()
    await client.post(f"{report.path}/replies", json={"body": "Satu."}, headers=once)

    async with knowing(app, holding_too(successors(IN_USE))):
        again = await client.post(f"{report.path}/replies", json={"body": "Satu."}, headers=once)
        other = await client.post(f"{report.path}/replies", json={"body": "Dua."}, headers=once)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(again.json()["messages"]) == 1
    assert code_of(other) == (422, "idempotency_key_reused")


async def test_a_slip_is_handed_out_again_with_the_code_that_it_had(app: FastAPI, client: httpx.AsyncClient) -> None:
    receipt, once = await typed_in(client), key()
    first = await slip(client, receipt, CLERK, **once)

    async with knowing(app, holding_too(successors(IN_USE))):
        again = await slip(client, receipt, CLERK, **once)

    assert again.json()["access_code"] == first.json()["access_code"]


async def test_a_cursor_of_before_leads_on(app: FastAPI, client: httpx.AsyncClient) -> None:
    report = await submitted(client)
    await client.post(f"{report.path}/replies", json={"body": "Satu."}, headers=report.as_reporter)
    path = f"{report.path}/timeline"
    page = (await client.get(path, headers=report.as_reporter, params={"limit": 1})).json()

    async with knowing(app, holding_too(successors(IN_USE))):
        rest = await client.get(path, headers=report.as_reporter, params={"limit": 1, "cursor": page["next_cursor"]})

    assert [entry["type"] for entry in rest.json()["items"]] == ["report.received"]


@pytest.mark.parametrize("from_at", [WAITING, IN_USE], ids=["it waits", "it is in use"])
async def test_a_copy_that_does_not_know_the_successor_yet_does_nothing_twice(
    app: FastAPI, client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions, from_at: datetime
) -> None:
    """Even where somebody copied the files too late: the key of a request is kept under every secret."""
    async with knowing(app, holding_too(successors(from_at))):
        for first, second in ((client, other), (other, client)):
            once = APP | key()
            made = await first.post("/v1/reports", json=a_submission(), headers=once)
            before = await counts(committed)
            again = await second.post("/v1/reports", json=a_submission(), headers=once)

            assert {**await counts(committed), "outbox": 0} == {**before, "outbox": 0}
            if from_at == WAITING or first is other:
                assert again.json() == made.json()
            else:  # it cannot derive the code, and says so
                assert code_of(again) == (409, "idempotency_answer_lost")


async def test_at_once_at_copies_with_different_rings_one_report_is_made(
    app: FastAPI, client: httpx.AsyncClient, other: httpx.AsyncClient, committed: Sessions
) -> None:
    once, before = APP | key(), await counts(committed)

    async with knowing(app, holding_too(successors(IN_USE))):
        await asyncio.gather(
            *(one.post("/v1/reports", json=a_submission(), headers=once) for one in (client, other) * 4)
        )

    assert (await counts(committed))["reports"] == before["reports"] + 1


async def test_what_the_one_of_two_writes_while_the_successor_waits_the_other_finds(
    app: FastAPI, client: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    async with knowing(app, holding_too(successors(WAITING))):
        report: Submitted = await submitted(client, reporter_reference="akun-salinan")

        assert await mine(other, "akun-salinan") == [report.number]


async def test_without_the_key_of_then_a_repeat_is_told_so_and_makes_nothing(
    app: FastAPI, client: httpx.AsyncClient, committed: Sessions
) -> None:
    once = APP | key()
    await client.post("/v1/reports", json=a_submission(), headers=once)
    kept = [one for one in RING.keys if one.purpose is not KeyPurpose.ACCESS_CODES]
    ring = Ring([*kept, Key.make(KeyPurpose.ACCESS_CODES, now=NOON)])
    before = await counts(committed)

    async with knowing(app, Keys(settings("postgresql://nowhere/nothing", keys=SecretStr(ring.as_text())))):
        again = await client.post("/v1/reports", json=a_submission(), headers=once)

    assert code_of(again) == (409, "idempotency_answer_lost")
    assert await counts(committed) == before
