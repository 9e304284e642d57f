"""What a request passes before anything is spent on it, on a small service whose database is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request

from shared.clients import Client, Role
from shared.database import Session, create_engine
from shared.errors import TooManyRequests
from shared.http import web
from shared.http.auth import CurrentClient, OptionalClient, allow
from shared.http.door import bodies
from shared.http.door.places import Places
from shared.http.door.rules import DoorRule
from shared.http.door.visitors import Limits, Visitor
from shared.http.idempotency import Idempotent
from shared.http.openapi.said import Said
from shared.http.tokens import Tokens
from shared.http.wire import Schema, Title
from tests.factories import bearer, settings, tokens
from tests.waiting import patiently, until

router = APIRouter(prefix="/v1")
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
OPERATOR = bearer(Role.OPERATOR)
APP = bearer(Role.REPORTER_APP, sub="app")
JSON = {"Content-Type": "application/json"}


class Thing(Schema):
    title: Title


@router.post("/things")
async def make_thing(body: Thing, _client: CurrentClient) -> int:
    return len(body.title)


@router.post("/operators/things")
async def configure(body: Thing, _client: Annotated[Client, Depends(allow(Role.OPERATOR))]) -> int:
    return len(body.title)


@router.post("/reports/{number}/replies")
async def reply(
    number: str,
    body: Thing,
    _client: OptionalClient,
    code: Annotated[str | None, Header(alias="X-Access-Code")] = None,
) -> int:
    from shared.errors import NotFound

    if code != f"right-{number}":
        raise NotFound("No.")
    return len(body.title)


@router.post("/reports/{number}/withdrawal")
async def withdraw(number: str, session: Session, once: Idempotent, _client: CurrentClient) -> None:
    """Takes a connection, and only then looks at the body."""


@router.get("/searches")
async def search(q: str = "", sort: str = "") -> str:
    return q + sort


@router.get("/slow")
async def slow(request: Request) -> None:
    request.app.state.inside += 1
    await request.app.state.released.wait()


def application(**changes: Any) -> FastAPI:
    configuration = settings(NOWHERE, **changes)
    app = web.create_app(
        "test",
        create_engine(configuration, "test"),
        configuration,
        router,
        said=Said("Test", "Test"),
        rules={
            ("POST", "/v1/reports/{number}/replies"): DoorRule(most_bytes=10 * bodies.KIB, most_values=100),
            ("GET", "/v1/searches"): DoorRule(places=Places("searches", at_once=1, waiting=0), only_with="q"),
        },
    )
    app.state.released, app.state.inside = asyncio.Event(), 0
    return app


def calling(app: FastAPI, address: str = "192.0.2.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://app")


@pytest.fixture
async def app() -> AsyncIterator[FastAPI]:
    app = application()
    yield app
    await app.state.engine.dispose()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as client:
        yield client


def told(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    return response.status_code, response.json()["code"]


async def raw(
    app: FastAPI, *messages: dict[str, Any], path: str, headers: dict[str, str], method: str = "POST"
) -> list[dict[str, Any]]:
    """What is sent to a connection from which these messages come, and then nothing more."""
    left, sent = iter(messages), []

    async def receive() -> Any:
        for message in left:
            return message
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "root_path": "", "scheme": "http",
        "http_version": "1.1", "client": ("192.0.2.1", 1), "server": ("app", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


# --- bodies -------------------------------------------------------------------------------------------------


async def test_a_body_that_never_comes_takes_no_connection_and_is_408(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MOST_SECONDS", 0.02)

    async with patiently():
        answers = await asyncio.gather(
            *(
                raw(app, path="/v1/reports/1/withdrawal", headers=OPERATOR | {"Content-Length": "100"})
                for _ in range(20)
            )
        )

    assert [json.loads(sent[1]["body"])["code"] for sent in answers] == ["body_too_slow"] * 20
    assert [sent[0]["status"] for sent in answers] == [408] * 20
    assert (b"connection", b"close") in answers[0][0]["headers"]
    assert app.state.engine.pool.checkedout() == 0


async def test_whoever_goes_away_in_the_middle_of_their_body_is_one_line_and_no_error(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    headers = OPERATOR | JSON | {"Content-Length": "100"}

    sent = await raw(app, piece(b'{"title":'), {"type": "http.disconnect"}, path="/v1/things", headers=headers)

    assert sent == []
    assert caplog.records == []
    async with calling(app) as http:
        figures = (await http.get("/metrics")).text
    assert 'lapor_requests_total{method="POST",route="/v1/things",status="499"} 1.0' in figures
    assert 'status="500"' not in figures


async def test_an_operation_has_a_limit_of_its_own_for_bytes(http: httpx.AsyncClient) -> None:
    text = json.dumps({"title": "x"}).encode()
    headers = JSON | {"X-Access-Code": "right-1"}
    path = "/v1/reports/1/replies"

    fits = await http.post(path, content=text + b" " * (10 * 1024 - len(text)), headers=headers)
    over = await http.post(path, content=text + b" " * (10 * 1024 - len(text) + 1), headers=headers)

    assert fits.status_code == 200
    assert told(over) == (413, "body_too_large")
    assert over.json()["detail"] == "The body is larger than 10 KiB; send less."


async def test_many_unknown_fields_are_refused_before_they_are_parsed(http: httpx.AsyncClient) -> None:
    body = {"body": "x", **{f"k{n}": 1 for n in range(500)}}

    refused = await http.post("/v1/reports/1/replies", json=body, headers={"X-Access-Code": "right-1"})

    assert told(refused) == (422, "too_many_values")
    assert len(refused.content) < 500


async def test_of_many_mistakes_a_hundred_are_told(http: httpx.AsyncClient) -> None:
    refused = await http.post("/v1/things", json={f"k{n}": 1 for n in range(300)}, headers=OPERATOR)

    assert told(refused) == (422, "invalid")
    assert refused.json()["detail"] == "301 fields are not as they should be; see `errors`, the first 100."
    assert len(refused.json()["errors"]) == 100


# --- credentials before bodies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/v1/things", {}, (401, "unauthenticated")),
        ("/v1/things", {"Authorization": "Bearer x"}, (401, "invalid_token")),
        ("/v1/things", {"Authorization": "Basic eDp4"}, (401, "unauthenticated")),
        ("/v1/things", {"Authorization": "Bearer \xe9"}, (401, "unauthenticated")),
        ("/v1/operators/things", APP, (403, "forbidden")),
        ("/v1/reports/1/replies", {}, (401, "unauthenticated")),
        ("/v1/reports/1/replies", {"Authorization": "Bearer x", "X-Access-Code": "right-1"}, (401, "invalid_token")),
        ("/v1/nowhere", {}, (404, "not_found")),
    ],
)
async def test_whoever_may_not_is_told_so_without_their_body_being_read(
    app: FastAPI, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    async with patiently():
        sent = await raw(app, path=path, headers=JSON | {"Content-Length": "1000000"} | headers)

    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == expected


async def test_a_token_on_an_operation_that_takes_none_is_not_looked_at(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/searches?sort=a", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 200


# --- addresses and headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=" + "x" * 8187, (200, None)),
        ("sort=" + "x" * 8188, (414, "query_too_long")),
        ("&".join(["a="] * 100), (422, "invalid")),  # read, and found to be unknown
        ("&".join(["a="] * 101), (400, "too_many_parameters")),
    ],
)
async def test_a_query_is_bounded(http: httpx.AsyncClient, query: str, expected: tuple[int, str | None]) -> None:
    answer = await http.get(f"/v1/searches?{query}")

    assert (answer.status_code, None if answer.is_success else answer.json()["code"]) == expected


async def test_headers_are_counted(http: httpx.AsyncClient) -> None:
    refused = await http.get("/v1/searches", headers={f"X-{n}": "" for n in range(101)})

    assert told(refused) == (431, "too_many_headers")


async def test_an_address_with_a_slash_too_many_is_unknown_and_redirects_nobody(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/searches/", headers={"Host": "evil.example"})

    assert told(answer) == (404, "not_found")
    assert "location" not in answer.headers


# --- buckets ------------------------------------------------------------------------------------------------

LITTLE = {"client_burst": 2, "client_requests_per_second": 0.001, "address_burst": 20,
          "address_requests_per_second": 0.001, "code_burst": 2, "code_requests_per_second": 0.001}  # fmt: skip


async def test_one_client_that_asks_too_much_is_told_when_to_come_back_and_stops_nobody_else() -> None:
    async with calling(application(**LITTLE)) as http:
        answers = [await http.post("/v1/things", json={"title": "a"}, headers=APP) for _ in range(3)]
        other = await http.post("/v1/things", json={"title": "a"}, headers=bearer(Role.REPORTER_APP, sub="other"))
        stranger = await http.get("/v1/searches")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert told(answers[-1]) == (429, "too_many_requests")
    assert int(answers[-1].headers["retry-after"]) == 1000
    assert (other.status_code, stranger.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, bearer(Role.SERVICE, sub="intake_api")),
        ({}, bearer(Role.COORDINATOR, sub="old", agency="A", scopes=("reports:import",))),
        ({"unlimited_clients": "bench, app"}, APP),
        ({"client_requests_per_second": 0}, APP),
    ],
)
async def test_some_have_no_limit(changes: dict[str, Any], headers: dict[str, str]) -> None:
    async with calling(application(**LITTLE | changes)) as http:
        answers = [await http.post("/v1/things", json={"title": "a"}, headers=headers) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5


async def test_addresses_have_buckets_and_those_of_one_subscriber_are_one() -> None:
    app = application(**LITTLE)

    async def asked(address: str, times: int = 1) -> list[int]:
        async with calling(app, address) as http:
            return [(await http.get("/v1/searches")).status_code for _ in range(times)]

    assert await asked("192.0.2.1", 21) == [200] * 20 + [429]
    assert await asked("192.0.2.2") == [200]
    assert await asked("::ffff:192.0.2.1") == [429], "the same address, written otherwise"
    assert await asked("2001:db8::1", 20) == [200] * 20
    assert await asked("2001:db8::2") == [429], "of the same subscriber"
    assert await asked("2001:db8:0:1::2") == [200]


async def test_an_access_code_has_a_bucket_and_no_other_code_draws_from_it() -> None:
    async with calling(application(**LITTLE | {"address_burst": 1000})) as http:

        async def replied(number: str) -> int:
            headers = {"X-Access-Code": f"right-{number}"}
            return (await http.post(f"/v1/reports/{number}/replies", json={"title": "a"}, headers=headers)).status_code

        assert [await replied("1") for _ in range(3)] == [200, 200, 429]
        assert await replied("2") == 200


async def test_a_wrong_access_code_costs_ten_times_as_much_as_any_other_request() -> None:
    app = application(**LITTLE)
    async with calling(app) as http:
        guesses = [
            await http.post("/v1/reports/1/replies", json={"title": "a"}, headers={"X-Access-Code": f"guess-{n}"})
            for n in range(3)
        ]
        with_token = await http.post("/v1/things", json={"title": "a"}, headers=APP)

    assert [guess.status_code for guess in guesses] == [404, 404, 429]
    assert with_token.status_code == 200, "the address is stopped, not whoever comes from it with a token"
    assert "guess-1" not in repr(vars(app.state.limits._codes))


async def test_one_person_who_guesses_in_an_app_does_not_stop_all_others_in_it() -> None:
    async with calling(application(**LITTLE | {"client_burst": 5})) as http:
        guess = await http.post("/v1/reports/1/replies", json={"title": "a"}, headers=APP | {"X-Access-Code": "guess"})
        other = await http.post("/v1/things", json={"title": "a"}, headers=APP)

    assert (guess.status_code, other.status_code) == (404, 200)


def test_the_same_name_at_another_agency_or_in_another_role_is_somebody_else() -> None:
    def limited(role: Role, agency: str | None) -> Visitor:
        return Visitor(Client("budi", role, agency), "")

    limits = Limits(settings("postgresql://x/y", client_requests_per_second=1, client_burst=1))
    first = limited(Role.LIAISON_OFFICER, "SAMARINDA-DPUPR")
    limits.draw(first, 0)

    with pytest.raises(TooManyRequests):
        limits.draw(first, 0)
    limits.draw(limited(Role.LIAISON_OFFICER, "SAMARINDA-DISHUB"), 0)
    limits.draw(limited(Role.AGENCY_HEAD, "SAMARINDA-DPUPR"), 0)


async def test_a_body_that_is_made_to_hurt_costs_as_much() -> None:
    body = {f"k{n}": 1 for n in range(500)}
    async with calling(application(**LITTLE | {"code_burst": 100})) as http:
        answers = [
            await http.post("/v1/reports/1/replies", json=body, headers={"X-Access-Code": "right-1"}) for _ in range(3)
        ]

    assert [answer.status_code for answer in answers] == [422, 422, 429]


async def test_a_request_that_is_never_whole_draws_nothing_from_the_bucket_of_its_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MOST_SECONDS", 0.01)
    app = application(**LITTLE)
    for _ in range(5):
        await raw(app, path="/v1/things", headers=APP | JSON | {"Content-Length": "100"})

    async with calling(app) as http:
        assert (await http.post("/v1/things", json={"title": "a"}, headers=APP)).status_code == 200


async def test_health_is_told_whoever_asks_however_often() -> None:
    async with calling(application(**LITTLE)) as http:
        answers = [await http.get("/healthz") for _ in range(50)]

    assert {answer.status_code for answer in answers} == {200}


# --- how many at once ---------------------------------------------------------------------------------------


async def test_one_caller_is_at_most_half_of_those_inside_and_health_answers_when_all_are_taken() -> None:
    app = application(requests_at_once=4)
    async with calling(app) as http, calling(app, "192.0.2.2") as other, calling(app, "192.0.2.3") as third:
        mine = [asyncio.create_task(http.get("/v1/slow")) for _ in range(2)]
        await until(lambda: app.state.inside == 2)
        refused = await http.get("/v1/slow")
        theirs = [asyncio.create_task(other.get("/v1/slow")) for _ in range(2)]
        await until(lambda: app.state.inside == 4)
        full, alive = await third.get("/v1/slow"), await third.get("/healthz")
        app.state.released.set()
        answers = await asyncio.gather(*mine, *theirs)

    assert told(refused) == told(full) == (503, "too_busy")
    assert refused.headers["retry-after"]
    assert alive.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * 4


async def test_who_reads_waits_for_a_turn_and_who_acts_is_not_kept_by_them() -> None:
    app = application(pool_size=4)
    async with calling(app) as http:
        reading = [asyncio.create_task(http.get("/v1/slow")) for _ in range(2)]
        await until(lambda: app.state.inside == 2)
        third = asyncio.create_task(http.get("/v1/searches"))
        acted = await http.post("/v1/things", json={"title": "a"}, headers=OPERATOR)
        waited = not third.done()
        app.state.released.set()
        answers = await asyncio.gather(*reading, third)

    assert (acted.status_code, waited) == (200, True)
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_who_reads_their_answer_slowly_holds_nobodys_turn() -> None:
    app = application(pool_size=1)
    read, begun = asyncio.Event(), asyncio.Event()

    async def send(_message: Any) -> None:
        begun.set()
        await read.wait()

    async def receive() -> Any:
        return await asyncio.Event().wait()

    scope = {
        "type": "http", "method": "GET", "path": "/v1/searches", "raw_path": b"/v1/searches", "query_string": b"",
        "headers": [], "client": ("192.0.2.9", 1), "server": ("app", 80), "scheme": "http", "root_path": "",
        "http_version": "1.1",
    }  # fmt: skip
    slow_reader = asyncio.create_task(app(scope, receive, send))
    await begun.wait()

    async with calling(app) as http:
        answer = await http.get("/v1/searches")

    assert answer.status_code == 200
    read.set()
    await slow_reader


async def test_places_are_taken_by_those_who_ask_for_what_is_dear_alone(app: FastAPI, http: httpx.AsyncClient) -> None:
    places = app.state.rules["GET", "/v1/searches"].places

    async with places.place("somebody else"):
        plain = await http.get("/v1/searches?sort=q")
        dear = [await http.get(f"/v1/searches?{query}") for query in ("q=a", "sort=a&q=b")]

    assert plain.status_code == 200
    assert [told(answer) for answer in dear] == [(429, "too_many_searches")] * 2


def test_a_rule_for_an_operation_that_does_not_exist_is_a_mistake() -> None:
    app = application()
    app.state.rules["POST", "/v1/nowhere"] = DoorRule()

    from shared.http.door.rules import Operations

    with pytest.raises(ValueError, match="nowhere"):
        Operations(app, app.state.rules)


def test_tokens_are_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door keeps whom it found for the endpoint."""
    verified: list[str] = []
    verify = tokens().verify

    def counting(_self: Tokens, token: str) -> Client:
        verified.append(token)
        return verify(token)

    monkeypatch.setattr(Tokens, "verify", counting)

    async def ask() -> int:
        async with calling(application()) as http:
            return (await http.post("/v1/things", json={"title": "a"}, headers=APP)).status_code

    assert asyncio.run(ask()) == 200
    assert len(verified) == 1
