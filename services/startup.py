"""What a service needs before it starts; if it is not there: one sentence, no traceback, exit code not 0."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pydantic import ValidationError

from services import database
from services.trouble import CannotRun
from shared import logs
from shared.keys.held import Keys
from shared.keys.purposes import HELD
from shared.keys.ring import KeyTrouble
from shared.settings import Settings

S = TypeVar("S", bound=Settings)


def read_settings(kind: type[S], **known: Any) -> S:
    """From the environment; exits with the names of the variables that are missing or wrong."""
    try:
        return kind(**known)
    except ValidationError as error:
        problems = "; ".join(
            f"LAPOR_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SystemExit(f"Correct the environment ({problems}); `make run` sets what it needs.") from None


def check_database(settings: Settings) -> None:
    """Exits unless the database is reachable, new enough and migrated, and the login has what it reads by."""

    async def check() -> None:
        await database.check_reachable(settings.database_url)
        await database.check_migrated(settings.database_url)
        await database.check_granted(settings.database_url)
        await database.check_log_goes_on(settings.database_url)

    try:
        # A thread, because uvicorn calls the factory inside its own loop.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, check()).result()
    except CannotRun as error:
        raise SystemExit(str(error)) from None


def check_keys(settings: Settings, process: str) -> None:
    """Exits unless all keys of the process are there."""
    try:
        keys = Keys(settings)
        for purpose in HELD[process]:
            keys.current(purpose)
    except KeyTrouble as trouble:
        raise SystemExit(str(trouble)) from None


def prepare(kind: type[S], process: str) -> S:
    """All of that, and logs as JSON from here on."""
    settings = read_settings(kind)
    check_keys(settings, process)
    check_database(settings)
    logs.configure(process, settings.log_level)
    return settings
