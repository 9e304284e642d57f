import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jws

from shared.clients import Client, Role
from shared.errors import Unauthenticated
from shared.http.kinds import audience_of
from shared.http.tokens import Signer, Tokens
from shared.keys.public import PublicKey, PublicKeys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key
from tests.factories import DAY, FOREIGN, NOON, PUBLIC_KEYS, RING, SIGNER, tokens

KEY = RING.current(KeyPurpose.DEVELOPMENT)


def test_a_token_says_who_is_calling() -> None:
    verifying = tokens()
    minted = SIGNER.mint(Role.LIAISON_OFFICER, sub="ani", agency="SAMARINDA-PU", scopes=("reports:import",))

    client = verifying.verify(minted)

    assert (client.sub, client.role, client.agency) == ("ani", Role.LIAISON_OFFICER, "SAMARINDA-PU")
    assert client.scopes == {"reports:import"}
    assert client.actor == "liaison_officer:ani"


def test_a_token_of_another_key_is_refused() -> None:
    foreign = FOREIGN.mint(Role.OPERATOR, sub="x")

    with pytest.raises(Unauthenticated, match="not one of ours"):
        tokens().verify(foreign)


def test_an_expired_token_is_refused_even_if_it_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    verifying = tokens()
    minted = SIGNER.mint(Role.OPERATOR, sub="x", seconds=60)
    until = verifying.verify(minted).expires_at

    monkeypatch.setattr("time.time", lambda: until - 0.001)
    assert verifying.verify(minted).sub == "x"
    monkeypatch.setattr("time.time", lambda: float(until))
    with pytest.raises(Unauthenticated, match="expired"):
        verifying.verify(minted)


def test_an_agency_role_without_an_agency_is_refused() -> None:
    verifying = tokens()

    with pytest.raises(Unauthenticated):
        verifying.verify(SIGNER.mint(Role.COORDINATOR, sub="x"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_what_is_not_a_signed_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens().verify(token)


def test_the_cache_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.tokens.CACHED_TOKENS", 3)
    verifying = tokens()

    for number in range(10):
        verifying.verify(SIGNER.mint(Role.OPERATOR, sub=f"x{number}"))

    assert len(verifying._verified) == 3


# --- claims that are signed with our key, and are not as we would write them --------------------------------

MISSING = object()


def signed(claims: Any, header: dict[str, Any] | None = None) -> str:
    """Anything at all, Infinity and NaN too, as whoever has the key could sign it."""
    header = header or {"alg": "Ed25519", "typ": "at+jwt", "kid": KEY.id}
    return jws.serialize_compact(header, json.dumps(claims).encode(), KEY.pair, algorithms=["Ed25519"])


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
    assert tokens().verify(signed(claims(**changes))).role is Role.COORDINATOR


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("inf"), float("-inf"), float("nan"), 10**400, "", " ", "x" * 10_000, "\x00",
    "a\x00b", "\ud800", "١٢٣", [], [[]], ["lapor", None], {}, {"a": 1}, [{}],
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "role", "agency", "iat", "nbf", "exp", "scope"])
def test_a_claim_of_any_type_is_taken_or_refused_and_never_a_mistake_of_ours(claim: str, odd: Any) -> None:
    try:
        client = tokens().verify(signed(claims(**{claim: odd})))
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
        tokens().verify(signed(claims(**changes)))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_the_clock_of_whoever_signs_may_be_a_minute_ahead_and_no_more(
    monkeypatch: pytest.MonkeyPatch, claim: str
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)

    assert tokens().verify(signed(claims(**{claim: 1_000_060})))
    with pytest.raises(Unauthenticated, match="not one of ours"):
        tokens().verify(signed(claims(**{claim: 1_000_061})))


@pytest.mark.parametrize("payload", [None, [], "x", 1, [[]] * 100])
def test_claims_that_are_no_object_are_refused(payload: Any) -> None:
    with pytest.raises(Unauthenticated):
        tokens().verify(signed(payload))


@pytest.mark.parametrize(
    "header",
    [{}, {"alg": None}, {"alg": []}, {"alg": {}}, {"alg": "none"}, {"alg": "EdDSA"}, {"alg": "HS256"},
     {"crit": ["b64"], "b64": False}, {"crit": 1}, {"typ": []}, {"typ": "JWT"}, {"kid": None}, {"kid": "other"},
     {"kid": []}, [], "x", 1, None],
)  # fmt: skip
def test_a_header_of_any_type_is_refused_or_harmless(header: Any) -> None:
    good = {"alg": "Ed25519", "typ": "at+jwt", "kid": KEY.id}
    whole = good | header if isinstance(header, dict) and header else header
    part = urlsafe_b64encode(json.dumps(whole).encode()).decode().rstrip("=")
    _, payload, signature = signed(claims()).split(".")

    with pytest.raises(Unauthenticated):
        tokens().verify(f"{part}.{payload}.{signature}")


@pytest.mark.parametrize("sub", ["", "a b", "né", "x" * 129])
def test_no_token_is_made_that_would_be_refused(sub: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        SIGNER.mint(Role.OPERATOR, sub=sub)


# --- whose key may say what ---------------------------------------------------------------------------------

ISSUER = Signer(lambda: RING.current(KeyPurpose.TOKENS), issuer="http://127.0.0.1:8002")
ROUTING = Signer(lambda: RING.current(KeyPurpose.SERVICE))


def test_a_token_of_the_issuer_is_no_token_of_a_service() -> None:
    assert tokens(production=True).verify(ISSUER.mint(Role.OPERATOR, sub="a")).role is Role.OPERATOR
    with pytest.raises(Unauthenticated):
        tokens().verify(ISSUER.mint(Role.SERVICE, sub="routing_service"))


def test_a_service_speaks_for_itself_alone() -> None:
    assert tokens(production=True).verify(ROUTING.mint(Role.SERVICE, sub="routing_service")).sub == "routing_service"
    with pytest.raises(Unauthenticated):
        tokens().verify(ROUTING.mint(Role.SERVICE, sub="intake_api"))
    with pytest.raises(Unauthenticated):
        tokens().verify(ROUTING.mint(Role.OPERATOR, sub="routing_service"))


def test_a_service_that_was_sent_a_token_cannot_pass_it_on_to_another() -> None:
    def at(service: str) -> Tokens:
        return Tokens(lambda: PUBLIC_KEYS, issuer="x", production=True, service=service)

    token = ROUTING.mint(Role.SERVICE, sub="routing_service", aud=audience_of("intake_api"))

    assert at("intake_api").verify(token).sub == "routing_service"
    with pytest.raises(Unauthenticated):
        at("sla_monitor").verify(token)
    assert at("sla_monitor").verify(ROUTING.mint(Role.SERVICE, sub="routing_service"))  # of the release before


def test_a_token_of_development_opens_nothing_in_production() -> None:
    token = SIGNER.mint(Role.OPERATOR, sub="a")

    assert tokens().verify(token)
    with pytest.raises(Unauthenticated):
        tokens(production=True).verify(token)


def test_a_token_of_another_issuer_is_refused() -> None:
    other = Signer(lambda: RING.current(KeyPurpose.TOKENS), issuer="http://elsewhere")

    with pytest.raises(Unauthenticated):
        tokens().verify(other.mint(Role.OPERATOR, sub="a"))


def test_a_key_that_is_not_for_tokens_signs_none() -> None:
    key = Key.make(KeyPurpose.LOG, now=NOON)
    known = PublicKeys([PublicKey.of(key)])

    with pytest.raises(Unauthenticated):
        Tokens(lambda: known, issuer="x", production=False).verify(Signer(lambda: key).mint(Role.OPERATOR, sub="a"))


def test_a_key_of_the_past_signs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key.make(KeyPurpose.DEVELOPMENT, now=NOON)
    until = NOON + DAY
    known = PublicKeys([PublicKey.of(key).model_copy(update={"until_at": until})])
    monkeypatch.setattr("time.time", lambda: until.timestamp() + 59.9)
    token = Signer(lambda: key).mint(Role.OPERATOR, sub="a")

    assert Tokens(lambda: known, issuer="x", production=False).verify(token)
    monkeypatch.setattr("time.time", lambda: until.timestamp() + 60)
    with pytest.raises(Unauthenticated):
        Tokens(lambda: known, issuer="x", production=False).verify(token)


class Registry:
    def __init__(self, client: Client | None) -> None:
        self.client = client

    def standing(self, _claims: Any) -> Client | None:
        return self.client

    async def catch_up(self) -> None: ...


def test_a_token_of_the_issuer_says_no_more_than_the_registry_does_now() -> None:
    verifying = tokens()
    token = ISSUER.mint(Role.LIAISON_OFFICER, sub="a", agency="SAMARINDA-PU")
    moved = Client("a", Role.LIAISON_OFFICER, "SAMARINDA-DPUPR")
    verifying.standings = Registry(moved)

    assert verifying.verify(token) == moved
    verifying.standings = Registry(None)
    with pytest.raises(Unauthenticated, match="taken back"):
        verifying.verify(token)
    assert verifying.verify(SIGNER.mint(Role.OPERATOR, sub="developer"))
