"""What PostgreSQL grants is what services/grants/table.py says, and a new table has to be in it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import product

import asyncpg
import pytest
from sqlalchemy import URL

from services.grants import service
from services.grants.table import SERVICES, TABLES, WITH_RIGHTS_OF_OWNER, Login, Right
from shared.schema import Model
from tests.conftest import clone, drop
from tests.logins import as_login

LoggedIn = Mapping[Login, asyncpg.Connection]
#: By PostgreSQL's own word; the docstrings of shared/schema/ say the same to people.
WRITERS: Mapping[str, frozenset[Login]] = {
    name: frozenset(
        login for login, rights in access.items() if rights.keys() & {Right.INSERT, Right.UPDATE, Right.DELETE}
    )
    for name, access in TABLES.items()
}
SHARED = {"reports", "messages", "events", "chains", "outbox", "report_reads", "idempotency_keys", "limit_counters"}
APPENDED = ("events", "registry_events", "support_log", "identity_looks")


@pytest.fixture(scope="module")
async def url(server: URL, template: URL) -> AsyncIterator[URL]:
    """A copy has the grants of tables, and not those of the database itself."""
    url = await clone(server, template)
    await service.grant(url.render_as_string(hide_password=False))
    yield url
    await drop(server, url)


@pytest.fixture(scope="module")
async def logged_in(url: URL) -> AsyncIterator[LoggedIn]:
    connections = {login: await asyncpg.connect(plain(as_login(url, login))) for login in Login}
    yield connections
    for connection in connections.values():
        await connection.close()


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def refused(connection: asyncpg.Connection, statement: str) -> bool:
    """Whether it fails for want of a right. No statement here changes a row."""
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


def a_statement(right: str, table: str, name: str) -> str:
    column = f'"{name}"'
    return {
        "select": f"SELECT {column} FROM {table} WHERE false",
        "insert": f"INSERT INTO {table} ({column}) OVERRIDING SYSTEM VALUE SELECT NULL WHERE false",
        "update": f"UPDATE {table} SET {column} = DEFAULT WHERE false",
        "delete": f"DELETE FROM {table} WHERE false",
        "truncate": f"TRUNCATE {table}",
    }[right]


def columns_of(table: str) -> list[str]:
    return [column.name for column in Model.metadata.tables[table].columns if column.computed is None]


def attempts() -> Iterator[tuple[Login, str, str, bool]]:
    """Every login, table, right and column, and whether it is granted."""
    for login, table in product((*SERVICES, Login.AUDIT), Model.metadata.tables):
        granted = TABLES[table].get(login, {})
        for right in ("select", "insert", "update", "delete", "truncate"):
            named = {str(each): columns for each, columns in granted.items()}.get(right)
            for column in columns_of(table) if right in ("select", "insert", "update") else [""]:
                yield login, table, a_statement(right, table, column), named == () or column in (named or ())


def test_every_table_has_a_line_in_the_table_of_grants() -> None:
    missing = Model.metadata.tables.keys() - TABLES.keys()
    assert missing == set(), "say in services/grants/table.py who may read and write it"
    assert TABLES.keys() - Model.metadata.tables.keys() == {"alembic_version"}


def test_a_table_has_one_writer_but_those_that_are_known_to_be_shared() -> None:
    assert {name for name, writers in WRITERS.items() if len(writers) > 1} == SHARED


def test_columns_that_are_granted_are_there() -> None:
    named = {
        (table, column)
        for table, access in TABLES.items()
        for rights in access.values()
        for columns in rights.values()
        for column in columns
    }
    assert {(table, column) for table, column in named if column not in Model.metadata.tables[table].columns} == set()


def test_two_services_change_no_column_of_a_report_both() -> None:
    updates = [TABLES["reports"][login].get(Right.UPDATE, ()) for login in SERVICES]
    assert updates[2] == ()
    assert set(updates[0]) & set(updates[1]) == set()
    assert all(updates[:2]), "no column would mean all of them"


async def test_each_login_may_do_what_is_granted_and_nothing_else(
    logged_in: LoggedIn,
) -> None:
    """Every table and column, by real logins: INSERT, UPDATE, DELETE, TRUNCATE and SELECT."""
    wrong = [
        f"{login}: {statement} {'is refused' if granted else 'succeeds'}"
        for login, _table, statement, granted in attempts()
        if await refused(logged_in[login], statement) == granted
    ]
    assert wrong == []


async def test_nobody_but_the_owner_changes_what_has_happened(logged_in: LoggedIn) -> None:
    for login, table in product((*SERVICES, Login.AUDIT), APPENDED):
        for right in ("update", "delete", "truncate"):
            assert await refused(
                logged_in[login], a_statement(right, table, "id" if table == "identity_looks" else "seq")
            ), (login, table, right)


async def test_what_triggers_write_down_nobody_writes_by_hand(logged_in: LoggedIn) -> None:
    """Nor has anybody a table of their own, whose trigger could write it for them."""
    for login in (*SERVICES, Login.AUDIT):
        assert await refused(logged_in[login], a_statement("insert", "registry_events", "seq"))
        assert await refused(logged_in[login], "CREATE TABLE agencies2 (code text)")
        assert await refused(logged_in[login], "CREATE TEMPORARY TABLE agencies (code text)")


async def test_a_change_of_the_registry_is_written_down_whoever_may_make_it(logged_in: LoggedIn) -> None:
    for login, statement in (
        (Login.ROUTING, "INSERT INTO clients (id, name, channels) VALUES ('a-client', 'A client', '{}')"),
        (
            Login.MONITOR,
            "INSERT INTO policies (code, name, legal_basis, active, document) VALUES ('P', '', '', false, '{}')",
        ),
        (Login.MONITOR, "INSERT INTO calendars (name, source, weekend, active) VALUES ('C', '', '{6,7}', false)"),
    ):
        await logged_in[login].execute(statement)

    logged = await logged_in[Login.AUDIT].fetch("SELECT subject, actor FROM registry_events ORDER BY seq DESC LIMIT 3")
    assert [tuple(row) for row in logged] == [
        ("calendars", "database:lapor_monitor"), ("policies", "database:lapor_monitor"),
        ("clients", "database:lapor_routing"),
    ]  # fmt: skip


async def test_functions_act_with_the_rights_of_the_caller_but_those_that_are_named(logged_in: LoggedIn) -> None:
    """And those find nothing of the caller's in place of ours."""
    found = await logged_in[Login.AUDIT].fetch(
        """
        SELECT p.proname, p.proconfig FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY p.proname
        """
    )
    assert {row["proname"] for row in found} == WITH_RIGHTS_OF_OWNER
    assert all("search_path=public, pg_temp" in row["proconfig"] for row in found)


async def test_only_the_audit_reads_the_registry_as_it_would_be_written_down(logged_in: LoggedIn) -> None:
    statement = "SELECT count(*) FROM registry_state()"
    assert [login for login in Login if not await refused(logged_in[login], statement)] == [Login.AUDIT, Login.OWNER]


async def test_the_owner_of_everything_may_not_do_more_than_that(logged_in: LoggedIn) -> None:
    powerful = await logged_in[Login.OWNER].fetchval(
        r"""
        SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls) FROM pg_roles
        WHERE rolname LIKE 'lapor\_%'
        """
    )
    assert powerful is False
    assert await refused(logged_in[Login.OWNER], "SELECT pg_read_file('/etc/hostname')")


async def test_a_table_that_was_just_made_is_nobodys_but_the_owners(logged_in: LoggedIn) -> None:
    await logged_in[Login.OWNER].execute("CREATE TABLE newer (id int)")
    try:
        for login in (*SERVICES, Login.AUDIT):
            assert await refused(logged_in[login], "SELECT FROM newer")
    finally:
        await logged_in[Login.OWNER].execute("DROP TABLE newer")
