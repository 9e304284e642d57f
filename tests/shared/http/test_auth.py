import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from shared.clients import Role
from shared.errors import Unauthenticated
from shared.http.auth import Tokens

KEY = "a-signing-key-for-tests-that-is-long-enough"


def test_a_token_says_who_is_calling() -> None:
    tokens = Tokens(KEY)
    minted = tokens.mint(Role.LIAISON_OFFICER, sub="ani", agency="SAMARINDA-PU", scopes=("reports:import",))

    client = tokens.verify(minted)

    assert (client.sub, client.role, client.agency) == ("ani", Role.LIAISON_OFFICER, "SAMARINDA-PU")
    assert client.scopes == {"reports:import"}
    assert client.actor == "liaison_officer:ani"


def test_a_token_of_another_key_is_refused() -> None:
    foreign = Tokens("another-signing-key-that-is-long-enough").mint(Role.OPERATOR, sub="x")

    with pytest.raises(Unauthenticated, match="not one of ours"):
        Tokens(KEY).verify(foreign)


def test_an_expired_token_is_refused_even_if_it_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(KEY)
    minted = tokens.mint(Role.OPERATOR, sub="x", seconds=60)
    until = tokens.verify(minted).expires_at

    monkeypatch.setattr("time.time", lambda: until - 0.001)
    assert tokens.verify(minted).sub == "x"
    monkeypatch.setattr("time.time", lambda: float(until))
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.verify(minted)


def test_an_agency_role_without_an_agency_is_refused() -> None:
    tokens = Tokens(KEY)

    with pytest.raises(Unauthenticated):
        tokens.verify(tokens.mint(Role.COORDINATOR, sub="x"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_what_is_not_a_signed_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        Tokens(KEY).verify(token)


def test_the_cache_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.auth.CACHED_TOKENS", 3)
    tokens = Tokens(KEY)

    for number in range(10):
        tokens.verify(tokens.mint(Role.OPERATOR, sub=f"x{number}"))

    assert len(tokens._verified) == 3


# --- claims that are signed with our key, and are not as we would write them --------------------------------

MISSING = object()


def signed(claims: Any, header: dict[str, Any] | None = None) -> str:
    """Anything at all, Infinity and NaN too, as whoever has the key could sign it."""
    return jws.serialize_compact(header or {"alg": "HS256"}, json.dumps(claims).encode(), OctKey.import_key(KEY))


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "lapor", "aud": "lapor", "sub": "ani", "role": "coordinator", "agency": "SAMARINDA", "iat": now,
            "nbf": now, "exp": now + 60, "scope": "reports:work"} | changes  # fmt: skip
    return {name: value for name, value in good.items() if value is not MISSING}


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"aud": MISSING}, {"iat": MISSING}, {"nbf": MISSING}, {"scope": MISSING}, {"aud": ["x", "lapor"]},
        {"sub": "A.z_0:9@-"}, {"sub": "x" * 128}, {"exp": 4e9}, {"exp": 10**12}, {"iat": 0}, {"nbf": -1.5},
    ],
)  # fmt: skip
def test_claims_that_may_differ(changes: dict[str, Any]) -> None:
    assert Tokens(KEY).verify(signed(claims(**changes))).role is Role.COORDINATOR


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("inf"), float("-inf"), float("nan"), 10**400, "", " ", "x" * 10_000, "\x00",
    "a\x00b", "\ud800", "١٢٣", [], [[]], ["lapor", None], {}, {"a": 1}, [{}],
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "role", "agency", "iat", "nbf", "exp", "scope"])
def test_a_claim_of_any_type_is_taken_or_refused_and_never_a_mistake_of_ours(claim: str, odd: Any) -> None:
    try:
        client = Tokens(KEY).verify(signed(claims(**{claim: odd})))
    except Unauthenticated:
        return

    assert (client.sub, client.role, client.agency) == ("ani", Role.COORDINATOR, "SAMARINDA")
    assert claim in ("iat", "nbf", "exp", "scope", "aud")
    assert isinstance(client.expires_at, int)


@pytest.mark.parametrize(
    "changes",
    [
        *({"sub": sub} for sub in (None, "", "a b", "a|b", "a/b", "né", "x" * 129, "a\n", MISSING, 7)),
        *({"agency": agency} for agency in ("", "a b", "-A", "A" * 65, "A\n", 7)),
        *({"exp": exp} for exp in (float("inf"), float("-inf"), float("nan"), "9999999999", None, True, [], MISSING)),
        {"aud": ""}, {"aud": "other"}, {"aud": []}, {"aud": ["other"]}, {"aud": {}}, {"aud": 1},
        {"iss": "other"}, {"iss": MISSING}, {"role": "root"}, {"role": MISSING}, {"scope": ["reports:work"]},
    ],
)  # fmt: skip
def test_claims_that_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        Tokens(KEY).verify(signed(claims(**changes)))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_the_clock_of_whoever_signs_may_be_a_minute_ahead_and_no_more(
    monkeypatch: pytest.MonkeyPatch, claim: str
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)

    assert Tokens(KEY).verify(signed(claims(**{claim: 1_000_060})))
    with pytest.raises(Unauthenticated, match="not one of ours"):
        Tokens(KEY).verify(signed(claims(**{claim: 1_000_061})))


@pytest.mark.parametrize("payload", [None, [], "x", 1, [[]] * 100])
def test_claims_that_are_no_object_are_refused(payload: Any) -> None:
    with pytest.raises(Unauthenticated):
        Tokens(KEY).verify(signed(payload))


@pytest.mark.parametrize(
    "header",
    [{}, {"alg": None}, {"alg": []}, {"alg": {}}, {"alg": "none"}, {"alg": "HS256", "crit": ["b64"], "b64": False},
     {"alg": "HS256", "crit": 1}, {"alg": "HS256", "typ": []}, {"alg": "HS512"}, [], "x", 1, None],
)  # fmt: skip
def test_a_header_of_any_type_is_refused_or_harmless(header: Any) -> None:
    part = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    _, payload, signature = signed(claims()).split(".")

    with pytest.raises(Unauthenticated):
        Tokens(KEY).verify(f"{part}.{payload}.{signature}")


@pytest.mark.parametrize("sub", ["", "a b", "né", "x" * 129])
def test_no_token_is_made_that_would_be_refused(sub: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        Tokens(KEY).mint(Role.OPERATOR, sub=sub)
