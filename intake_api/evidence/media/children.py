"""Has one file looked through by a process of its own, which is killed if it takes too long or too much."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from intake_api.evidence.media.tasks import PICTURES, FileLimits, FilePart, Looked, Rectangle, Refused, Task, answer_of
from shared.domain.evidence import Refusal

CHILD = "intake_api.evidence.media.child"
_ANSWER_BYTES = 64 * 1024
#: A child that died of one of these was ended by its own limits, or by what it read.
_OF_ITS_LIMITS = {signal.SIGXCPU: Refusal.TOOK_TOO_LONG, signal.SIGXFSZ: Refusal.TOO_MANY_BYTES}
_OF_WHAT_IT_READ = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS}
)


class ChildLost(Exception):
    """The child was ended by somebody else, or did not start: the file is tried again."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`files`: what the child wrote, without a name anywhere; gone when they are closed."""

    looked: Looked
    files: Mapping[FilePart, BinaryIO]


@asynccontextmanager
async def rendering(
    kind: str, source: BinaryIO, limits: FileLimits, *, covered: Sequence[Rectangle] = (), child: str = CHILD
) -> AsyncIterator[Rendered]:
    """`source`: a real file, opened for reading. `child`: the module that is run. Raises Refused, ChildLost."""
    with contextlib.ExitStack() as open_files:
        parts = tuple(FilePart) if kind in PICTURES else (FilePart.WHOLE,)
        files = {part: open_files.enter_context(tempfile.TemporaryFile()) for part in parts}
        numbers = {part: file.fileno() for part, file in files.items()}
        task = Task(kind, source.fileno(), numbers, limits, covered, os.getpid())
        looked = await _ask(child, task, (source.fileno(), *numbers.values()))
        if looked.parts.keys() != files.keys():
            raise Refused(Refusal.DECODER_FAILED)
        for file in files.values():
            file.seek(0)
        yield Rendered(looked, files)


async def _ask(child: str, task: Task, descriptors: Iterable[int]) -> Looked:
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-m", child, task.as_text(),
            stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=_environment(), pass_fds=tuple(descriptors),
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ChildLost from error
    try:
        async with asyncio.timeout(task.limits.wall_seconds):
            answer = await _answer(process)
            code = await process.wait()
    except TimeoutError:
        raise Refused(Refusal.TOOK_TOO_LONG) from None
    finally:
        await _end(process)
    _check_end(code)
    try:
        return answer_of(answer.decode())
    except ValueError:
        raise Refused(Refusal.DECODER_FAILED) from None


async def _answer(process: Process) -> bytes:
    """Whatever it says, and no more than an answer takes."""
    assert process.stdout is not None
    said = b""
    while block := await process.stdout.read(_ANSWER_BYTES):
        said += block
        if len(said) > _ANSWER_BYTES:
            raise Refused(Refusal.DECODER_FAILED)
    return said


def _environment() -> dict[str, str]:
    """None of ours, which holds keys and the way to the database. What is installed is found without looking (`-S`).

    One arena: memory is limited by address space.
    """
    return {"PYTHONPATH": os.pathsep.join(sys.path), "MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"}


async def _end(process: Process) -> None:
    """And of whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def _check_end(code: int) -> None:
    if code == 0:
        return
    died_of = -code
    if died_of in _OF_ITS_LIMITS:
        raise Refused(_OF_ITS_LIMITS[signal.Signals(died_of)])
    if code > 0 or died_of in _OF_WHAT_IT_READ:
        raise Refused(Refusal.DECODER_FAILED)
    raise ChildLost
