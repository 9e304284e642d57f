"""Which database a command works on."""

import contextlib
import os
from collections.abc import Iterator

from services import database
from services.local import postgres
from services.local.home import Home

NAME = "lapor"


@contextlib.contextmanager
def local_database(home: Home, *, fast: bool = False) -> Iterator[str]:
    """LAPOR_DATABASE_URL, else the embedded server of this home, which is stopped again at the end."""
    if given := os.environ.get("LAPOR_DATABASE_URL"):
        yield given
        return
    with postgres.start(home.path, fast=fast) as server:
        yield server.url(NAME)


@contextlib.contextmanager
def working_database(home: Home) -> Iterator[str]:
    """For a command beside `lapor up`: the database of the running stack, else as above."""
    running = home.running_stack()
    if running is not None and "LAPOR_DATABASE_URL" not in os.environ:
        yield running.database_url
        return
    with local_database(home) as url:
        yield url


@contextlib.contextmanager
def administered_database(home: Home) -> Iterator[str]:
    """The same by whoever may make logins in it: a running stack uses the owner's, who may not."""
    embedded_server = None if "LAPOR_DATABASE_URL" in os.environ else postgres.running(home.path)
    if embedded_server is not None:
        yield embedded_server.url(NAME)
        return
    with working_database(home) as url:
        yield url


def embedded() -> bool:
    return not os.environ.get("LAPOR_DATABASE_URL")


async def prepare(url: str) -> None:
    """Reachable and new enough; the database of the embedded server is made if it is not there."""
    if embedded():
        server, _, _name = url.rpartition("/")
        await database.create_if_missing(f"{server}/postgres", NAME)
    await database.check_reachable(url)
