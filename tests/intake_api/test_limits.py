"""What two copies of the service bound together: wrong access codes, submissions, what is sent without a token."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from intake_api.app import create_app
from shared import ids
from shared.clients import Role
from shared.database import Sessions
from shared.settings import IntakeSettings
from tests.factories import bearer, settings
from tests.intake_api.helpers import APP, OTHER_APP, Submitted, a_submission, submitted

LIMITS = {
    "wrong_codes_per_address": 5,
    "wrong_codes_per_report": 8,
    "submissions_per_reporter": 3,
    "submissions_per_client": 1_000,
    "submissions_per_address": 6,
    "attempts_window_seconds": 86_400,
    "submissions_window_seconds": 86_400,
    "trusted_proxies": "",
}
OPERATOR = bearer(Role.OPERATOR, sub="operator-1")
GUESS = {"X-Access-Code": "wrong"}


@pytest.fixture
async def copies(intake_url: str) -> AsyncIterator[Sequence[Any]]:
    """Two of the service; each test has an address, an app and a report of its own."""
    apps = [create_app(settings(intake_url, IntakeSettings, **LIMITS)) for _ in range(2)]
    yield apps
    for app in apps:
        await app.state.engine.dispose()
        await app.state.jobs_engine.dispose()


def at(app: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://intake")


def an_address() -> str:
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


async def a_report(app: Any) -> Submitted:
    async with at(app, an_address()) as client:
        return await submitted(client)


async def guessed(app: Any, address: str, path: str, **headers: str) -> httpx.Response:
    async with at(app, address) as client:
        return await client.get(path, headers=GUESS | headers)


async def test_wrong_codes_of_an_address_are_counted_over_both_copies(copies: Sequence[Any]) -> None:
    report, address = await a_report(copies[0]), an_address()

    answers = [await guessed(copies[number % 2], address, report.path) for number in range(7)]

    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 2
    refused = answers[-1]
    assert refused.json()["code"] == "limit_reached"
    assert int(refused.headers["Retry-After"]) <= 86_400
    assert refused.headers["RateLimit-Policy"] == '"wrong-codes-address";q=5;w=86400'
    assert refused.headers["RateLimit"].startswith('"wrong-codes-address";r=0;t=')


async def test_whoever_guessed_too_often_is_refused_the_right_code_too_and_nobody_else(copies: Sequence[Any]) -> None:
    report, address = await a_report(copies[0]), an_address()
    for _ in range(6):
        await guessed(copies[0], address, report.path)
    for app in copies:
        await app.state.counters.hear_counts()

    for app in copies:
        assert (await guessed(app, address, report.path, **report.as_reporter)).status_code == 429
        assert (await guessed(app, an_address(), report.path, **report.as_reporter)).status_code == 200


async def test_of_fifty_guesses_at_once_exactly_as_many_as_allowed_are_answered(copies: Sequence[Any]) -> None:
    report, address = await a_report(copies[0]), an_address()

    answers = await asyncio.gather(*(guessed(copies[number % 2], address, report.path) for number in range(50)))

    assert sorted(answer.status_code for answer in answers) == [404] * 5 + [429] * 45


async def test_many_addresses_share_the_guesses_for_one_report_and_its_reporter_still_gets_in(
    copies: Sequence[Any],
) -> None:
    report, guesser = await a_report(copies[0]), an_address()
    addresses = [guesser, *(an_address() for _ in range(9))]

    answers = [await guessed(copies[number % 2], address, report.path) for number, address in enumerate(addresses)]

    assert [answer.status_code for answer in answers] == [404] * 8 + [429] * 2
    for app in copies:
        await app.state.counters.hear_counts()
        assert (await guessed(app, guesser, report.path, **report.as_reporter)).status_code == 429
        assert (await guessed(app, an_address(), report.path, **report.as_reporter)).status_code == 200


async def test_a_number_that_nobody_has_counts_like_a_wrong_code(copies: Sequence[Any]) -> None:
    address, nobodys = an_address(), ids.new_tracking_number()

    answers = [await guessed(copies[0], address, f"/v1/reports/{nobodys}") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [404] * 5 + [429]


async def test_one_who_guesses_in_an_app_does_not_stop_others_there(copies: Sequence[Any]) -> None:
    report, other = await a_report(copies[0]), await a_report(copies[0])

    answers = [await guessed(copies[0], an_address(), report.path, **APP) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert answers[-1].headers["RateLimit"].startswith('"wrong-codes-client";r=0')
    assert (await guessed(copies[0], an_address(), other.path, **APP, **other.as_reporter)).status_code == 200


async def test_an_account_of_an_app_submits_as_often_as_allowed(copies: Sequence[Any]) -> None:
    account = uuid4().hex
    async with at(copies[0], an_address()) as client:
        bodies = [a_submission(reporter_reference=account) for _ in range(4)]

        answers = [await client.post("/v1/reports", json=body, headers=APP) for body in bodies]
        others = await client.post("/v1/reports", json=a_submission(reporter_reference=account), headers=OTHER_APP)
        nobodys = await client.post("/v1/reports", json=a_submission(), headers=APP)

    assert [answer.status_code for answer in answers] == [201] * 3 + [429]
    assert answers[-1].headers["RateLimit-Policy"] == '"submissions-reporter";q=3;w=86400'
    assert (others.status_code, nobodys.status_code) == (201, 201)


async def test_a_repeated_submission_gets_its_first_receipt_beyond_the_limit_and_counts_for_nothing(
    copies: Sequence[Any],
) -> None:
    account = uuid4().hex
    async with at(copies[0], an_address()) as client:
        body = a_submission(reporter_reference=account)
        once = APP | {"Idempotency-Key": uuid4().hex}
        first = [await client.post("/v1/reports", json=body, headers=once) for _ in range(5)]
        more = [await client.post("/v1/reports", json=body, headers=APP) for _ in range(3)]
        again = await client.post("/v1/reports", json=body, headers=once)

    assert {answer.json()["id"] for answer in first} == {again.json()["id"]}
    assert [answer.status_code for answer in more] == [201, 201, 429]
    assert again.status_code == 201


async def test_what_was_refused_counts_for_nothing(copies: Sequence[Any]) -> None:
    account = uuid4().hex
    async with at(copies[0], an_address()) as client:
        wrong = a_submission(reporter_reference=account, category="no_such_thing")
        refused = [await client.post("/v1/reports", json=wrong, headers=APP) for _ in range(5)]
        body = a_submission(reporter_reference=account)
        answers = [await client.post("/v1/reports", json=body, headers=APP) for _ in range(3)]

    assert {answer.status_code for answer in refused} == {422}
    assert [answer.status_code for answer in answers] == [201] * 3


async def test_historical_imports_have_no_limit(copies: Sequence[Any]) -> None:
    importer = bearer(Role.REPORTER_APP, sub="mobile-app", scopes=("reports:import",))
    account = uuid4().hex
    async with at(copies[0], an_address()) as client:
        body = a_submission(reporter_reference=account)
        answers = [await client.post("/v1/reports", json=body, headers=importer) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {201}


async def test_what_an_address_hands_in_without_a_token_is_counted_and_only_what_was_accepted(
    copies: Sequence[Any],
) -> None:
    report, address = await a_report(copies[0]), an_address()
    async with at(copies[0], address) as client:
        refused = [await client.post(f"{report.path}/replies", json={}, headers=report.as_reporter) for _ in range(7)]
        answers = [
            await client.post(f"{report.path}/replies", json={"body": "Masih."}, headers=report.as_reporter)
            for _ in range(7)
        ]

    assert {answer.status_code for answer in refused} == {422}
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1].headers["RateLimit"].startswith('"submissions-address";r=0')


@pytest.mark.parametrize("language", ["id", "en"])
async def test_an_operator_lifts_a_limit_and_every_copy_follows(copies: Sequence[Any], language: str) -> None:
    report, address = await a_report(copies[0]), an_address()
    for _ in range(6):
        refused = await guessed(copies[0], address, report.path, **{"Accept-Language": language})
    detail = refused.json()["detail"]
    assert ("sudah tercapai" in detail) == (language == "id")
    for app in copies:
        await app.state.counters.hear_counts()

    async with at(copies[1], an_address()) as client:
        body = {"limit": "wrong-codes-address", "name": address}
        lifted = await client.post("/v1/limits/lifts", json=body, headers=OPERATOR)
        again = await client.post("/v1/limits/lifts", json=body, headers=OPERATOR)
    await copies[0].state.counters.hear_counts()

    assert lifted.json() == {"limit": "wrong-codes-address", "lifted": True}
    assert again.json()["lifted"] is False
    for app in copies:
        assert (await guessed(app, address, report.path, **report.as_reporter)).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"limit": "log-ins-account", "name": "somebody"}, "unknown_limit"),
        ({"limit": "submissions-reporter", "name": "account-77"}, "client_missing"),
        ({"limit": "submissions-client", "name": "app", "client": "app"}, "client_not_allowed"),
        ({"limit": "everything", "name": "app"}, "invalid"),
        ({"limit": "submissions-client", "name": ""}, "invalid"),
    ],
)
async def test_what_cannot_be_lifted_is_said(copies: Sequence[Any], body: dict[str, str], code: str) -> None:
    async with at(copies[0], an_address()) as client:
        answer = await client.post("/v1/limits/lifts", json=body, headers=OPERATOR)

    assert answer.status_code == 422
    assert answer.json()["code"] == code


async def test_only_operators_lift_limits(copies: Sequence[Any]) -> None:
    async with at(copies[0], an_address()) as client:
        body = {"limit": "submissions-client", "name": "mobile-app"}

        assert (await client.post("/v1/limits/lifts", json=body, headers=APP)).status_code == 403
        assert (await client.post("/v1/limits/lifts", json=body)).status_code == 401


async def test_no_row_holds_an_address_an_account_or_a_number(copies: Sequence[Any], committed: Sessions) -> None:
    report, address, account = await a_report(copies[0]), an_address(), uuid4().hex
    await guessed(copies[0], address, report.path)
    async with at(copies[0], address) as client:
        await client.post("/v1/reports", json=a_submission(reporter_reference=account), headers=APP)
    await copies[0].state.counters.tell_counts()

    async with committed() as session:
        rows = str((await session.execute(text("SELECT c::text FROM limit_counters c"))).all())

    assert rows
    for named in (address, address.split("::", 1)[0], account, report.number, "mobile-app"):
        assert named not in rows


async def test_wrong_codes_in_the_form_of_the_mailbox_count_as_those_in_a_header_do(copies: Sequence[Any]) -> None:
    report, address = await a_report(copies[0]), an_address()
    header = {"Content-Type": "application/x-www-form-urlencoded"}

    answers = []
    for attempt in range(6):
        async with at(copies[attempt % 2], address) as client:
            answers.append(await client.post(f"/r/{report.number}", content=f"code=WRONG{attempt}", headers=header))
    by_header = await guessed(copies[0], address, report.path)

    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert by_header.status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "coba lagi" in answers[-1].text
