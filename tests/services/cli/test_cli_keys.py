import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from intake_api.evidence.files import id_of
from intake_api.evidence.sealing import FileKey
from intake_api.identities.sealing import Identities, Identity
from intake_api.uploads.arriving import new_row
from services.cli import application
from services.local.keys import KeyFolder
from services.trouble import CannotRun
from shared.actors import INTAKE
from shared.clock import utc_now
from shared.database import create_sessions
from shared.ids import new_id
from shared.keys.held import Keys
from shared.keys.purposes import HELD, KeyPurpose
from shared.schema import Reporter, StoredFile, Upload


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

    assert renewed == {"sealed": 0, "rewrapped": 3, "files": 0, "uploads": 0, "without_key": {}}
    assert of(folder, KeyPurpose.IDENTITIES) == [new]


def test_a_key_that_files_need_is_counted_before_it_goes_and_wrapped_anew_it_goes(
    folder: Path, own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", own_database_url.replace("+asyncpg", ""))
    keys = KeyFolder(folder).held_by(INTAKE)
    asyncio.run(filed(own_database_url, keys))
    lapor("rotate", "evidence", "--minutes", "0", "--folder", str(folder))
    old, new = of(folder, KeyPurpose.EVIDENCE)

    with pytest.raises(CannotRun, match="3 files need"):
        lapor("retire", old["key"], "--folder", str(folder))
    renewed = json.loads(lapor("rewrap", "--json", "--folder", str(folder)))
    again = json.loads(lapor("rewrap", "--json", "--folder", str(folder)))
    lapor("retire", old["key"], "--folder", str(folder))

    assert (renewed["files"], renewed["uploads"], again["files"], again["uploads"]) == (2, 1, 0, 0)
    assert of(folder, KeyPurpose.EVIDENCE) == [new]
    asyncio.run(opened(own_database_url, KeyFolder(folder).held_by(INTAKE)))


async def filed(url: str, keys: Keys) -> None:
    engine, now, id = create_async_engine(url), utc_now(), uuid4()
    key = FileKey.new(keys, "uploads", id)
    async with create_sessions(engine).begin() as session:
        for number in (1, 2):
            file = FileKey.new(keys, "files", uuid4())
            row = {"size": 1, "location": f"files/{file.id.hex}", "wrapped_key": file.wrapped, "key_id": file.key_id}
            await session.execute(insert(StoredFile).values(digest=bytes([number]) * 32, stored_at=now, **row))
        await session.execute(insert(Upload).values(new_row(id, key, owned={}, length=1, now=now, expires_at=now)))
    await engine.dispose()


async def opened(url: str, keys: Keys) -> None:
    """Raises Unavailable for what does not open."""
    engine = create_async_engine(url)
    async with create_sessions(engine)() as session:
        for file in await session.scalars(select(StoredFile)):
            FileKey.open(keys, "files", id_of(file.location), file.key_id, file.wrapped_key)
        for upload in await session.scalars(select(Upload)):
            FileKey.open(keys, "uploads", upload.id, upload.key_id, upload.wrapped_key)
    await engine.dispose()


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
