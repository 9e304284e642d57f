"""Systems ask for tokens by a secret or by a signature."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from shared.domain.accounts import AccountState
from shared.http.door.visitors import Limits
from shared.schema import Account, Agency
from tests.factories import DAY, NOON, PUBLIC_KEYS, settings, tokens
from tests.routing_service.access.systems import (
    FORM,
    ISSUER,
    a_secret,
    a_system,
    an_rsa_key,
    assertion,
    basic,
    form_of,
    signed,
)
from tests.routing_service.conftest import NOWHERE
from tests.routing_service.driving import Clock

KEY = OKPKey.generate_key("Ed25519")
ASKED = {"grant_type": "client_credentials"}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """What every refusal is: small, kept by nobody, with a sentence of the characters that RFC 6749 allows."""
    said = answer.json()
    assert said.keys() == {"error", "error_description", "code"}
    assert said["error_description"].isascii()
    assert not set('"\\') & set(said["error_description"])
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, said["error"]


async def test_a_secret_brings_a_token_that_says_what_the_registry_says(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)

    answer = await http.post("/oauth/token", data=ASKED, headers=basic())

    assert answer.status_code == 200
    given = answer.json()
    assert given["token_type"] == "Bearer"
    assert given["expires_in"] == 600
    assert given["scope"] == "reports:submit reports:work"
    assert answer.headers["cache-control"] == "no-store"
    client = tokens(production=True).verify(given["access_token"])
    assert (client.sub, client.role, client.agency) == ("super-app", Role.CHANNEL, "SAMARINDA-PU")
    assert client.scopes == {"reports:submit", "reports:work"}


async def test_the_token_is_one_of_rfc_9068_and_lives_for_ten_minutes(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, epoch=3)

    answer = await http.post("/oauth/token", data=ASKED, headers=basic())

    token = jws.extract_compact(answer.json()["access_token"].encode())
    claims = json.loads(token.payload)
    assert token.headers()["typ"] == "at+jwt"
    assert claims["exp"] - claims["iat"] == 600
    assert {name: claims[name] for name in ("iss", "aud", "sub", "client_id", "epoch")} == {
        "iss": ISSUER, "aud": "lapor", "sub": "super-app", "client_id": "super-app", "epoch": 3,
    }  # fmt: skip
    assert claims["jti"]


async def test_the_token_opens_the_api(session: AsyncSession, app: FastAPI, http: httpx.AsyncClient) -> None:
    await a_system(session)
    given = (await http.post("/oauth/token", data=ASKED, headers=basic())).json()

    await app.state.standings.refresh()
    answer = await http.get("/v1/reports", headers={"Authorization": f"Bearer {given['access_token']}"})

    assert answer.status_code == 200


async def test_a_client_gets_fewer_scopes_if_it_asks_for_fewer_and_never_more(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)

    fewer = await http.post("/oauth/token", data=ASKED | {"scope": "reports:work"}, headers=basic())
    more = await http.post("/oauth/token", data=ASKED | {"scope": "reports:work reports:secret"}, headers=basic())

    assert fewer.json()["scope"] == "reports:work"
    assert refusal(more) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "headers",
    [basic(secret="wrong"), basic("nobody"), basic("nobody", "wrong"), basic("a b"), basic("\x00"), {},
     {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}, {"Authorization": "Basic"}],
)  # fmt: skip
async def test_a_wrong_secret_and_an_unknown_client_are_told_the_same(
    headers: dict[str, str], session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)

    answer = await http.post("/oauth/token", data=ASKED, headers=headers)

    assert refusal(answer) == (401, "invalid_client")
    assert answer.json()["error_description"] == "There is no such client, or what it proves itself by is wrong."
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_two_secrets_are_good_while_one_is_replaced_and_one_that_has_expired_is_not(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)
    await a_secret(session, "super-app", "the new one")
    await a_secret(session, "super-app", "over", expires_at=NOON)
    await a_secret(session, "super-app", "not over", expires_at=NOON + timedelta(seconds=1))

    status = [
        (await http.post("/oauth/token", data=ASKED, headers=basic(secret=secret))).status_code
        for secret in ("the new one", "not over", "over")
    ]

    assert status == [200, 200, 401]


@pytest.mark.parametrize("state", [AccountState.LOCKED, AccountState.DEACTIVATED, AccountState.INVITED])
async def test_who_is_shut_out_gets_nothing(
    state: AccountState, session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, state=state)

    assert refusal(await http.post("/oauth/token", data=ASKED, headers=basic())) == (401, "invalid_client")


async def test_a_system_of_an_agency_that_has_ended_gets_nothing(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)
    await session.execute(update(Agency).where(Agency.code == "SAMARINDA-PU").values(active=False))

    assert refusal(await http.post("/oauth/token", data=ASKED, headers=basic())) == (401, "invalid_client")


async def test_a_person_is_no_client(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session)
    await session.execute(update(Account).values(kind="person"))

    assert refusal(await http.post("/oauth/token", data=ASKED, headers=basic())) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=%00", "invalid_request"),
        ("grant_type=client_credentials&scope=%FF", "invalid_request"),
        ("grant_type=client_credentials&client_secret=x", "invalid_request"),
        ("grant_type=client_credentials&scope=a", "invalid_scope"),
        ("&".join(f"a{number}=1" for number in range(60)), "invalid_request"),
        ("grant_type=client_credentials&client_assertion=x", "invalid_request"),
        ("grant_type=client_credentials&client_id=somebody-else", "invalid_client"),
    ],
)
async def test_a_request_that_is_not_as_it_should_be_is_refused_in_the_words_of_the_standard(
    body: str, error: str, session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session)

    answer = await http.post("/oauth/token", content=body, headers=basic() | {"Content-Type": FORM})

    assert refusal(answer) == (401 if error == "invalid_client" else 400, error)


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
async def test_only_a_form_is_read(media_type: str, session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session)

    answer = await http.post("/oauth/token", content="{}", headers=basic() | {"Content-Type": media_type})

    assert refusal(answer) == (400, "invalid_request")


async def test_a_client_that_is_not_registered_for_it_gets_no_token_for_itself(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, grants=["authorization_code"])

    assert refusal(await http.post("/oauth/token", data=ASKED, headers=basic())) == (400, "unauthorized_client")


async def test_a_public_client_gets_no_token_for_itself(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session, secret=None)

    answer = await http.post("/oauth/token", data=ASKED | {"client_id": "super-app"})

    assert refusal(answer) == (400, "unauthorized_client")


async def test_who_has_a_secret_must_show_it(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session)

    answer = await http.post("/oauth/token", data=ASKED | {"client_id": "super-app"})

    assert refusal(answer) == (401, "invalid_client")


async def test_the_sentence_comes_in_indonesian_where_that_is_asked_for(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    answer = await http.post("/oauth/token", data=ASKED, headers=basic() | {"Accept-Language": "id"})

    assert answer.json()["error_description"].startswith("Klien ini tidak dikenal")


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (KEY, "Ed25519"),
        (ECKey.generate_key("P-256"), "ES256"),
        (an_rsa_key(), "RS256"),
        (an_rsa_key(), "PS256"),
    ],
    ids=["Ed25519", "ES256", "RS256", "PS256"],
)
async def test_a_signature_brings_a_token(
    key: Any, algorithm: str, session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, secret=None, key=key)

    answer = await http.post("/oauth/token", data=signed(key, algorithm=algorithm))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": [ISSUER]},
        {"kid": None},
        {"iat": int(NOON.timestamp()) + 60},
        {"nbf": int(NOON.timestamp()) + 60},
        {"exp": int(NOON.timestamp()) - 59},
        {"exp": int(NOON.timestamp()) + 3660},
        {"iat": None},
    ],
)
async def test_a_signature_is_taken_at_the_edge_of_what_is_allowed(
    changes: dict[str, Any], session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, secret=None, key=KEY)

    assert (await http.post("/oauth/token", data=signed(KEY, **changes))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": [ISSUER, "https://elsewhere.example"]},
        {"aud": []},
        {"aud": None},
        {"aud": {}},
        {"iss": "somebody-else"},
        {"sub": "somebody-else"},
        {"sub": 7},
        {"jti": None},
        {"jti": ""},
        {"jti": "j" * 256},
        {"jti": "\x00"},
        {"jti": "\ud800"},
        {"jti": 7},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": int(NOON.timestamp()) - 60},
        {"exp": int(NOON.timestamp()) + 3661},
        {"iat": int(NOON.timestamp()) + 61},
        {"nbf": int(NOON.timestamp()) + 61},
        {"kid": "another"},
    ],
)
async def test_a_signature_that_says_anything_else_is_refused(
    changes: dict[str, Any], session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, secret=None, key=KEY)

    assert refusal(await http.post("/oauth/token", data=signed(KEY, **changes))) == (401, "invalid_client")


async def test_a_signature_is_good_once(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session, secret=None, key=KEY)
    form = signed(KEY)

    first, second = [await http.post("/oauth/token", data=form) for _ in range(2)]

    assert first.status_code == 200
    assert refusal(second) == (401, "invalid_client")


async def test_a_signature_is_used_up_even_if_its_request_is_refused(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, secret=None, key=KEY)
    form = signed(KEY)

    assert refusal(await http.post("/oauth/token", data=form | {"scope": "no"})) == (400, "invalid_scope")
    assert refusal(await http.post("/oauth/token", data=form)) == (401, "invalid_client")


async def test_two_systems_may_use_the_same_jti(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session, secret=None, key=KEY)
    await a_system(session, "another", secret=None, key=KEY)

    for id in ("super-app", "another"):
        assert (await http.post("/oauth/token", data=signed(KEY, id, jti="1"))).status_code == 200


async def test_a_key_of_somebody_else_and_no_signature_at_all_are_refused(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, secret=None, key=KEY)
    header, payload, _ = assertion(KEY).split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + payload + "."

    for wrong in (assertion(OKPKey.generate_key("Ed25519")), unsigned, f"{header}.{payload}.", "x", "a.b.c", "..", "é"):
        assert refusal(await http.post("/oauth/token", data=form_of(wrong))) == (401, "invalid_client")


async def test_a_public_key_is_no_secret_to_sign_with(session: AsyncSession, http: httpx.AsyncClient) -> None:
    """HS256 with the public key as the secret: whoever took the algorithm from the header would fall for it."""
    await a_system(session, secret=None, key=KEY)
    payload = {"iss": "super-app", "sub": "super-app", "aud": ISSUER, "jti": "1", "exp": int(NOON.timestamp()) + 9}
    forged = jwt.encode({"alg": "HS256", "kid": "k1"}, payload, OctKey.import_key(str(KEY.as_dict(private=False)["x"])))

    assert refusal(await http.post("/oauth/token", data=form_of(forged))) == (401, "invalid_client")


async def test_a_secret_and_a_signature_at_once_are_one_too_many(
    session: AsyncSession, http: httpx.AsyncClient
) -> None:
    await a_system(session, key=KEY)

    assert refusal(await http.post("/oauth/token", data=signed(KEY), headers=basic())) == (400, "invalid_request")


@pytest.fixture
def few_guesses(app: FastAPI) -> Iterator[None]:
    """What an address may do is used up by three wrong secrets."""
    usual = app.state.limits
    app.state.limits = Limits(settings(NOWHERE, address_requests_per_second=0.001, address_burst=25.0))
    yield
    app.state.limits = usual


@pytest.mark.usefixtures("few_guesses")
async def test_who_guesses_has_few_guesses(session: AsyncSession, http: httpx.AsyncClient) -> None:
    await a_system(session)

    answers = [await http.post("/oauth/token", data=ASKED, headers=basic(secret="guess")) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert refusal(answers[-1]) == (429, "temporarily_unavailable")
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_the_metadata_are_those_of_rfc_8414(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/oauth-authorization-server")

    said = answer.json()
    assert said["issuer"] == ISSUER
    assert said["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert said["jwks_uri"] == f"{ISSUER}/oauth/jwks"
    assert "client_credentials" in said["grant_types_supported"]
    assert {"client_secret_basic", "private_key_jwt"} <= set(said["token_endpoint_auth_methods_supported"])
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_the_metadata_are_found_under_the_root_path_and_nowhere_else(http: httpx.AsyncClient) -> None:
    below = await http.get("/routing/.well-known/oauth-authorization-server")
    elsewhere = await http.get("/.well-known/oauth-authorization-server/other")

    assert (below.status_code, elsewhere.status_code) == (200, 404)


async def test_the_keys_are_those_that_tokens_are_signed_with_and_can_be_kept(http: httpx.AsyncClient) -> None:
    answer = await http.get("/oauth/jwks")
    again = await http.get("/oauth/jwks", headers={"If-None-Match": answer.headers["etag"]})

    (key,) = answer.json()["keys"]
    assert key == next(key.jwk for key in PUBLIC_KEYS.keys if key.purpose == "tokens")
    assert "d" not in key
    assert key["kid"].startswith("tokens-")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert again.status_code == 304


async def test_a_token_of_yesterday_is_refused(session: AsyncSession, http: httpx.AsyncClient, clock: Clock) -> None:
    await a_system(session, secret=None, key=KEY)
    form = signed(KEY)
    clock.now = NOON + DAY

    assert refusal(await http.post("/oauth/token", data=form)) == (401, "invalid_client")
