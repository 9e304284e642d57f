import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.actors import INTAKE
from shared.keys.held import LOOK_SECONDS, Keys
from shared.keys.public import PublicKey, PublicKeys
from shared.keys.purposes import HELD, PAIRS, KeyPurpose
from shared.keys.ring import Key, KeyTrouble, Ring
from shared.settings import Settings
from tests.factories import DAY, NOON

SECOND = timedelta(seconds=1)


def test_a_ring_is_read_as_it_was_written() -> None:
    ring = Ring.make(KeyPurpose, now=NOON)

    assert Ring.read(ring.as_text(), "x").keys == ring.keys


def test_a_successor_is_read_at_once_and_written_with_from_its_instant_on() -> None:
    first = Key.make(KeyPurpose.REFERENCES, now=NOON)
    second = Key.make(KeyPurpose.REFERENCES, now=NOON, from_at=NOON + DAY)
    ring = Ring([second, first])

    assert ring.known(KeyPurpose.REFERENCES) == (first, second)
    assert ring.current(KeyPurpose.REFERENCES, NOON + DAY - SECOND) == first
    assert ring.current(KeyPurpose.REFERENCES, NOON + DAY) == second


def test_a_purpose_without_a_key_is_named() -> None:
    with pytest.raises(KeyTrouble, match="lapor keys new references"):
        Ring([]).current(KeyPurpose.REFERENCES)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": 1}', '{"keys": [{"id": "geheim"}]}', "\x00"])
def test_what_is_no_ring_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(KeyTrouble, match=r"my-file holds no ring") as refusal:
        Ring.read(text, "my-file")

    assert "geheim" not in str(refusal.value)


def test_no_key_shows_its_secret_by_itself() -> None:
    for key in Ring.make(KeyPurpose, now=NOON).keys:
        hidden = key.pair.as_dict(private=True)["d"] if key.purpose in PAIRS else key.text
        assert str(hidden) not in repr(key)
        assert str(hidden) not in PublicKeys([PublicKey.of(key, INTAKE)] if key.purpose in PAIRS else []).as_text()


def test_the_public_halves_are_a_jwk_set_with_nothing_private() -> None:
    key = Key.make(KeyPurpose.TOKENS, now=NOON)
    published = PublicKeys.read(PublicKeys([PublicKey.of(key)]).as_text(), "x")

    assert published.jwks(KeyPurpose.TOKENS)["keys"][0].keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert published.jwks(KeyPurpose.SERVICE) == {"keys": []}


def test_every_service_holds_its_own_pair_and_only_the_issuer_that_of_tokens() -> None:
    assert all(KeyPurpose.SERVICE in purposes for purposes in HELD.values())
    assert [service for service, purposes in HELD.items() if KeyPurpose.TOKENS in purposes] == ["routing_service"]
    assert [service for service, purposes in HELD.items() if KeyPurpose.IDENTITIES in purposes] == ["intake_api"]
    assert not any(KeyPurpose.DEVELOPMENT in purposes for purposes in HELD.values())


def held(ring: Path) -> Keys:
    return Keys(Settings(database_url="postgresql://x", keys_file=ring, public_keys='{"keys": []}'))


def test_a_changed_file_is_read_anew_and_a_broken_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    file = tmp_path / "ring.json"
    first, second = (Ring.make([KeyPurpose.CURSORS], now=NOON) for _ in range(2))
    file.write_text(first.as_text())
    keys = held(file)
    assert keys.secret(KeyPurpose.CURSORS) == first.keys[0].text

    file.write_text("{broken")
    os.utime(file, ns=(1, 1))
    now[0] += LOOK_SECONDS
    assert keys.secret(KeyPurpose.CURSORS) == first.keys[0].text
    file.write_text(second.as_text())
    os.utime(file, ns=(2, 2))
    assert keys.secret(KeyPurpose.CURSORS) == first.keys[0].text
    now[0] += LOOK_SECONDS
    assert keys.secret(KeyPurpose.CURSORS) == second.keys[0].text


def test_of_several_keys_the_current_one_comes_first(tmp_path: Path) -> None:
    old, new = Key.make(KeyPurpose.CURSORS, now=NOON), Key.make(KeyPurpose.CURSORS, now=NOON + DAY)
    file = tmp_path / "ring.json"
    file.write_text(Ring([old, new]).as_text())

    assert held(file).secrets(KeyPurpose.CURSORS) == [new.text, old.text]


@pytest.mark.parametrize("there", [True, False])
def test_keys_that_are_missing_or_closed_say_which_file_and_what_to_do(tmp_path: Path, there: bool) -> None:
    file = tmp_path / "ring.json"
    if there:
        file.mkdir()

    with pytest.raises(KeyTrouble, match=r"ring\.json cannot be read .*lapor keys new"):
        held(file)


def test_without_any_setting_the_settings_are_named() -> None:
    with pytest.raises(KeyTrouble, match="LAPOR_KEYS_FILE"):
        Keys(Settings(database_url="postgresql://x", keys=SecretStr(""), public_keys=json.dumps({"keys": []})))
