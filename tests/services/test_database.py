import asyncio
import os
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy import URL, make_url

from services import database, ports
from services.trouble import CannotRun
from shared.revision import BASE
from tests import forks
from tests.conftest import administer, drop


@pytest.mark.parametrize("version", [150000, 150004, 180006])
def test_postgresql_15_and_newer_will_do(version: int) -> None:
    database.require_version(version)


@pytest.mark.parametrize(("version", "named"), [(149999, "14"), (140012, "14"), (90624, "9")])
def test_an_older_one_is_refused_with_its_number(version: int, named: str) -> None:
    with pytest.raises(CannotRun, match=f"PostgreSQL {named} and lapor needs 15 or newer"):
        database.require_version(version)


async def test_a_migrated_database_passes_all_checks(own_database_url: str) -> None:
    await database.check_reachable(own_database_url)
    await database.check_migrated(own_database_url)


async def test_an_empty_database_is_told_to_be_migrated(server: URL) -> None:
    await database.check_reachable(full(server))

    with pytest.raises(CannotRun, match="run `make migrate`"):
        await database.check_migrated(full(server))


async def test_a_database_that_is_ahead_of_this_release_will_do(own_database_url: str) -> None:
    url = make_url(own_database_url)
    await administer(url, "UPDATE alembic_version SET version_num = '29991231_2359'")

    await database.check_migrated(own_database_url)


@pytest.mark.parametrize("applied", ["20261121_1900", str(int(BASE[:8]) - 1) + "_2359"])
@pytest.mark.parametrize("work", [database.migrate, database.check_migrated])
async def test_a_database_from_before_the_first_release_is_told_how_to_start_anew(
    own_database_url: str, applied: str, work: Callable[[str], Awaitable[None]]
) -> None:
    await administer(make_url(own_database_url), f"UPDATE alembic_version SET version_num = '{applied}'")

    with pytest.raises(CannotRun, match=r"before the first release.*Start anew") as caught:
        await work(own_database_url)

    assert "***" in str(caught.value)


async def test_nothing_is_migrated_that_a_newer_version_has_migrated(own_database_url: str) -> None:
    await administer(make_url(own_database_url), "UPDATE alembic_version SET version_num = '29991231_2359'")

    with pytest.raises(CannotRun, match="29991231_2359, which this version does not know"):
        await database.migrate(own_database_url)


async def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    url = f"postgresql://somebody:verysecret@127.0.0.1:{ports.free_port()}/lapor"

    with pytest.raises(CannotRun, match="cannot be reached") as caught:
        await database.check_reachable(url)

    assert "verysecret" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_database_that_does_not_exist_is_said_to_be_missing(server: URL) -> None:
    with pytest.raises(CannotRun, match='database "nowhere" does not exist'):
        await database.check_reachable(full(server.set(database="nowhere")))


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1/x y:z", "postgresql://host:notaport/x"])
async def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(CannotRun, match="LAPOR_DATABASE_URL"):
        await database.check_reachable(address)


async def test_any_spelling_of_an_address_will_do(own_database_url: str) -> None:
    await database.check_reachable(own_database_url.replace("postgresql+asyncpg", "postgresql"))


async def test_a_database_is_made_once(server: URL) -> None:
    await database.create_if_missing(full(server), "test_made_once")
    await database.create_if_missing(full(server), "test_made_once")

    await database.check_reachable(full(server.set(database="test_made_once")))
    await drop(server, server.set(database="test_made_once"))


async def test_two_that_migrate_at_once_both_succeed(server: URL) -> None:
    url = server.set(database=f"test_{uuid4().hex}")
    await administer(server, f"CREATE DATABASE {url.database}")
    environment = {**os.environ, "LAPOR_DATABASE_URL": full(url)}

    both = [asyncio.to_thread(forks.lapor, "migrate", environment=environment) for _ in range(2)]
    done = await asyncio.gather(*both)

    assert [one.returncode for one in done] == [0, 0], done
    await database.check_migrated(full(url))
    await drop(server, url)


def full(url: URL) -> str:
    return url.render_as_string(hide_password=False)
