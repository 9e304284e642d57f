"""Carries out the table of grants: makes the logins that are missing, and grants what is not granted yet."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from services import database
from services.grants import catalogue, logins, plan
from services.grants.logins import Logins
from services.grants.plan import Catalogue
from services.grants.table import Login
from services.trouble import CannotRun

ADVISORY_LOCK = 62_2019
_ALONE = text("SELECT set_config('lock_timeout', '5s', true), pg_advisory_xact_lock(:key)")
_INSUFFICIENT, _LOCKED = "42501", "55P03"


class MayNot(CannotRun):
    """The user of the database may not do what is missing."""


class UnknownPasswords(CannotRun):
    """Somebody else has made the logins."""


@dataclass(frozen=True, slots=True)
class Done:
    statements: list[str]  #: without passwords
    passwords: Mapping[Login, str]
    unknown_tables: list[str]


async def look(url: str) -> Catalogue:
    engine = database.engine_for(url)
    try:
        async with engine.connect() as connection:
            return await catalogue.read(connection)
    finally:
        await engine.dispose()


async def missing(url: str) -> list[str]:
    """The statements that an administrator has to run."""
    found = await look(url)
    return [*plan.roles_made(found), *plan.changes(found)]


async def grant(url: str) -> bool:
    """To logins that are there already, and tells whether they are; makes none, sets no password. Raises MayNot."""
    async with _changing(url) as connection:
        found = await catalogue.read(connection)
        if plan.missing_roles(found):
            return False
        await _granted(connection, found)
        return True


async def complete(url: str, known: Logins, *, anew: bool = False) -> Done:
    """Logins, their passwords and grants, in one transaction. `anew`: new passwords for all.

    Passwords are kept before the transaction ends: a login whose password nobody knows would be of no use.

    Raises MayNot; raises UnknownPasswords if a login is there whose password we do not know, and changes nothing.
    """
    async with _changing(url) as connection:
        before = await catalogue.read(connection)
        passwords = dict(known.given if anew else known.known())
        new = [login for login in Login if anew or login not in before.roles]
        for login in Login:
            if login in new:
                passwords.setdefault(login, logins.make_password())
            elif login not in passwords or await _refuses(logins.url_of(url, login, passwords[login])):
                if login not in known.given:
                    raise _stranger(login, known)
                new.append(login)
        statements = await _carried_out(connection, plan.roles_made(before))
        for login in new:
            verifier = known.verifier(login, passwords[login])
            await connection.exec_driver_sql(f"ALTER ROLE {login} LOGIN PASSWORD '{verifier}'")
            statements.append(f"ALTER ROLE {login} LOGIN PASSWORD '...'")
        statements += await _granted(connection, await catalogue.read(connection))
        known.keep(passwords)
    return Done(statements, passwords, plan.unknown_tables(before))


@contextlib.asynccontextmanager
async def _changing(url: str) -> AsyncIterator[AsyncConnection]:
    """One at a time, in one transaction that waits for nobody's locks for long."""
    engine = database.engine_for(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(_ALONE, {"key": ADVISORY_LOCK})
            yield connection
    except DBAPIError as error:
        raise _trouble(error) from error
    finally:
        await engine.dispose()


def _stranger(login: Login, known: Logins) -> UnknownPasswords:
    return UnknownPasswords(
        f"The login {login} is there already, and its password is not in {known.file}: name it in "
        f"{logins.variable(login)}, or set new ones with `lapor grants --new-passwords`."
    )


async def _refuses(url: str) -> bool:
    """Whether the password is wrong. Of a database that cannot be reached that way nothing is known."""
    engine = database.engine_for(url)
    try:
        async with engine.connect():
            return False
    except asyncpg.InvalidAuthorizationSpecificationError:
        return True
    except (OSError, SQLAlchemyError, asyncpg.PostgresError):
        return False
    finally:
        await engine.dispose()


async def _granted(connection: AsyncConnection, found: Catalogue) -> list[str]:
    """PostgreSQL only warns of a GRANT that does nothing because the user may not grant: so we look again."""
    done = await _carried_out(connection, plan.changes(found))
    if done and (left := plan.changes(await catalogue.read(connection))):
        raise _may_not(left[0])
    return done


async def _carried_out(connection: AsyncConnection, statements: Iterable[str]) -> list[str]:
    done = list(statements)
    for statement in done:
        await connection.exec_driver_sql(statement)
    return done


def _trouble(error: DBAPIError) -> CannotRun:
    state = getattr(error.orig, "sqlstate", None)
    if state == _LOCKED:
        return CannotRun("Somebody uses a table that changes its owner; run `lapor grants` again in a moment.")
    if state != _INSUFFICIENT:
        raise error
    return _may_not(str(error.orig).splitlines()[0].partition(">: ")[2])


def _may_not(what: str) -> MayNot:
    return MayNot(
        f"The user of LAPOR_DATABASE_URL may not make logins or grant rights ({what}): have "
        f"an administrator of the database run what `lapor grants --print` prints, as in "
        f"`lapor grants --print | psql`."
    )
