"""Apps get codes for people who log in, tokens for codes, and new tokens for old ones, once each."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jws
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import service as accounts
from shared.schema import Account, Agency, AuthorizationCode, Officer, RefreshToken, TokenFamily
from tests.accounts import a_person
from tests.factories import NOON
from tests.routing_service.access.browser import BACK, EMAIL, VERIFIER, Browser, an_app, sari, told
from tests.routing_service.access.oauth.test_client_credentials import refusal
from tests.routing_service.access.systems import ISSUER, SECRET, a_system, basic
from tests.routing_service.driving import OPERATOR, SUPERVISOR

Json = dict[str, Any]


def claims_of(token: str) -> Json:
    found: Json = json.loads(jws.extract_compact(token.encode()).payload)
    return found


async def logged_in(session: AsyncSession, app: FastAPI, browser: Browser, **changes: Any) -> Json:
    """Tokens of somebody who has just logged in."""
    await sari(session, app)
    await an_app(session, **changes)
    code = told(await browser.logs_in(await browser.asks()))["code"]
    given: Json = (await browser.brings(code)).json()
    return given


async def test_a_log_in_brings_a_code_and_the_code_tokens(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    account = await sari(session, app)
    await an_app(session)

    came_back = told(await browser.logs_in(await browser.asks()))
    answer = await browser.brings(came_back["code"])

    assert (came_back["state"], came_back["iss"]) == ("s&1", ISSUER)
    given = answer.json()
    assert given["token_type"] == "Bearer"
    assert len(given["refresh_token"]) >= 43
    claims = claims_of(given["access_token"])
    assert (claims["sub"], claims["client_id"], claims["role"]) == (account.id, "app", "liaison_officer")
    assert claims["agency"] == "SAMARINDA-PU"
    assert claims["amr"] == ["pwd", "otp"]
    assert claims["auth_time"] == int(NOON.timestamp())
    assert {"sid", "epoch", "jti", "exp", "iat"} <= claims.keys()


async def test_the_token_opens_the_api(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)

    await app.state.standings.refresh()
    answer = await browser.http.get("/v1/reports", headers={"Authorization": f"Bearer {given['access_token']}"})

    assert answer.status_code == 200


async def test_who_is_logged_in_is_not_asked_again_unless_the_app_wants_it(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await logged_in(session, app, browser)

    assert "code" in told(await browser.asks())
    assert "code" in told(await browser.asks(prompt="none"))
    assert "Masuk ke LAPOR!" in (await browser.asks(prompt="login")).text


async def test_somebody_gets_the_scopes_that_are_theirs_of_those_that_the_app_may_have(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await session.execute(
        update(Account).where(Account.kind == "person").values(scopes=["reports:import", "reports:secret"])
    )
    await an_app(session)

    given = (await browser.brings(told(await browser.logs_in(await browser.asks()))["code"])).json()

    assert given["scope"] == "reports:import"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "reports:secret"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_an_app_is_told_what_is_wrong_with_what_it_asks(
    changes: dict[str, str | None], error: str, session: AsyncSession, browser: Browser
) -> None:
    await an_app(session)

    came_back = told(await browser.asks(**changes))

    assert (came_back["error"], came_back["state"], came_back["iss"]) == (error, "s&1", ISSUER)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?a=1"},
        {"redirect_uri": BACK.upper()},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": "\x00"},
        {"client_id": None},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    changes: dict[str, str | None], session: AsyncSession, browser: Browser
) -> None:
    await an_app(session)

    answer = await browser.asks(**changes)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_an_app_that_is_not_registered_for_codes_gets_none(session: AsyncSession, browser: Browser) -> None:
    await an_app(session, grants=["client_credentials"])

    assert told(await browser.asks())["error"] == "unauthorized_client"


async def test_a_redirect_uri_keeps_its_own_query(session: AsyncSession, browser: Browser) -> None:
    await an_app(session, redirect_uris=[BACK + "?a=1"])

    answer = await browser.asks(redirect_uri=BACK + "?a=1", prompt="none")

    assert answer.headers["location"].startswith(BACK + "?a=1&error=")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": BACK + "/"}, "invalid_grant"),
        ({"code": "x"}, "invalid_grant"),
        ({"client_id": "another"}, "invalid_grant"),
    ],
)
async def test_a_code_is_good_for_who_asked_for_it_alone(
    changes: dict[str, str | None], error: str, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await an_app(session)
    await a_system(session, "another", secret=None, grants=["authorization_code"], redirect_uris=[BACK])
    code = told(await browser.logs_in(await browser.asks()))["code"]

    answer = await browser.brings(**({"code": code} | changes))  # type: ignore[arg-type]

    assert refusal(answer) == (400, error)
    assert (await browser.brings(code)).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
async def test_a_code_is_good_for_a_minute(
    seconds: int, status: int, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await an_app(session)
    code = told(await browser.logs_in(await browser.asks()))["code"]
    browser.clock.now = NOON + timedelta(seconds=seconds)

    assert (await browser.brings(code)).status_code == status


async def test_a_code_that_is_brought_twice_ends_what_came_of_it(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    await sari(session, app)
    await an_app(session)
    code = told(await browser.logs_in(await browser.asks()))["code"]
    given = (await browser.brings(code)).json()

    assert refusal(await browser.brings(code)) == (400, "invalid_grant")
    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")


async def test_codes_and_tokens_lie_in_the_database_as_digests(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)

    kept = [
        *(await session.scalars(select(RefreshToken.token_hash))),
        *(await session.scalars(select(AuthorizationCode.code_hash))),
    ]
    assert all(len(digest) == 32 for digest in kept)
    assert given["refresh_token"].encode() not in b"".join(kept)


async def test_a_refresh_token_brings_new_tokens_of_the_same_log_in(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)

    answer = await browser.refreshes(given["refresh_token"])

    new = answer.json()
    assert new["refresh_token"] != given["refresh_token"]
    before, after = claims_of(given["access_token"]), claims_of(new["access_token"])
    assert (before["sid"], before["auth_time"]) == (after["sid"], after["auth_time"])
    assert before["jti"] != after["jti"]


async def test_a_refresh_token_that_is_used_twice_ends_the_whole_family(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    new = (await browser.refreshes(given["refresh_token"])).json()

    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")
    assert refusal(await browser.refreshes(new["refresh_token"])) == (400, "invalid_grant")
    (family,) = (await session.scalars(select(TokenFamily))).all()
    assert family.ended_by == "reuse"
    told = await browser.http.post("/oauth/introspect", data={"token": new["access_token"]}, headers=OPERATOR)
    assert told.json() == {"active": False}


@pytest.mark.parametrize(("hours", "status"), [(24 - 1 / 3600, 200), (24, 400)])
async def test_a_refresh_token_is_good_for_a_day(
    hours: float, status: int, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    browser.clock.now = NOON + timedelta(hours=hours)

    assert (await browser.refreshes(given["refresh_token"])).status_code == status


async def test_a_family_ends_after_thirty_days(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)
    await session.execute(update(RefreshToken).values(expires_at=NOON + timedelta(days=40)))
    browser.clock.now = NOON + timedelta(days=30)

    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")


async def test_a_refresh_token_is_good_for_its_own_client_alone(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    await a_system(session, "another", secret=None, grants=["refresh_token"])

    assert refusal(await browser.refreshes(given["refresh_token"], client_id="another")) == (400, "invalid_grant")
    assert (await browser.refreshes(given["refresh_token"])).status_code == 200


@pytest.mark.parametrize("shut_out", [accounts.lock, accounts.end_tokens])
async def test_who_is_shut_out_gets_no_new_tokens(
    shut_out: Any, session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    account_id = claims_of(given["access_token"])["sub"]

    await shut_out(session, account_id)

    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("dismissed", [Officer, Agency])
async def test_what_somebody_had_before_they_were_dismissed_is_not_good_again_when_they_return(
    dismissed: type[Officer | Agency], session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    whose = Officer.email == EMAIL if dismissed is Officer else Agency.code == "SAMARINDA-PU"

    await session.execute(update(dismissed).where(whose).values(active=False))
    assert (await browser.refreshes(given["refresh_token"])).is_client_error
    await session.execute(update(dismissed).where(whose).values(active=True))

    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")
    assert await introspected(browser.http, given["access_token"]) == {"active": False}
    page = await browser.http.get("/oauth/proofs")
    assert page.headers["location"].startswith("/oauth/login")


async def test_an_app_without_the_grant_gets_no_refresh_token(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser, grants=["authorization_code"])

    assert "refresh_token" not in given


async def test_logging_out_ends_all_tokens(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)

    await browser.fill(await browser.http.get("/oauth/login"))

    assert refusal(await browser.refreshes(given["refresh_token"])) == (400, "invalid_grant")


async def introspected(http: httpx.AsyncClient, token: str, headers: dict[str, str] = OPERATOR) -> Json:
    answer = await http.post("/oauth/introspect", data={"token": token}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_an_operator_is_told_what_a_token_is_worth(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)

    access = await introspected(browser.http, given["access_token"])
    refresh = await introspected(browser.http, given["refresh_token"])

    assert (access["active"], access["role"], access["client_id"]) == (True, "liaison_officer", "app")
    assert (refresh["active"], refresh["client_id"]) == (True, "app")
    for nothing in ("", "x", "a.b.c", "é"):
        answer = await browser.http.post("/oauth/introspect", data={"token": nothing}, headers=OPERATOR)
        assert answer.status_code == 400 or answer.json() == {"active": False}


async def test_a_client_is_told_of_its_own_tokens_alone(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)
    await a_system(session)
    own = (await browser.http.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=basic())).json()

    assert (await introspected(browser.http, own["access_token"], basic()))["active"] is True
    assert await introspected(browser.http, given["access_token"], basic()) == {"active": False}
    assert await introspected(browser.http, given["refresh_token"], basic()) == {"active": False}


async def test_nobody_else_is_told_anything(session: AsyncSession, browser: Browser) -> None:
    await an_app(session)

    async def asks(headers: dict[str, str] | None = None, **form: str) -> tuple[int, str]:
        return refusal(await browser.http.post("/oauth/introspect", data={"token": "x"} | form, headers=headers))

    assert await asks(SUPERVISOR) == (403, "insufficient_scope")
    assert await asks({"Authorization": "Bearer x"}) == (401, "invalid_token")
    assert await asks() == (401, "invalid_client")
    assert await asks(client_id="app") == (401, "invalid_client")


async def test_a_token_that_is_taken_back_is_over_and_a_refresh_token_takes_its_family_along(
    session: AsyncSession, app: FastAPI, browser: Browser
) -> None:
    given = await logged_in(session, app, browser)
    new = (await browser.refreshes(given["refresh_token"])).json()

    async def revokes(token: str, client: str = "app") -> int:
        form = {"token": token, "client_id": client, "token_type_hint": "refresh_token"}
        return (await browser.http.post("/oauth/revoke", data=form)).status_code

    assert await revokes(given["access_token"]) == 200
    assert await introspected(browser.http, given["access_token"]) == {"active": False}
    assert (await introspected(browser.http, new["access_token"]))["active"] is True
    assert await revokes(new["refresh_token"]) == 200
    assert await introspected(browser.http, new["access_token"]) == {"active": False}
    assert refusal(await browser.refreshes(new["refresh_token"])) == (400, "invalid_grant")
    assert await revokes("unknown") == 200
    assert await revokes(given["access_token"]) == 200


async def test_a_client_takes_back_its_own_tokens_alone(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    given = await logged_in(session, app, browser)
    await a_system(session, secret=SECRET)

    for token in (given["access_token"], given["refresh_token"]):
        assert (await browser.http.post("/oauth/revoke", data={"token": token}, headers=basic())).status_code == 200

    assert (await introspected(browser.http, given["access_token"]))["active"] is True
    assert (await browser.refreshes(given["refresh_token"])).status_code == 200


async def test_an_operator_has_no_agency_in_their_token(session: AsyncSession, app: FastAPI, browser: Browser) -> None:
    account = await a_person(session)
    await session.execute(update(Account).where(Account.id == account.id).values(scopes=[]))
    given = await logged_in(session, app, browser)
    await session.execute(update(TokenFamily).values(account_id=account.id, epoch=account.epoch))

    claims = claims_of((await browser.refreshes(given["refresh_token"])).json()["access_token"])

    assert (claims["role"], "agency" in claims) == ("operator", False)
    assert len(VERIFIER) == 43
