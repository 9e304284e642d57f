"""People log in at somebody else's issuer, and are here whoever a mapping says that they are."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey, RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from routing_service.access.accounts.known import Known
from routing_service.access.federation.provider import Provider
from shared.domain.accounts import AccountState
from shared.schema import Account, ClaimMapping, LoginSession, Officer
from shared.settings import RoutingSettings
from tests.accounts import a_system, an_officer_with_account
from tests.factories import NOON, settings
from tests.routing_service.access.browser import an_app, told
from tests.routing_service.access.federation.foreign import CLIENT_ID, ISSUER, Foreign, a_key, seconds
from tests.routing_service.access.federation.traveller import Traveller, asked
from tests.routing_service.access.systems import an_rsa_key
from tests.routing_service.conftest import NOWHERE

UNTRUE, NOBODY, OVER = "other_issuer_untrue", "no_account_here", "log_in_over"


async def test_an_officer_who_logs_in_there_goes_on_with_what_an_app_asked_for(
    session: AsyncSession, sari: Known, traveller: Traveller
) -> None:
    await an_app(session)

    page = await traveller.browser.asks()
    code = told(await traveller.browser.follow(await traveller.goes(page)))["code"]
    token = (await traveller.browser.brings(code)).json()["access_token"]

    claims = json.loads(jws.extract_compact(token.encode()).payload)
    assert (claims["sub"], claims["role"], claims["amr"]) == (sari.id, "liaison_officer", ["fed"])


async def test_the_other_issuer_is_asked_with_pkce_state_and_nonce(sari: Known, traveller: Traveller) -> None:
    first, second = asked(await traveller.sets_out()), asked(await traveller.sets_out())

    assert first["redirect_uri"] == "http://127.0.0.1:8002/oauth/federation/callback"
    assert (first["response_type"], first["code_challenge_method"], first["scope"]) == ("code", "S256", "openid email")
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert "prompt" not in first


async def test_the_log_in_page_names_it_only_where_there_is_one(app: FastAPI, traveller: Traveller) -> None:
    named = "SSO Kota" in (await traveller.browser.http.get("/oauth/login")).text
    app.state.provider = None
    unnamed = "federation" in (await traveller.browser.http.get("/oauth/login")).text
    refused = await traveller.browser.http.get("/oauth/federation/login")

    assert (named, unnamed, refused.status_code) == (True, False, 404)


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ({"sub": "u-1", "nip": "198701012010011002"}, NOBODY),
        ({"sub": "198701012010011001"}, NOBODY),
        ({"sub": "u-1", "nip": ["198701012010011001"]}, NOBODY),
        ({"sub": "u-1", "nip": ""}, NOBODY),
        ({"sub": "u-1", "nip": "1\x002"}, NOBODY),
        ({"sub": "u-1", "nip": "1" * 300}, NOBODY),
    ],
)
async def test_an_unknown_person_gets_nothing(
    person: dict[str, Any], code: str, session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.person = person

    await _refuses(session, await traveller.goes(), 403, code)


@pytest.mark.parametrize("state", [AccountState.LOCKED, AccountState.DEACTIVATED, AccountState.INVITED])
async def test_who_is_shut_out_is_told_the_same_as_somebody_unknown(
    state: AccountState, session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await session.execute(update(Account).values(state=state))
    shut_out = await _refuses(session, await traveller.goes(), 403, NOBODY)
    foreign.person = {"sub": "nobody"}

    assert shut_out == await _refuses(session, await traveller.goes(), 403, NOBODY)


async def test_an_officer_out_of_service_gets_nothing(session: AsyncSession, sari: Known, traveller: Traveller) -> None:
    await session.execute(update(Officer).where(Officer.id == sari.officer_id).values(active=False))

    await _refuses(session, await traveller.goes(), 403, NOBODY)


async def test_a_mapping_of_another_issuer_means_nobody(
    session: AsyncSession, sari: Known, traveller: Traveller
) -> None:
    await session.execute(update(ClaimMapping).values(issuer=f"{ISSUER}/"))

    await _refuses(session, await traveller.goes(), 403, NOBODY)


async def test_a_mapping_to_a_system_opens_nothing(session: AsyncSession, sari: Known, traveller: Traveller) -> None:
    system = await a_system(session)
    await session.execute(update(ClaimMapping).values(account_id=system.id))

    await _refuses(session, await traveller.goes(), 403, NOBODY)


async def test_claims_that_mean_two_accounts_mean_nobody(
    session: AsyncSession, sari: Known, traveller: Traveller
) -> None:
    other = await an_officer_with_account(session)
    await _map(session, "sub", "u-1", other)

    await _refuses(session, await traveller.goes(), 403, NOBODY)


@pytest.mark.parametrize(
    ("said", "inside"),
    [
        ({"email": "Sari@Kota.go.id", "email_verified": True}, True),
        ({"email": "sari@kota.go.id", "email_verified": "true"}, True),
        ({"email": "sari@kota.go.id", "email_verified": False}, False),
        ({"email": "sari@kota.go.id", "email_verified": 1.5}, False),
        ({"email": "sari@kota.go.id"}, False),
    ],
)
@pytest.mark.parametrize("in_userinfo", [False, True])
async def test_an_address_of_mail_counts_only_when_it_was_verified(
    in_userinfo: bool, said: dict[str, Any], inside: bool, session: AsyncSession, sari: Known, foreign: Foreign,
    traveller: Traveller,
) -> None:  # fmt: skip
    await session.execute(update(ClaimMapping).values(claim="email", value="sari@kota.go.id"))
    if in_userinfo:
        foreign.userinfo = said
    else:
        foreign.person |= said

    await traveller.goes()

    assert await traveller.is_inside() is inside


async def test_userinfo_is_asked_only_for_a_claim_that_the_token_has_not(
    sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await traveller.goes()
    not_needed = list(foreign.asked)
    traveller.browser.http.cookies.clear()
    foreign.userinfo = {"nip": foreign.person.pop("nip")}
    await traveller.goes()

    assert ("/me" in not_needed, foreign.asked[-1]) == (False, "/me")
    assert await traveller.is_inside()


async def test_userinfo_of_somebody_else_is_not_taken(
    session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.userinfo = {"nip": foreign.person.pop("nip"), "sub": "u-2"}

    await _refuses(session, await traveller.goes(), 400, UNTRUE)


async def test_an_address_that_was_verified_elsewhere_says_nothing_of_another(
    session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await session.execute(update(ClaimMapping).values(claim="email", value="sari@kota.go.id"))
    await _map(session, "more", "x", sari)  # so that userinfo is asked
    foreign.person |= {"email": "sari@kota.go.id"}
    foreign.userinfo = {"email": "else@kota.go.id", "email_verified": True}

    await _refuses(session, await traveller.goes(), 403, NOBODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of-another-log-in"}, {"nonce": None}, {"nonce": 1},
        {"aud": "somebody-else"}, {"aud": [CLIENT_ID, "somebody-else"]}, {"azp": "somebody-else"}, {"aud": None},
        {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"}, {"aud": [[CLIENT_ID]]}, {"aud": {}},
        {"iss": "https://else.example"}, {"iss": f"{ISSUER}/"}, {"iss": None},
        {"exp": seconds(NOON) - 60}, {"exp": None}, {"exp": "later"}, {"exp": True}, {"exp": 10**400},
        {"iat": seconds(NOON) + 61}, {"iat": seconds(NOON) - 661}, {"iat": None}, {"iat": [1]},
        {"nbf": seconds(NOON) + 61}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256},
    ],
)  # fmt: skip
async def test_a_token_for_another_log_in_client_issuer_or_time_is_refused(
    changes: dict[str, Any], session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.changes = changes

    await _refuses(session, await traveller.goes(), 400, UNTRUE)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": seconds(NOON) - 59}, {"iat": seconds(NOON) + 60}, {"iat": seconds(NOON) - 660},
        {"nbf": seconds(NOON) + 60}, {"aud": [CLIENT_ID]}, {"azp": CLIENT_ID},
        {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}, {"sub": "x" * 255},
    ],
)  # fmt: skip
async def test_a_clock_that_is_a_minute_off_still_works(
    changes: dict[str, Any], sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.changes = changes

    await traveller.goes()

    assert await traveller.is_inside()


def _unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


def _by_a_word(token: str) -> str:
    """Signed by what everybody can read."""
    header = {"alg": "HS256", "kid": "f1"}
    payload = jws.extract_compact(token.encode()).payload
    return jws.serialize_compact(header, payload, OctKey.import_key("f1" * 20), algorithms=["HS256"])


@pytest.mark.parametrize(
    "bends",
    [_unsigned, _by_a_word, lambda token: token[:-8] + "AAAAAAAA", lambda _: "", lambda _: "a.b", lambda _: "é" * 9],
)
async def test_a_token_that_it_did_not_sign_is_refused(
    bends: Callable[[str], str], session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.bends = bends

    await _refuses(session, await traveller.goes(), 400, UNTRUE)


async def test_a_key_that_was_swapped_under_the_same_name_is_refused(
    session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.published = [a_key().as_dict(private=False) | {"kid": "f1"}]

    await _refuses(session, await traveller.goes(), 400, UNTRUE)


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "ES384"}, {"kty": "oct", "k": "AAAA"}, {"x": "%"}])
async def test_a_key_for_something_else_is_not_taken(
    change: dict[str, str], session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.published = [{**foreign.key.as_dict(private=False), "kid": "f1"} | change]

    await _refuses(session, await traveller.goes(), 400, UNTRUE)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (an_rsa_key(), "RS256"),
        (an_rsa_key(), "PS256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
)
async def test_other_algorithms_of_key_pairs_are_taken(
    key: RSAKey | OKPKey, algorithm: str, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.key, foreign.algorithm = key, algorithm

    await traveller.goes()

    assert await traveller.is_inside()


async def test_keys_are_kept_and_read_anew_for_one_that_is_not_known(
    sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    for _ in range(2):
        await traveller.goes()
        traveller.browser.http.cookies.clear()
    before = foreign.asked.count("/jwks"), foreign.asked.count("/.well-known/openid-configuration")
    foreign.key, foreign.kid = a_key("f2"), "f2"
    answer = await traveller.goes()

    assert before == (1, 1)
    assert (answer.status_code, foreign.asked.count("/jwks")) == (303, 2)


async def test_a_key_that_was_withdrawn_is_forgotten_after_ten_minutes(
    session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await traveller.goes()
    foreign.published = [a_key("f2").as_dict(private=False)]
    traveller.browser.clock.now = NOON + timedelta(minutes=10)
    traveller.browser.http.cookies.clear()

    assert (await traveller.goes()).status_code == 400


@pytest.mark.parametrize("takes_codes_twice", [False, True])
async def test_what_came_back_is_good_once_whatever_the_other_issuer_says(
    takes_codes_twice: bool, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.takes_codes_twice = takes_codes_twice
    back = await traveller.is_sent_back(await traveller.sets_out())
    http = traveller.browser.http
    kept = dict(http.cookies)
    first = await http.get(back)
    cleared = await http.get(back)
    http.cookies.update(kept)
    second = await http.get(back)

    assert (first.status_code, cleared.status_code, second.status_code) == (303, 400, 400)
    assert OVER in cleared.text
    assert (OVER if takes_codes_twice else "other_issuer_refused") in second.text


async def test_what_somebody_else_began_opens_nothing(session: AsyncSession, sari: Known, traveller: Traveller) -> None:
    """An attacker's code and state in a victim's browser, which has begun a log-in of its own or none."""
    attackers = await traveller.is_sent_back(await traveller.sets_out())
    traveller.browser.http.cookies.clear()
    without = await traveller.browser.http.get(attackers)
    await traveller.sets_out()

    await _refuses(session, without, 400, OVER)
    await _refuses(session, await traveller.browser.http.get(attackers), 400, OVER)


@pytest.mark.parametrize(("minutes", "status"), [(9, 303), (10, 400)])
async def test_a_log_in_that_takes_longer_than_ten_minutes_is_over(
    minutes: int, status: int, sari: Known, traveller: Traveller
) -> None:
    back = await traveller.is_sent_back(await traveller.sets_out())
    traveller.browser.clock.now = NOON + timedelta(minutes=minutes)

    assert (await traveller.browser.http.get(back)).status_code == status


@pytest.mark.parametrize("query", ["", "state=", "code=x&state=a&state=b", "code=%ff", "x" * 3000])
async def test_a_callback_of_nothing_is_refused(
    query: str, session: AsyncSession, sari: Known, traveller: Traveller
) -> None:
    await traveller.sets_out()

    await _refuses(session, await traveller.browser.http.get(f"/oauth/federation/callback?{query}"), 400, OVER)


@pytest.mark.parametrize("cookie", ["x", "é", "AAAA", "A" * 100])
async def test_a_cookie_that_was_not_made_here_opens_nothing(cookie: str, sari: Known, traveller: Traveller) -> None:
    http = traveller.browser.http
    back = await traveller.is_sent_back(await traveller.sets_out())
    http.cookies.clear()

    answer = await http.get(back, headers=[(b"Cookie", f"lapor_elsewhere={cookie}".encode())])

    assert (answer.status_code, OVER in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("&iss=https://else.example", UNTRUE),
        ("", UNTRUE),
        (f"&iss={ISSUER}&error=access_denied", "other_issuer_refused"),
    ],
)
async def test_an_answer_says_whose_it_is_and_may_be_a_refusal(
    change: str, code: str, session: AsyncSession, sari: Known, traveller: Traveller
) -> None:
    state = asked(await traveller.sets_out())["state"]

    answer = await traveller.browser.http.get(f"/oauth/federation/callback?state={state}{change}")

    await _refuses(session, answer, 400, code)


def _status(status: int) -> Callable[[Request], Response]:
    return lambda _: JSONResponse({"error": "x"}, status_code=status)


def _dripping(_request: Request) -> Response:
    async def parts() -> Any:
        yield b"{"
        await asyncio.sleep(60)

    return StreamingResponse(parts())


_BROKEN: list[Callable[[Request], Response]] = [
    _status(500), _status(429), _dripping,
    lambda _: Response("<html>"), lambda _: Response(b"\xff"), lambda _: Response("[]"),
    lambda _: Response("[" * 100_000), lambda _: Response(json.dumps({"x": "y" * 300_000})),
    lambda _: Response("{}", headers={"Content-Encoding": "br"}),
    lambda _: RedirectResponse("http://169.254.169.254/"),
]  # fmt: skip


@pytest.mark.parametrize("broken", _BROKEN)
@pytest.mark.parametrize("path", ["openid-configuration", "/jwks", "/me"])
async def test_an_issuer_that_answers_badly_or_late_is_a_page_that_says_so(
    path: str, broken: Callable[[Request], Response], session: AsyncSession, sari: Known, foreign: Foreign,
    traveller: Traveller,
) -> None:  # fmt: skip
    foreign.fails = lambda request: broken(request) if request.url.path.endswith(path) else None
    foreign.late = path if broken is _dripping else ""
    foreign.userinfo = {"nip": foreign.person.pop("nip")}
    answer = await traveller.sets_out()
    if path != "openid-configuration":
        answer = await traveller.browser.http.get(await traveller.is_sent_back(answer))

    await _refuses(session, answer, 503, "other_issuer_away")
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize(("broken", "status"), [(_status(503), 503), (_dripping, 503), (_status(403), 400)])
async def test_codes_that_are_not_exchanged_open_nothing(
    broken: Callable[[Request], Response], status: int, session: AsyncSession, sari: Known, foreign: Foreign,
    traveller: Traveller,
) -> None:  # fmt: skip
    foreign.fails = lambda request: broken(request) if request.url.path.endswith("/token") else None
    foreign.late = "/token" if broken is _dripping else ""

    assert (await traveller.goes()).status_code == status
    assert (await session.scalar(select(func.count()).select_from(LoginSession))) == 0


async def test_who_comes_back_while_it_is_away_can_try_again(
    sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    back = await traveller.is_sent_back(await traveller.sets_out())
    foreign.fails = _status(503)
    away = await traveller.browser.http.get(back)
    foreign.fails, foreign.takes_codes_twice = lambda _: None, True

    assert away.status_code == 503
    assert (await traveller.goes()).status_code == 303


async def test_an_issuer_that_cannot_be_reached_is_a_page_that_says_so(
    session: AsyncSession, app: FastAPI, traveller: Traveller
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    given = settings(NOWHERE, RoutingSettings, oidc_issuer=ISSUER)
    app.state.provider = Provider(given, httpx.AsyncClient(transport=httpx.MockTransport(refuse)))

    await _refuses(session, await traveller.sets_out(), 503, "other_issuer_away")


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": f"{ISSUER}/"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"userinfo_endpoint": 7}, {"token_endpoint": "https://["},
        {"jwks_uri": "https:///x"},
    ],
)  # fmt: skip
async def test_an_issuer_that_describes_itself_badly_is_not_gone_to(
    description: dict[str, Any], session: AsyncSession, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.description = description

    await _refuses(session, await traveller.sets_out(), 503, "other_issuer_away")


async def test_in_production_no_address_is_without_tls(
    session: AsyncSession, app: FastAPI, foreign: Foreign, traveller: Traveller
) -> None:
    foreign.description = {"token_endpoint": "http://sso.example/token"}
    given = settings(NOWHERE, RoutingSettings, oidc_issuer=ISSUER, environment="production")
    app.state.provider = Provider(given, foreign.http())

    await _refuses(session, await traveller.sets_out(), 503, "other_issuer_away")


async def test_a_wrong_secret_is_for_the_operators(
    session: AsyncSession, app: FastAPI, sari: Known, foreign: Foreign, traveller: Traveller,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    given = settings(NOWHERE, RoutingSettings, oidc_issuer=ISSUER, oidc_client_secret=SecretStr("wrong"))
    app.state.provider = Provider(given, foreign.http())

    await _refuses(session, await traveller.goes(), 503, "other_issuer_does_not_know_us")


async def test_this_system_can_prove_itself_by_a_key(
    app: FastAPI, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    key = a_key("ours")
    foreign.client_key = key.as_dict(private=False)
    text = SecretStr(json.dumps(key.as_dict(private=True)))
    given = settings(NOWHERE, RoutingSettings, oidc_issuer=ISSUER, oidc_client_key=text)
    app.state.provider = Provider(given, foreign.http())

    assert (await traveller.goes()).status_code == 303


@pytest.mark.parametrize(("later", "status"), [(timedelta(0), 303), (timedelta(minutes=-2), 400), (None, 400)])
async def test_who_is_asked_to_log_in_anew_has_to_do_so_there(
    later: timedelta | None, status: int, session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await an_app(session)
    await traveller.goes()
    page = await traveller.browser.asks(prompt="login")
    foreign.changes = {} if later is None else {"auth_time": seconds(NOON + later)}

    sent = await traveller.sets_out(page)

    assert (asked(sent)["prompt"], asked(sent)["max_age"]) == ("login", "0")
    assert (await traveller.browser.http.get(await traveller.is_sent_back(sent))).status_code == status


async def test_it_goes_on_nowhere_but_to_a_request_of_a_client(sari: Known, traveller: Traveller) -> None:
    http = traveller.browser.http
    sent = await http.get("/oauth/federation/login", params={"next": "https://evil.example/"})

    answer = await http.get(await traveller.is_sent_back(sent))

    assert answer.headers["location"] == "/oauth/login"


async def test_a_refusal_says_in_indonesian_what_to_do_and_leads_back(
    session: AsyncSession, sari: Known, foreign: Foreign, traveller: Traveller
) -> None:
    await an_app(session)
    foreign.person = {"sub": "nobody"}
    page = await traveller.browser.asks()
    traveller.browser.http.headers["Accept-Language"] = "id"

    answer = await traveller.goes(page)

    assert "Minta operator menghubungkannya." in answer.text
    assert 'href="/oauth/login?next=%2Foauth%2Fauthorize%3F' in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"oidc_issuer": "http://sso.example", "environment": "production"}, {"oidc_issuer": "sso.example"},
        {"oidc_issuer": "https://"}, {"oidc_issuer": "https://sso.example/?x=1"},
        {"oidc_issuer": "https://a:b@sso.example"}, {"oidc_scopes": "email"}, {"oidc_client_key": SecretStr("x")},
        {"oidc_client_key": SecretStr('{"kty": "oct", "d": ""}')}, {"oidc_client_key": SecretStr('{"kty": "EC"}')},
        {"oidc_client_secret": SecretStr("x"), "oidc_client_key": SecretStr('{"kty": "EC", "d": "x"}')},
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_named_at_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"oidc|OIDC"):
        RoutingSettings(database_url=NOWHERE, **changes)


async def _refuses(session: AsyncSession, answer: httpx.Response, status: int, code: str) -> str:
    """The sentence. Nobody is logged in."""
    assert (answer.status_code, f"<code>{code}</code>" in answer.text) == (status, True), answer.text
    assert (await session.scalar(select(func.count()).select_from(LoginSession))) == 0
    return answer.text.partition('role="alert"')[2].partition("</p>")[0]


async def _map(session: AsyncSession, claim: str, value: str, account: Known) -> None:
    row = {"issuer": ISSUER, "claim": claim, "value": value, "account_id": account.id}
    await session.execute(insert(ClaimMapping), [row])
