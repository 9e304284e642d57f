import pytest

from shared.auth import Role, Tokens
from shared.errors import Unauthenticated

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
    monkeypatch.setattr("shared.auth.CACHED_TOKENS", 3)
    tokens = Tokens(KEY)

    for number in range(10):
        tokens.verify(tokens.mint(Role.OPERATOR, sub=f"x{number}"))

    assert len(tokens._verified) == 3
