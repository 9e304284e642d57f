"""`lapor up`: the database and the three services on this machine, until Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import httpx
from rich.console import Console

from services import database, ports, seed
from services.grants import service as grants
from services.grants.logins import VARIABLES, url_of, urls_of_services
from services.grants.table import Login
from services.local import chosen, docs_client, examples, people, private, samples
from services.local.home import Home, RunningProcess, RunningStack
from services.local.people import ReadyAccounts
from services.local.stack import Stack
from services.serve import SERVICES, port_of, require_free
from services.startup import read_settings
from services.trouble import CannotRun
from shared.clients import Role
from shared.errors import DomainError
from shared.settings import Settings

NO_BOUNDARIES = (
    "\nNo boundaries are imported: a pin alone gives a report no region. README.md (Boundaries) says where to get them;"
    " then: .venv/bin/lapor boundaries import FILE.geojson"
)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_stack(console: Console, *, free_ports: bool, copies: int, fast: bool) -> None:
    """Returns when the user stops it. Raises CannotRun, with everything stopped that was started."""
    home = Home.from_environment()
    private.close_around_database(home.path)
    if running := home.running_stack():
        raise CannotRun(
            f"lapor runs already from {home.path} (process {running.supervisor.pid}): stop that one first, "
            f"or set LAPOR_HOME to another folder and use --free-ports to run a second one."
        )
    for name in home.stop_leftovers():
        console.print(f"Stopped {name}, left over from a run that was killed")
    chosen_ports = _choose_ports(home, free_ports=free_ports)
    with _stoppable(console):
        if chosen.embedded():
            console.print("Starting PostgreSQL")
        with chosen.local_database(home, fast=fast) as url:
            try:
                asyncio.run(_run(console, home, url, chosen_ports, copies))
            finally:
                _ignore_signals()  # the database is stopped to the end, however often somebody presses Ctrl-C


def _choose_ports(home: Home, *, free_ports: bool) -> dict[str, int]:
    """Before anything is started: a taken port is the most common trouble."""
    settings = read_settings(Settings, database_url="not needed yet")
    if free_ports:
        return {service: ports.free_port() for service in SERVICES}
    wanted = {service: port_of(settings, service) for service in SERVICES}
    for service, port in wanted.items():
        require_free(service, port)
    return wanted


@contextmanager
def _stoppable(console: Console) -> Iterator[None]:
    """Ctrl-C and `kill` end what runs inside at any point; that is not an error."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for number in STOPPING:
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        _ignore_signals()
    console.print("Stopped. The data is kept.")


def _ignore_signals() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


async def _run(console: Console, home: Home, url: str, ports: Mapping[str, int], copies: int) -> None:
    """Everything that needs the loop. Returns when told to stop; raises CannotRun when a service dies."""
    stop = asyncio.Event()
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = asyncio.create_task(_start_and_watch(console, home, url, ports, copies))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not work.done():
        console.print("\nStopping the services")
        work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def _start_and_watch(console: Console, home: Home, url: str, ports: Mapping[str, int], copies: int) -> NoReturn:
    with console.status("Preparing the database"):
        await chosen.prepare(url)
        console.print(f"Database: {database.without_password(url)}")
        await database.migrate(url)
        console.print("Migrated")
        url, logins = await _by_login(console, home, url)
        await seed.load_all(url, progress=lambda message: console.print(f"  {message}"))
        ready = await people.register_examples(url, home)
    stack = Stack(
        url,
        home=home.path,
        logins=logins,
        ports=ports,
        copies=copies,
        environment=_settings_of_the_user(),
        progress=console.print,
    )
    await docs_client.register(url, {service: stack.url(service) for service in SERVICES})
    past = await _write_past(console, stack)
    try:
        with console.status("Starting the services"):
            await stack.start()
        if past is not None:
            await _make_samples(console, stack, past)
        home.write_stack(describe(stack))
        _print_welcome(console, home, stack, ready)
        if not await database.has_boundaries(url):
            console.print(NO_BOUNDARIES, soft_wrap=True, highlight=False, markup=False)
        raise CannotRun(await stack.first_death())
    finally:
        await stack.stop()
        home.forget_stack()


async def _by_login(console: Console, home: Home, url: str) -> tuple[str, Mapping[str, str] | None]:
    """The database as its owner reaches it, and as each service does."""
    try:
        done = await grants.complete(url, home.logins)
    except CannotRun as trouble:
        console.print(f"All services use one login of the database. {trouble}", markup=False, highlight=False)
        return url, None
    console.print("Each service has a login of its own in the database")
    return url_of(url, Login.OWNER, done.passwords[Login.OWNER]), urls_of_services(url, done.passwords)


async def _write_past(console: Console, stack: Stack) -> samples.Past | None:
    """Where nobody has reported anything yet. Somebody's own registry may lack what the samples name."""
    if not await samples.are_missing(stack.database_url):
        return None
    try:
        return await samples.write_past(stack)
    except DomainError as error:
        _tell_that_some_are_missing(console, error)
        return None


async def _make_samples(console: Console, stack: Stack, past: samples.Past) -> None:
    """Without them the services run as well; only some examples of their pages find nothing to be tried on."""
    with console.status("Making reports for the examples of the pages"):
        try:
            made = await samples.make_samples(stack, stack.examples, past)
            console.print(f"{made} examples of the pages have a report or a draft of their own")
        except (samples.NoSample, httpx.HTTPError, TimeoutError) as error:
            _tell_that_some_are_missing(console, error)


def _tell_that_some_are_missing(console: Console, error: Exception) -> None:
    console.print(f"Some examples of the pages will find no report: {error}", markup=False)


def _settings_of_the_user() -> dict[str, str]:
    """LAPOR_... of our environment, but what the stack decides itself."""
    decided = {"LAPOR_DATABASE_URL", "LAPOR_HOME", "LAPOR_INTAKE_PORT", "LAPOR_ROUTING_PORT", "LAPOR_SLA_PORT"}
    decided |= {"LAPOR_KEYS", "LAPOR_KEYS_FILE", "LAPOR_PUBLIC_KEYS", "LAPOR_PUBLIC_KEYS_FILE"}
    decided |= VARIABLES
    return {name: value for name, value in os.environ.items() if name.startswith("LAPOR_") and name not in decided}


def describe(stack: Stack) -> RunningStack:
    return RunningStack(
        supervisor=RunningProcess.of("lapor up", os.getpid()),
        database_url=stack.database_url,
        intake_url=stack.url("intake_api"),
        routing_url=stack.url("routing_service"),
        sla_url=stack.url("sla_monitor"),
        services=[
            RunningProcess.of(process.name, process.pid)
            for process in stack.processes.values()
            if process.pid is not None
        ],
    )


def _print_welcome(console: Console, home: Home, stack: Stack, ready: ReadyAccounts) -> None:
    files = examples.write_tokens(home)
    console.rule("lapor is running")
    for process in stack.processes.values():
        console.print(f"  {process.name:<16} {process.url}   documentation: {process.url}/docs")
    console.print(f"  for officers     {stack.url('routing_service')}/board")
    console.print(f"  for reporters    {stack.url('intake_api')}/r")
    console.print(f"  logs             {home.logs}/*.jsonl")
    console.print(f"\nA token for each role, good for {examples.TOKEN_DAYS} days, in a file that only you can read:")
    for role, file in files.items():  # what is printed ends up in logs; a custodian's token must not
        console.print(f"  {role.value:<18} {file}", soft_wrap=True, highlight=False)
    console.print("\nSubmit a report (paste this into another terminal):\n")
    command = examples.curl(stack.url("intake_api"), home.tokens / "reporter_app")
    console.print(command, soft_wrap=True, highlight=False, markup=False)
    _print_logins(console, stack.url("routing_service"), ready)
    console.print("\n`make demo` shows more. Ctrl-C stops everything.")


def _print_logins(console: Console, routing_url: str, ready: ReadyAccounts) -> None:
    """Where a registry of one's own lacks their agencies, there are none."""
    if ready.people:
        console.print("\nTo log in as one of them (address, password, key of one-time codes):")
        for role, file in ready.people.items():
            console.print(f"  {role.value:<18} {file}", soft_wrap=True, highlight=False)
        console.print("`lapor accounts code FILE` shows the one-time code of now.", highlight=False)
    if ready.systems:
        console.print("\nFor a program (client id and secret):")
        for role, file in ready.systems.items():
            console.print(f"  {role.value:<18} {file}", soft_wrap=True, highlight=False)
    if Role.CHANNEL in ready.systems:
        console.print("\nGet a token with the secret, and read the work list with it:\n")
        command = people.curl(routing_url, ready.systems[Role.CHANNEL])
        console.print(command, soft_wrap=True, highlight=False, markup=False)
