"""Real PostgreSQL for every test: one server for the whole run, one database migrated by the real migrations.

`session` is a transaction that is rolled back: fast, for almost every test. `own_engine` and `sessions` work
on a database of their own, lent by the worker (tests/lent.py): for tests about commits, locks and concurrency.
"""

import asyncio
import contextlib
import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import hypothesis
import psutil
import pytest
from alembic import command
from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from services import database
from services.grants import service as grants
from services.local import postgres
from shared.addresses import asyncpg_url
from shared.database import Sessions, create_sessions
from tests import described, documented
from tests.documented import RUN_FOLDER
from tests.forks import ForkServer
from tests.lent import Lent
from tests.logins import KNOWN

GIVEN = "LAPOR_TEST_DATABASE_URL"
MADE = ".made"
FORK_SERVER = pytest.StashKey[ForkServer]()
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 * 2**30  # many times what a run takes


def _base() -> Path:
    """In memory if there is room: cloning a database on a busy disk costs ten times the processor time."""
    if os.access(MEMORY, os.W_OK):
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize > MEMORY_BYTES and not found.f_flag & os.ST_NOEXEC:
            return MEMORY
    return Path(tempfile.gettempdir())


RUNS = _base() / f"lapor-tests-{os.geteuid()}"


#: The plans are those that a statement has from its sixth execution on; tests seldom execute one as often.
QUICK = {"autovacuum": "off", "plan_cache_mode": "force_generic_plan", "checkpoint_timeout": "1h"}


#: How long an example takes says something of the machine, and nothing of the code.
_ON_A_BUSY_MACHINE = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the run makes its folder; pytest-xdist's workers inherit the variable."""
    if "CI" not in os.environ:  # there hypothesis does so by itself, and draws the same each time
        hypothesis.settings.register_profile("busy", _ON_A_BUSY_MACHINE)
        hypothesis.settings.load_profile("busy")
    described.remember()
    documented.watch(_answered.append)
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        RUNS.mkdir(exist_ok=True)
        _remove_leftovers()
        folder = RUNS / f"{os.getpid()}-{uuid4().hex[:8]}"
        folder.mkdir()
        for path in (RUNS, folder):
            path.chmod(0o755)  # the account that PostgreSQL runs as must get through
        os.environ[RUN_FOLDER] = str(folder)
        config.stash[FORK_SERVER] = ForkServer(folder)


#: Since it was last looked at.
_answered: list[documented.Answered] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """A test fails for an answer of a service, to it or to its fixtures, that stands in no document."""
    passed = yield
    lacking = list(filter(None, map(documented.complaint, _answered)))
    _answered.clear()
    if lacking:
        pytest.fail("\n".join(lacking), pytrace=False)
    return passed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The same for processes that the run has forked; which test it was is not known."""
    if not hasattr(session.config, "workerinput") and RUN_FOLDER in os.environ:
        answered = documented.written_down(Path(os.environ[RUN_FOLDER]) / documented.ELSEWHERE)
        if lacking := list(filter(None, map(documented.complaint, answered))):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            sys.stderr.write("\n".join(["", *lacking, ""]))


#: A test leaves some hundred thousand objects at most, and what it keeps for the next (statements, documents) is much.
SELDOM = (20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded stays: it is not searched for garbage, neither now nor each time in which a test leaves some."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(*SELDOM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start processes first: what is left for the end, and stolen by the other worker, is short."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN_FOLDER in os.environ:
        config.stash[FORK_SERVER].stop()
        if GIVEN in os.environ:
            asyncio.run(_drop_templates(Path(os.environ[RUN_FOLDER])))
        _remove_run(Path(os.environ.pop(RUN_FOLDER)))


def _remove_leftovers() -> None:
    """What runs that were killed left behind: their servers and data."""
    for folder in RUNS.iterdir():
        if not psutil.pid_exists(int(folder.name.partition("-")[0])):
            _remove_run(folder)


def _remove_run(folder: Path) -> None:
    with contextlib.suppress(OSError):  # another run tidies up, too
        if server := postgres.running(folder):
            server.stop()
    shutil.rmtree(folder, ignore_errors=True)


#: Held until the interpreter ends: the run's first process stops the server, after the last worker.
_started: list[postgres.LocalPostgres] = []


@pytest.fixture(scope="session")
def server() -> URL:
    """The maintenance database of the one server of this run, started by the first worker that asks."""
    if given := os.environ.get(GIVEN):
        return make_url(asyncpg_url(given))
    with one_worker_at_a_time() as folder:
        _started.append(postgres.running(folder) or postgres.start(folder, fast=True, settings=QUICK))
        return make_url(_started[0].url("postgres"))


@contextlib.contextmanager
def one_worker_at_a_time() -> Iterator[Path]:
    """Within the folder of the run."""
    folder = Path(os.environ[RUN_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


#: The log of the registry takes what has no such name for something done by hand.
OURS = {"server_settings": {"application_name": "lapor tests"}}


async def administer(server: URL, statement: str) -> None:
    """Without SQLAlchemy, whose first connection to a server asks it a few questions."""
    url = server.set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def clone(server: URL, template: URL, name: str = "") -> URL:
    """A database of one's own. FILE_COPY takes half of what WAL_LOG does: a checkpoint costs nothing without fsync."""
    name = name or f"test_{uuid4().hex}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY FILE_COPY")
    return server.set(database=name)


async def drop(server: URL, url: URL) -> None:
    await administer(server, f"DROP DATABASE {url.database} WITH (FORCE)")


def a_template(server: URL, name: str, fill: Callable[[URL], None], *, source: URL | None = None) -> URL:
    """A database that the first worker of a run fills and the others find. Nobody connects to it but to clone it."""
    with one_worker_at_a_time() as folder:
        database = _named(folder, name)
        url = server.set(database=database)
        made = folder / f"{name}{MADE}"
        if not made.exists():
            asyncio.run(clone(server, source or server.set(database="template1"), database))
            fill(url)
            made.touch()
    return url


def _named(folder: Path, name: str) -> str:
    return f"test_{folder.name.replace('-', '_')}_{name}"


async def _drop_templates(folder: Path) -> None:
    server = make_url(asyncpg_url(os.environ[GIVEN]))
    for made in folder.glob(f"*{MADE}"):
        await drop(server, server.set(database=_named(folder, made.stem)))


@pytest.fixture(scope="session")
def template(server: URL) -> URL:
    """Migrated from nothing, with logins for the services."""

    def migrate(url: URL) -> None:
        address = url.render_as_string(hide_password=False)
        command.upgrade(database.alembic_config(address), "head")
        asyncio.run(grants.complete(address, KNOWN))

    return a_template(server, "migrated", migrate)


@pytest.fixture(scope="session")
def seeded(server: URL, template: URL) -> URL:
    """With the real reference data, but for the villages."""
    import routing_service.registry.seed  # here, since most runs of a few tests need neither
    import sla_monitor.seed

    async def seed(url: URL) -> None:
        engine = database.engine_for(url.render_as_string(hide_password=False))
        await routing_service.registry.seed.load_registry(engine, progress=lambda _: None, villages=False)
        await sla_monitor.seed.load_rules(engine, progress=lambda _: None)
        await engine.dispose()

    return a_template(server, "seeded", lambda url: asyncio.run(seed(url)), source=template)


@pytest.fixture(scope="session")
async def engine(server: URL, template: URL) -> AsyncIterator[AsyncEngine]:
    """For `session`: a clone, so that the template stays free to be cloned. Connections keep what they have learnt."""
    url = await clone(server, template)
    engine = create_async_engine(url, pool_size=1, connect_args=OURS)
    event.listen(engine.sync_engine, "before_cursor_execute", _never_too_idle, retval=True)
    yield engine
    await engine.dispose()
    await drop(server, url)


def _never_too_idle(*execution: Any) -> tuple[str, Any]:
    """What a transaction of ours says of itself, that the server may end it when it is idle, would hold for the whole
    test, in which it is a savepoint: on a busy machine the server ended tests.
    """
    _connection, _cursor, statement, parameters, *_ = execution
    return statement.replace("idle_in_transaction_session_timeout", "lapor.idle_in_a_test"), parameters


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Rolled back at the end; a commit inside it ends a savepoint."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        await transaction.rollback()


@asynccontextmanager
async def lending(server: URL, template: URL) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Lent]]]:
    """Clones of a template to have for a test each; they are made anew where a test left more than rows."""
    kept: list[Lent] = []

    @asynccontextmanager
    async def lend() -> AsyncIterator[Lent]:
        one = kept.pop() if kept else await Lent.of(await clone(server, template), **OURS)
        yield one
        if await one.is_as_before():
            kept.append(one)
        else:
            await give_up(one)

    async def give_up(one: Lent) -> None:
        await one.engine.dispose()
        await drop(server, one.url)

    yield lend
    for one in kept:
        await give_up(one)


Lending = Callable[[], AbstractAsyncContextManager[Lent]]


@pytest.fixture(scope="session")
async def lend(server: URL, template: URL) -> AsyncIterator[Lending]:
    async with lending(server, template) as lend:
        yield lend


@pytest.fixture
async def own_database(lend: Lending) -> AsyncIterator[Lent]:
    async with lend() as database:
        yield database


@pytest.fixture
def own_database_url(own_database: Lent) -> str:
    """The address, with its password, of a database that only this test has."""
    return own_database.url.render_as_string(hide_password=False)


@pytest.fixture
def own_engine(own_database: Lent) -> AsyncEngine:
    return own_database.engine


@pytest.fixture
def sessions(own_engine: AsyncEngine) -> Sessions:
    return create_sessions(own_engine)
