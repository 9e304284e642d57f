"""The manners that every service has, on a small application over a real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request, Response
from sqlalchemy import URL, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import shared.database
from shared.clients import Role
from shared.database import Session, create_engine
from shared.errors import Conflict, Invalid, NotFound
from shared.http import web
from shared.http.auth import CurrentClient
from shared.http.idempotency import Idempotent
from shared.http.openapi.said import Said
from shared.http.wire import Answer, Page, PageParams, Schema, Title, decode_cursor, encode_cursor
from tests.conftest import clone, drop
from tests.factories import bearer, settings
from tests.waiting import patiently

router = APIRouter(prefix="/v1")
calls: list[str] = []


class Thing(Schema):
    title: Title
    size: float = 0


class Echo(Answer):
    title: str
    number: int


@router.post("/things", responses=web.errors_of())
async def make_thing(body: Thing, once: Idempotent, _client: CurrentClient) -> Response:
    calls.append(body.title)
    return await once.answer(Echo(title=body.title, number=len(calls)), status=201)


@router.get("/things")
async def list_things(params: Annotated[PageParams, Query()]) -> Page[Echo]:
    if params.cursor:
        decode_cursor(params.cursor, tuple[int, str])
    return Page(items=[], next_cursor=encode_cursor(1, "a"))


@router.get("/conflict")
async def conflict(_session: Session) -> None:
    raise Conflict("It is taken.", code="taken")


@router.get("/missing")
async def missing() -> None:
    raise NotFound("There is no report 1.")


@router.post("/stuck")
async def stuck(request: Request, session: Session) -> None:
    """Locks, and is then as if its process were suspended; for as long as the test likes."""
    await session.execute(text("SELECT pg_advisory_xact_lock(1)"))
    request.app.state.locked.set()
    await request.app.state.released.wait()
    await session.execute(text("SELECT 1"))


@router.get("/bug")
async def bug() -> None:
    raise ZeroDivisionError("words of a citizen")


@router.get("/taken")
async def taken() -> None:
    """As if all connections of the pool were held by others for longer than one waits for them."""
    raise PoolTimeoutError("QueuePool limit of size 10 overflow 0 reached")


def application(url: str) -> FastAPI:
    configuration = settings(url)
    engine = create_engine(configuration, "test")
    return web.create_app("test", engine, configuration, router, said=Said("Test", "Test"))


@pytest.fixture(scope="module")
async def url(server: URL, template: URL) -> AsyncIterator[str]:
    """One database for all of these tests: each sends keys of its own."""
    url = await clone(server, template)
    yield url.render_as_string(hide_password=False)
    await drop(server, url)


@pytest.fixture
async def app(url: str) -> AsyncIterator[FastAPI]:
    app = application(url)
    yield app
    await app.state.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client


async def test_a_request_that_is_suspended_loses_what_it_locked_and_answers_503_when_it_wakes(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.database, "REQUEST_IDLE_SECONDS", 1)
    app.state.locked, app.state.released = asyncio.Event(), asyncio.Event()

    async with patiently(), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(client.post("/v1/stuck"))
        await app.state.locked.wait()
        async with app.state.sessions() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        app.state.released.set()

    assert problem(asked.result()) == (503, "database_unavailable")
    assert (await client.get("/readyz")).status_code == 200, "the pool has left the lost connection behind"


OPERATOR = bearer(Role.OPERATOR)


def problem(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:lapor:problem:{body['code']}"
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["code"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "malformed_json")),
        (b"\xff", (400, "malformed_body")),
        (b"[1]", (422, "invalid")),
        (b"{}", (422, "invalid")),
        (b'{"title": ""}', (422, "invalid")),
        (b'{"title": "a\\u0000b"}', (422, "invalid")),
        (b'{"title": "\\ud800"}', (422, "invalid")),
        (b'{"title": "a", "\\ud800": 1}', (422, "invalid")),
        (b'{"title": "a", "size": "x"}', (422, "invalid")),
        (b'{"title": "a", "unknown": 1}', (422, "invalid")),
        (b'{"title": "' + b"x" * 201 + b'"}', (422, "invalid")),
    ],
)
async def test_bad_input_is_a_problem_that_says_where(
    client: httpx.AsyncClient, content: bytes, expected: tuple[int, str]
) -> None:
    headers = OPERATOR | {"Content-Type": "application/json"}

    response = await client.post("/v1/things", content=content, headers=headers)

    assert problem(response) == expected
    if expected[0] == 422:
        assert response.json()["errors"][0].keys() == {"pointer", "message", "code"}


async def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(client: httpx.AsyncClient) -> None:
    headers = OPERATOR | {"Content-Type": "application/json"}
    padding = b" " * (1024 * 1024 - len(b'{"title":"a"}'))

    fits = await client.post("/v1/things", content=b'{"title":"a"}' + padding, headers=headers)
    over = await client.post("/v1/things", content=b'{"title":"a"} ' + padding, headers=headers)

    assert fits.status_code == 201
    assert problem(over) == (413, "body_too_large")


async def test_a_body_without_a_length_is_counted_as_it_comes(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65536

    response = await client.post(
        "/v1/things", content=chunks(), headers=OPERATOR | {"Content-Type": "application/json"}
    )

    assert problem(response) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/v1/things%00", "/v1/things?cursor=%00"])
async def test_nul_characters_in_an_address_are_refused(client: httpx.AsyncClient, path: str) -> None:
    assert problem(await client.get(path)) == (400, "nul_character")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "unknown=1", "cursor=%21"])
async def test_a_list_refuses_wrong_and_unknown_parameters(client: httpx.AsyncClient, query: str) -> None:
    assert problem(await client.get(f"/v1/things?{query}")) == (422, "invalid")


@pytest.mark.parametrize("cursor", ["abc", "bm9uZQ", encode_cursor("a", 1), encode_cursor(1)])
async def test_a_cursor_that_we_did_not_make_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    assert problem(await client.get(f"/v1/things?cursor={cursor}")) == (422, "bad_cursor")


class Filtered(PageParams):
    word: str | None = None
    sort: str = "a"


def test_a_cursor_belongs_to_the_filters_and_the_sort_that_it_was_made_under() -> None:
    shape, rows = tuple[int, str], [(1, "a"), (2, "b")]
    plain, filtered = (Filtered(limit=1, **asked).cut(rows, lambda row: row)[1] for asked in ({}, {"word": "jalan"}))

    assert Filtered(cursor=plain).position(shape) == (1, "a")
    assert Filtered(cursor=filtered, word="jalan", limit=7).position(shape) == (1, "a")
    others: list[tuple[str | None, dict[str, Any]]] = [
        (plain, {"word": "jalan"}), (filtered, {}), (filtered, {"word": "lampu"}), (plain, {"sort": "b"}),
        (filtered, {"word": "jalan", "sort": "b"}), (encode_cursor(), {"word": "jalan"}),
    ]  # fmt: skip
    for cursor, asked in others:
        with pytest.raises(Invalid) as refused:
            Filtered(cursor=cursor, **asked).position(shape)
        assert refused.value.code == "bad_cursor"


def test_a_cursor_belongs_to_the_list_that_it_was_made_for() -> None:
    shape, rows = tuple[int, str], [(1, "a"), (2, "b")]
    params = Filtered(limit=1)
    ours, others, unnamed = (
        params.in_list(*names).cut(rows, lambda row: row)[1] for names in (("reports", "ani"), ("reports", "budi"), ())
    )

    assert Filtered(cursor=ours).in_list("reports", "ani").position(shape) == (1, "a")
    for cursor, names in ((ours, ("reports", "budi")), (others, ("reports", "ani")), (ours, ()), (unnamed, ("x",))):
        with pytest.raises(Invalid) as refused:
            Filtered(cursor=cursor).in_list(*names).position(shape)
        assert refused.value.code == "bad_cursor"


async def test_every_kind_of_error_is_a_problem(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/nowhere")) == (404, "not_found")
    assert problem(await client.delete("/v1/things")) == (405, "method_not_allowed")
    assert problem(await client.get("/v1/conflict")) == (409, "taken")
    assert problem(await client.post("/v1/things", json={"title": "a"})) == (401, "unauthenticated")


async def test_a_bug_answers_500_without_telling_what_it_saw(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/bug")

    assert problem(response) == (500, "internal_error")
    assert "citizen" not in response.text


async def test_a_pool_that_others_have_taken_is_busy_and_no_database_that_is_away(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/taken")

    assert problem(answer) == (503, "too_busy")
    assert answer.headers["retry-after"]


async def test_a_database_that_is_away_is_503_and_not_ready() -> None:
    app = application("postgresql://nobody@127.0.0.1:1/nothing")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        answer = await client.post("/v1/things", json={"title": "a"}, headers=OPERATOR | {"Idempotency-Key": "k"})
        assert problem(answer) == (503, "database_unavailable")
        assert answer.headers["retry-after"]
        assert problem(await client.get("/readyz")) == (503, "database_unavailable")
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


async def test_the_same_key_and_body_get_the_first_answer_again(client: httpx.AsyncClient) -> None:
    headers = OPERATOR | {"Idempotency-Key": "key-1"}

    first = await client.post("/v1/things", json={"title": "a"}, headers=headers)
    again = await client.post("/v1/things", json={"title": "a"}, headers=headers)
    other = await client.post("/v1/things", json={"title": "b"}, headers=headers)
    somebody_else = await client.post(
        "/v1/things", json={"title": "a"}, headers=bearer(Role.OPERATOR, sub="else") | {"Idempotency-Key": "key-1"}
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert problem(other) == (422, "idempotency_key_reused")
    assert somebody_else.json() != first.json()


async def test_readiness_documents_and_figures_answer(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    page = (await client.get("/docs")).text
    assert "https://" not in page
    assert "opsFilter" in page
    assert (await client.get("/static-offline-docs/swagger-ui-bundle.js")).status_code == 200
    figures = (await client.get("/metrics")).text
    assert 'lapor_outbox_depth{follower="routing_service"} 0.0' in figures
    assert 'lapor_requests_total{method="GET",route="/readyz",status="200"} 1.0' in figures


async def test_a_service_answers_below_its_own_name_as_well(client: httpx.AsyncClient) -> None:
    plain, below, elsewhere = [await client.get(f"{root}/v1/things") for root in ("", "/test", "/tests")]

    assert below.status_code == plain.status_code == 200
    assert below.json() == plain.json()
    assert elsewhere.status_code == 404


async def test_a_request_id_travels_and_an_odd_one_is_replaced(client: httpx.AsyncClient) -> None:
    given = await client.get("/healthz", headers={"X-Request-Id": "abc-1"})
    odd = await client.get("/healthz", headers={"X-Request-Id": "a b\\n"})

    assert given.headers["x-request-id"] == "abc-1"
    assert odd.headers["x-request-id"] not in {"", "a b\\n"}


async def test_documented_problems_are_problem_json_and_nothing_documents_default(app: FastAPI) -> None:
    document = app.openapi()

    answers = document["paths"]["/v1/things"]["post"]["responses"]
    assert list(answers["422"]["content"]) == ["application/problem+json"]
    assert "default" not in json.dumps(list(answers))
    operations = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(operations) == len(set(operations))
    assert all(operation.startswith("test_") for operation in operations)


@pytest.mark.parametrize(
    ("asked", "detail", "language"),
    [
        (None, "There is no report 1.", "en"),
        ("en", "There is no report 1.", "en"),
        ("id", "Tidak ada laporan 1.", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "Tidak ada laporan 1.", "id"),
        ("de", "Tidak ada laporan 1.", "id"),
    ],
)
async def test_a_problem_is_told_in_the_language_that_is_asked_for(
    client: httpx.AsyncClient, asked: str | None, detail: str, language: str
) -> None:
    headers = {} if asked is None else {"Accept-Language": asked}

    response = await client.get("/v1/missing", headers=headers)

    assert (response.json()["detail"], response.headers["content-language"]) == (detail, language)
    assert response.json()["code"] == "not_found"


async def test_fields_that_are_wrong_are_told_in_indonesian_too(client: httpx.AsyncClient) -> None:
    headers = bearer(Role.OPERATOR) | {"Accept-Language": "id"}

    response = await client.post("/v1/things", json={"title": "x" * 201, "colour": "red"}, headers=headers)

    problem = response.json()
    assert problem["detail"] == "2 isian belum benar; lihat `errors`."
    assert {error["pointer"]: error["message"] for error in problem["errors"]} == {
        "/title": "Tulis paling banyak 200 karakter.",
        "/colour": "Isian ini tidak dikenal; yang ada: `title`, `size`.",
    }
