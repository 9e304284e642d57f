import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from intake_api.identities.sealing import Identities, Identity
from services.cli import application
from services.local.keys import KeyFolder
from services.trouble import CannotRun
from shared.actors import INTAKE
from shared.ids import new_id
from shared.keys.purposes import HELD, KeyPurpose
from shared.schema import Reporter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lapor("new", "--folder", str(tmp_path))
    return tmp_path


def lapor(*arguments: str) -> str:
    result = CliRunner().invoke(application(), ["keys", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def shown(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(lapor("show", "--folder", str(folder), "--json"))
    return found


def of(folder: Path, purpose: KeyPurpose) -> list[dict[str, Any]]:
    return [key for key in shown(folder) if key["purpose"] == purpose]


def test_missing_keys_are_made_and_shown_without_their_secrets(folder: Path) -> None:
    assert len(shown(folder)) == sum(len(purposes) for purposes in HELD.values())
    text = lapor("show", "--folder", str(folder))
    for holder in HELD:
        for key in json.loads((folder / f"{holder}.json").read_text())["keys"]:
            assert key.get("secret", key.get("private", {}).get("d")) not in text
    assert "Nothing is missing" in lapor("new", "--folder", str(folder))


def test_a_successor_waits_until_all_copies_have_read_it(folder: Path) -> None:
    lapor("rotate", "references", "--folder", str(folder))

    assert [key["state"] for key in of(folder, KeyPurpose.REFERENCES)] == ["in use", "waits"]


def test_the_public_half_of_a_successor_is_known_at_once(folder: Path) -> None:
    lapor("rotate", "service", "--holder", "sla_monitor", "--folder", str(folder))

    known = json.loads((folder / "public.json").read_text())["keys"]
    assert [key["service"] for key in known if key["purpose"] == "service"].count("sla_monitor") == 2
    assert len(of(folder, KeyPurpose.SERVICE)) == len(HELD) + 1


def test_what_is_written_with_is_not_taken_away(folder: Path) -> None:
    (key,) = of(folder, KeyPurpose.TOKENS)

    with pytest.raises(CannotRun, match="lapor keys rotate tokens"):
        lapor("retire", key["key"], "--folder", str(folder))


def test_a_key_that_data_needs_goes_only_when_told_what_is_lost(folder: Path) -> None:
    lapor("rotate", "references", "--minutes", "0", "--folder", str(folder))
    old, new = of(folder, KeyPurpose.REFERENCES)

    with pytest.raises(CannotRun, match="accounts would no longer find"):
        lapor("retire", old["key"], "--folder", str(folder))
    lapor("retire", old["key"], "--lose", "--folder", str(folder))
    assert of(folder, KeyPurpose.REFERENCES) == [new]


def test_a_key_of_what_is_forgotten_soon_stays_until_it_is(folder: Path) -> None:
    lapor("rotate", "access_codes", "--minutes", "0", "--folder", str(folder))
    old, new = of(folder, KeyPurpose.ACCESS_CODES)

    with pytest.raises(CannotRun, match=r"is needed until .* would not get their access code"):
        lapor("retire", old["key"], "--folder", str(folder))
    lapor("retire", old["key"], "--lose", "--folder", str(folder))
    assert of(folder, KeyPurpose.ACCESS_CODES) == [new]


def test_a_key_that_identities_need_is_counted_before_it_goes_and_wrapped_anew_it_goes(
    folder: Path, own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", own_database_url.replace("+asyncpg", ""))
    identities = Identities(KeyFolder(folder).held_by(INTAKE))
    asyncio.run(named(own_database_url, identities, 3))
    lapor("rotate", "identities", "--minutes", "0", "--folder", str(folder))
    old, new = of(folder, KeyPurpose.IDENTITIES)

    with pytest.raises(CannotRun, match="3 identities need"):
        lapor("retire", old["key"], "--folder", str(folder))
    renewed = json.loads(lapor("rewrap", "--json", "--folder", str(folder)))
    lapor("retire", old["key"], "--folder", str(folder))

    assert renewed == {"sealed": 0, "rewrapped": 3, "without_key": {}}
    assert of(folder, KeyPurpose.IDENTITIES) == [new]


async def named(url: str, identities: Identities, count: int) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for reporter_id in [new_id() for _ in range(count)]:
            sealed = identities.seal(reporter_id, Identity("Ani", "0811", None, None))
            await connection.execute(insert(Reporter).values(id=reporter_id, **sealed))
    await engine.dispose()


def test_a_retired_pair_signs_nothing_any_more(folder: Path) -> None:
    lapor("rotate", "tokens", "--minutes", "0", "--folder", str(folder))
    old, new = of(folder, KeyPurpose.TOKENS)

    lapor("retire", old["key"], "--folder", str(folder))

    known = {key["kid"] for key in json.loads((folder / "public.json").read_text())["keys"]}
    assert new["key"] in known
    assert old["key"] not in known


def test_an_unknown_key_is_named(folder: Path) -> None:
    with pytest.raises(CannotRun, match="There is no key nothing"):
        lapor("retire", "nothing", "--folder", str(folder))


def test_a_purpose_that_nobody_holds_there_is_named(folder: Path) -> None:
    with pytest.raises(CannotRun, match="No service holds a key for development"):
        lapor("rotate", "development", "--folder", str(folder))
