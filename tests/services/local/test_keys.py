import json
import stat
from pathlib import Path

import pytest

from services.local.keys import HOLDERS, KeyFolder
from services.trouble import CannotRun
from shared.clients import Role
from shared.http.tokens import Tokens
from shared.keys.purposes import HELD, KeyPurpose


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    folder = KeyFolder(tmp_path / "keys")
    folder.complete(development=True)
    return folder


def test_each_service_gets_exactly_the_keys_that_it_holds(folder: KeyFolder) -> None:
    for holder, purposes in HOLDERS.items():
        assert {key.purpose for key in folder.ring(holder).keys} == purposes
    assert len(folder.public().keys) == len(HELD) + 2  # the issuer, and development


def test_keys_are_made_once_and_for_us_alone(folder: KeyFolder) -> None:
    before = {path.name: path.read_text() for path in folder.path.iterdir()}

    assert folder.complete(development=True) == []
    assert {path.name: path.read_text() for path in folder.path.iterdir()} == before
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for service in HELD:
        assert stat.S_IMODE(folder.file_of(service).stat().st_mode) == 0o600


def test_production_gets_no_key_for_development(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    folder.complete(development=False)

    assert not folder.file_of("development").exists()
    assert all(key.purpose is not KeyPurpose.DEVELOPMENT for key in folder.public().keys)


def test_the_public_file_holds_nothing_private(folder: KeyFolder) -> None:
    assert all("d" not in key for key in json.loads(folder.public_file.read_text())["keys"])


def test_tokens_for_development_are_verified_by_the_public_file(folder: KeyFolder) -> None:
    token = folder.signer().mint(Role.OPERATOR, sub="somebody")

    assert Tokens(folder.public, issuer="", production=False).verify(token).sub == "somebody"


def test_a_broken_ring_is_named(folder: KeyFolder) -> None:
    folder.file_of("intake_api").write_text("{")

    with pytest.raises(CannotRun, match=r"intake_api\.json holds no ring"):
        folder.complete(development=True)
