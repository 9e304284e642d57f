"""What `lapor sla` does with the rules of the monitor: the monitor's own code, on the database itself."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services import database
from services.cli.consoles import errors
from services.local import chosen
from services.local.home import Home
from services.progress import LongWork
from services.trouble import CannotRun
from shared.clients import Client, Role
from shared.database import Sessions, create_sessions
from shared.domain.states import TaskState
from shared.errors import DomainError
from sla_monitor.recomputations import service as recomputations
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.reference.service import References

T = TypeVar("T")
Body = TypeVar("Body", bound=BaseModel)

POLL_SECONDS = 0.5


def operator() -> Client:
    """The person who calls the command, as events and versions name them."""
    return Client(getpass.getuser(), Role.OPERATOR)


def run(work: Callable[[Sessions], Awaitable[T]]) -> T:
    """Do it on the database that commands work on. Raises CannotRun with the sentence of what is refused."""
    with chosen.working_database(Home.from_environment()) as url:
        return asyncio.run(_connected(url, work))


async def _connected(url: str, work: Callable[[Sessions], Awaitable[T]]) -> T:
    await database.check_reachable(url)
    await database.check_migrated(url)
    engine = database.engine_for(url)
    try:
        return await work(create_sessions(engine))
    except DomainError as error:
        raise CannotRun(_sentence(error)) from None
    finally:
        await engine.dispose()


def _sentence(error: DomainError) -> str:
    fields = [f"{one['pointer']}: {one['message']}" for one in error.errors or () if one["message"] != error.detail]
    return "\n  ".join([error.detail, *fields])


def checked(kind: type[Body], **values: object) -> Body:
    """A body as the API takes it. Raises CannotRun with what is wrong."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        said = [
            f"{'/'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()
        ]
        raise CannotRun("; ".join(said)) from None


async def finished(sessions: Sessions, id: int) -> RecomputationView:
    """Help the monitors with a recomputation until it is done, with a progress bar."""
    references = References()
    with LongWork(errors) as bar:
        task = bar.add_task("Recomputing reports", total=None)
        while True:
            helped = await recomputations.work(sessions, references)
            async with sessions() as session:
                state = await recomputations.get_recomputation(session, id)
            bar.update(task, completed=state.done, total=state.total)
            if state.state is TaskState.DONE:
                return state
            if helped is None:  # a monitor works on it
                await asyncio.sleep(POLL_SECONDS)
