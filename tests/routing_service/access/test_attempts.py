"""Limits over all copies on those who try to get in: systems at the token endpoint, people at the log-in page."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access import attempts
from shared.errors import TooManyRequests
from shared.http.limits.counters import Counters
from shared.http.limits.rules import counted_by, rules_of
from shared.settings import RoutingSettings
from tests.factories import settings
from tests.routing_service.access.oauth.test_client_credentials import ASKED
from tests.routing_service.access.systems import a_system, basic
from tests.routing_service.conftest import NOWHERE

LIMITS = {
    "log_ins_per_account": 4, "log_ins_per_address": 6, "tokens_per_account": 3, "tokens_per_address": 8,
    "attempts_window_seconds": 86_400,
}  # fmt: skip
OFFICER = "siti@example.go.id"


@pytest.fixture
def limited(app: FastAPI) -> FastAPI:
    rules = rules_of(settings(NOWHERE, RoutingSettings, **LIMITS), counted_by("routing"))
    app.state.counters = Counters(app.state.jobs, app.state.keys, rules)
    return app


def at(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://routing")


async def asked(app: FastAPI, address: str, **proof: Any) -> httpx.Response:
    async with at(app, address) as client:
        return await client.post("/oauth/token", data=ASKED, headers=basic(**proof))


def a_request(app: FastAPI, address: str) -> Request:
    return Request({"type": "http", "app": app, "client": (address, 5000), "headers": []})


async def tried(app: FastAPI, address: str, account: str = OFFICER) -> bool:
    """With a wrong password; whether it is looked at."""
    try:
        await attempts.begin(a_request(app, address), account)
    except TooManyRequests:
        return False
    return True


async def test_a_system_that_asks_too_often_is_told_when_to_come_back(session: AsyncSession, limited: FastAPI) -> None:
    await a_system(session)

    answers = [await asked(limited, "192.0.2.1") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert answers[-1].json()["error"] == "temporarily_unavailable"
    assert answers[-1].headers["RateLimit-Policy"] == '"tokens-account";q=3;w=86400'
    assert answers[-1].headers["Retry-After"]


async def test_an_address_asks_for_so_many_tokens_whoever_it_says_that_it_is(
    session: AsyncSession, limited: FastAPI
) -> None:
    for number in range(3):
        await a_system(session, f"app-{number}")

    answers = [await asked(limited, "192.0.2.1", id=f"app-{number % 3}") for number in range(9)]

    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    assert answers[-1].headers["RateLimit"].startswith('"tokens-address";r=0')


async def test_wrong_secrets_from_everywhere_do_not_lock_the_system_out(
    session: AsyncSession, limited: FastAPI
) -> None:
    await a_system(session)

    wrong = [await asked(limited, f"192.0.2.{number}", secret="guess") for number in range(6)]
    await limited.state.counters.hear_counts()

    assert [answer.status_code for answer in wrong] == [401] * 4 + [429] * 2
    assert (await asked(limited, "192.0.2.0")).status_code == 429  # has guessed, so that it learns nothing more
    assert (await asked(limited, "198.51.100.1")).status_code == 200


async def test_a_wrong_secret_and_a_client_that_nobody_is_are_answered_alike_to_the_end(
    session: AsyncSession, limited: FastAPI
) -> None:
    await a_system(session)

    wrong = [await asked(limited, f"192.0.2.{number}", secret="guess") for number in range(6)]
    unknown = [await asked(limited, f"192.0.3.{number}", id="nobody") for number in range(6)]

    assert [one.status_code for one in wrong] == [one.status_code for one in unknown]
    assert wrong[0].json() == unknown[0].json()


async def test_an_account_is_tried_so_often_from_wherever_and_then_not_at_all(limited: FastAPI) -> None:
    tries = [await tried(limited, f"192.0.2.{number}") for number in range(6)]

    assert tries == [True] * 4 + [False] * 2
    assert await tried(limited, "192.0.2.9", "another@example.go.id")


async def test_an_address_tries_so_many_accounts(limited: FastAPI) -> None:
    tries = [await tried(limited, "192.0.2.1", f"{number}@example.go.id") for number in range(8)]

    assert tries == [True] * 6 + [False] * 2


async def test_whoever_gets_in_has_tried_nothing(limited: FastAPI) -> None:
    for _ in range(10):
        await attempts.succeeded(await attempts.begin(a_request(limited, "192.0.2.1"), OFFICER))
    assert [await tried(limited, "192.0.2.1") for _ in range(5)] == [True] * 4 + [False]


async def test_an_operator_lets_an_account_try_again(limited: FastAPI, http: httpx.AsyncClient) -> None:
    from shared.clients import Role
    from tests.factories import bearer

    for number in range(5):
        await tried(limited, f"192.0.2.{number}")

    body = {"limit": "log-ins-account", "name": OFFICER}
    answer = await http.post("/v1/limits/lifts", json=body, headers=bearer(Role.OPERATOR))

    assert answer.json() == {"limit": "log-ins-account", "lifted": True}
    assert await tried(limited, "192.0.2.7")
