"""A child may die of a file, take too long or turn against us: it is one file's end, and the service goes on."""

import asyncio
import os
import sys
from dataclasses import replace

import psutil
import pytest

from intake_api.evidence.kinds import JPEG
from intake_api.evidence.media.children import CHILD, ChildLost
from intake_api.evidence.media.tasks import FileLimits, Refused, Task
from tests.intake_api.evidence.media.files import picture, saved
from tests.intake_api.evidence.media.looking import look
from tests.waiting import patiently, until

BAD = "tests.intake_api.evidence.media.misbehaving"
#: A machine may be slow, and each child has Python to load.
LONG = FileLimits(cpu_seconds=60, wall_seconds=120, output_bytes=2**20)


#: A quick end for the one that would not come to any.
LIMITS = {"spin": replace(LONG, cpu_seconds=1)}


async def _end(behaviour: str, limits: FileLimits | None = None) -> str:
    try:
        await look(b"content", kind=behaviour, limits=limits or LIMITS.get(behaviour, LONG), child=BAD)
    except Refused as refused:
        return refused.refusal.value
    except ChildLost:
        return "tried again"
    return "taken"


async def test_each_way_to_die_has_its_code() -> None:
    ways = {
        "crash": "decoder_failed",
        "segfault": "decoder_failed",
        "spin": "took_too_long",
        "eat": "needs_too_much_memory",
        "babble": "decoder_failed",
        "lie": "decoder_failed",
        "fill": "decoder_failed",
        "killed": "tried again",
    }

    assert await asyncio.gather(*map(_end, ways)) == list(ways.values())
    assert (await look(saved(picture(), "JPEG"))).looked.pages is None  # the next one is looked at as ever


async def test_a_child_that_does_nothing_is_killed_in_time() -> None:
    async with patiently():
        assert await _end("sleep", FileLimits(wall_seconds=1)) == "took_too_long"  # it would sleep for ten minutes


async def test_a_child_that_is_shut_in_opens_nothing_and_holds_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_KEYS", "secret")

    assert await _end("escape") == "decoder_failed"


async def test_whoever_gives_up_takes_the_child_along() -> None:
    asking = asyncio.create_task(_end("sleep", LONG))
    await until(_children)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert not _children()


def _children() -> list[psutil.Process]:
    return [one for one in psutil.Process(os.getpid()).children() if _is_bad(one)]


def _is_bad(process: psutil.Process) -> bool:
    """Alive, that is: it may end while it is looked at."""
    try:
        return BAD in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return False


async def test_a_child_whose_service_was_killed_before_it_began_does_nothing() -> None:
    task = Task(JPEG, 0, {}, FileLimits(), parent=1_000_000)

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", CHILD, task.as_text(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )

    answer, _ = await child.communicate()
    assert answer == b""
    assert child.returncode == 1
