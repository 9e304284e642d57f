from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from services.demo import stack as demo_stack
from services.demo.delivery import Outbox, outbox
from services.demo.stack import Caller, Refused, Stack, Unreachable, pages, total
from shared.clients import Role
from tests.factories import SIGNER

KEY = "k" * 40
CALLER = Caller(Role.CHANNEL, "demo")

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_stack, "FIRST_PAUSE_SECONDS", 0.0)


@asynccontextmanager
async def a_stack(handler: Handler) -> AsyncIterator[Stack]:
    async with httpx.AsyncClient(base_url="http://lapor/x", transport=httpx.MockTransport(handler)) as client:
        yield Stack(client, client, client, SIGNER)


def answers(*responses: httpx.Response | Exception) -> Handler:
    given: Iterator[httpx.Response | Exception] = iter(responses)

    def handler(_request: httpx.Request) -> httpx.Response:
        response = next(given)
        if isinstance(response, Exception):
            raise response
        return response

    return handler


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "A sentence."})


async def test_a_busy_service_is_asked_again_with_the_same_key() -> None:
    keys: list[str] = []
    answer = answers(
        httpx.ConnectError("gone"),
        problem(503, "database_unavailable"),
        problem(409, "idempotency_key_in_use"),
        httpx.Response(201, json={"id": "1"}),
    )

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        assert request.url.path == "/x/v1/reports"
        return answer(request)

    async with a_stack(handler) as stack:
        found, replayed = await stack.post(stack.intake, "/v1/reports", {}, CALLER, key="one")

    assert (found, replayed) == ({"id": "1"}, False)
    assert keys == ["one"] * 4


async def test_an_answer_that_was_given_before_says_so() -> None:
    replay = httpx.Response(201, json={}, headers={"Idempotency-Replayed": "true"})

    async with a_stack(answers(replay)) as stack:
        _, replayed = await stack.post(stack.intake, "/v1/reports", {}, CALLER, key="one")

    assert replayed


async def test_a_refusal_is_not_repeated() -> None:
    async with a_stack(answers(problem(422, "invalid"))) as stack:
        with pytest.raises(Refused, match="422 invalid: A sentence") as raised:
            await stack.post(stack.intake, "/v1/reports", {}, CALLER, key="one")

    assert raised.value.code == "invalid"


async def test_nobody_at_home_is_one_sentence_that_says_what_to_do() -> None:
    async with a_stack(answers(*[httpx.ConnectError("gone")] * demo_stack.ATTEMPTS)) as stack:
        with pytest.raises(Unreachable, match="make run"):
            await stack.get(stack.sla, "/v1/overdue", CALLER)


async def test_a_list_is_read_page_by_page() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("cursor")
        page = {"items": [{"n": 2}]} if cursor == "next" else {"items": [{"n": 1}], "next_cursor": "next"}
        return httpx.Response(200, json={"next_cursor": None, **page})

    async with a_stack(handler) as stack:
        found = [item["n"] async for item in pages(stack, stack.sla, "/v1/overdue", CALLER, most=5)]

    assert found == [1, 2]


def test_a_metric_is_summed_over_its_labels() -> None:
    lines = ["# HELP m x", 'm{follower="a"} 2.0', 'm{follower="b"} 3.0', "m_other 7.0"]

    assert total(lines, "m") == 5
    assert total(lines, "m_other") == 7


async def test_the_outbox_is_counted_once_though_every_service_tells_it() -> None:
    figures = (
        'lapor_outbox_depth{follower="routing_service"} 4.0\n'
        'lapor_outbox_depth{follower="sla_monitor"} 1.0\n'
        'lapor_outbox_parked{follower="sla_monitor"} 2.0\n'
        'lapor_outbox_acknowledged_total{follower="sla_monitor"} 10.0\n'
        "lapor_sweep_seconds_count 4.0\n"
    )

    async with a_stack(lambda _: httpx.Response(200, text=figures)) as stack:
        assert await outbox(stack) == Outbox(waiting=5, parked=2, acknowledged=30, sweeps=12, steps=0)
