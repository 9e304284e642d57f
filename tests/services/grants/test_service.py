"""Logins and grants on a real server."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from services import database
from services.grants import logins, service
from services.grants.logins import Logins
from services.grants.table import LOGIN_OF, Login
from services.local import postgres, private
from services.trouble import CannotRun
from tests.conftest import administer
from tests.logins import ENVIRONMENT, KNOWN, as_login


def kept_in(folder: Path, environment: Mapping[str, str] | None = None) -> Logins:
    return Logins(folder / "logins.json", environment or {}, private.write)


async def user_of(url: str) -> str:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return str(await connection.fetchval("SELECT current_user"))
    finally:
        await connection.close()


@pytest.fixture
async def by_an_administrator(initialised: Path) -> AsyncIterator[str]:
    """A migrated database on a server of its own, by a user who may make roles and is no superuser."""
    with postgres.start(initialised, fast=True) as server:
        root = make_url(server.url("postgres"))
        await administer(root, "CREATE ROLE chief LOGIN CREATEROLE PASSWORD 'secret'")
        await administer(root, "CREATE ROLE visitor LOGIN PASSWORD 'secret'")
        await administer(root, "CREATE DATABASE theirs OWNER chief")
        url = root.set(username="chief", password="secret", database="theirs").render_as_string(hide_password=False)
        await database.migrate(url)
        yield url


@pytest.mark.slow
async def test_whoever_may_make_roles_makes_them_and_a_second_time_changes_nothing(
    by_an_administrator: str, tmp_path: Path
) -> None:
    url, known = by_an_administrator, kept_in(tmp_path)
    assert await service.grant(url) is False
    visitor = make_url(url).set(username="visitor").render_as_string(hide_password=False)
    with pytest.raises(service.MayNot, match="lapor grants --print"):
        await service.complete(visitor, known)
    assert not known.file.exists()

    done = await service.complete(url, known)

    assert all(password not in statement for password in done.passwords.values() for statement in done.statements)
    assert known.file.stat().st_mode & 0o777 == 0o600
    assert json.loads(known.file.read_text()) == {login.value: done.passwords[login] for login in Login}
    users = {name: await user_of(one) for name, one in logins.urls_of_services(url, done.passwords).items()}
    assert users == dict(LOGIN_OF)
    assert (await service.complete(url, known)).statements == []
    assert await service.missing(url) == []
    assert await service.grant(logins.url_of(url, Login.OWNER, done.passwords[Login.OWNER])) is True
    await a_stranger_and_new_passwords(url, tmp_path, done.passwords)


async def a_stranger_and_new_passwords(url: str, folder: Path, before: Mapping[Login, str]) -> None:
    stranger = kept_in(folder / "another")
    with pytest.raises(service.UnknownPasswords, match="LAPOR_INTAKE_PASSWORD"):
        await service.complete(url, stranger)
    assert await user_of(logins.url_of(url, Login.INTAKE, before[Login.INTAKE])) == Login.INTAKE

    given = kept_in(folder / "another", {"LAPOR_INTAKE_PASSWORD": "from outside"})
    passwords = (await service.complete(url, given, anew=True)).passwords

    assert passwords[Login.INTAKE] == "from outside"
    assert Login.INTAKE.value not in json.loads(given.file.read_text())
    assert await user_of(logins.url_of(url, Login.INTAKE, "from outside")) == Login.INTAKE
    with pytest.raises(asyncpg.InvalidPasswordError):
        await user_of(logins.url_of(url, Login.ROUTING, before[Login.ROUTING]))
    with pytest.raises(service.UnknownPasswords, match="lapor_intake"):
        await service.complete(url, kept_in(folder))


async def test_a_right_that_somebody_gave_by_hand_is_found_and_taken_back(own_database_url: str) -> None:
    await service.complete(own_database_url, KNOWN)
    address = make_url(own_database_url)
    await administer(address, "GRANT DELETE ON events TO lapor_intake")
    await administer(address, "REVOKE INSERT ON messages FROM lapor_routing")
    await administer(address, "ALTER TABLE clocks OWNER TO lapor_monitor")
    await administer(address, "ALTER FUNCTION log_registry_change() SECURITY INVOKER")

    missing = await service.missing(own_database_url)
    done = await service.complete(own_database_url, KNOWN)

    assert done.statements == missing
    assert "REVOKE DELETE ON TABLE events FROM lapor_intake" in missing
    assert "GRANT INSERT ON TABLE messages TO lapor_routing" in missing
    assert "ALTER TABLE clocks OWNER TO lapor_owner" in missing
    assert any(each.startswith("ALTER FUNCTION log_registry_change() SECURITY DEFINER") for each in missing)
    assert await service.missing(own_database_url) == []


async def test_a_service_may_not_grant_and_is_told_what_to_do(own_database_url: str) -> None:
    """The copy of a database has lost what was granted on the database itself."""
    with pytest.raises(CannotRun, match="administrator"):
        await service.complete(as_login(own_database_url, Login.ROUTING), KNOWN)


def test_passwords_come_from_the_environment_before_those_that_were_kept(tmp_path: Path) -> None:
    (tmp_path / "logins.json").write_text('{"lapor_intake": "kept", "lapor_audit": "kept", "newer": "x"}')

    known = kept_in(tmp_path, {"LAPOR_INTAKE_PASSWORD": "given", "LAPOR_AUDIT_PASSWORD": ""}).known()

    assert known == {Login.INTAKE: "given", Login.AUDIT: "kept"}


def test_the_variables_have_the_names_of_the_logins() -> None:
    assert set(ENVIRONMENT) == logins.VARIABLES
    assert logins.variable(Login.INTAKE) == "LAPOR_INTAKE_PASSWORD"
