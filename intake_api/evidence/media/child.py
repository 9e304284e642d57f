"""A process that looks through one file and writes it anew: `python -m intake_api.evidence.media.child TASK`.

Whoever sends a file chooses the bytes that decoders read, and decoders have had holes. So each file has a process of
its own, which dies with it. It gets the file and its outputs as open descriptors, a task of numbers, and nothing else:
no keys, no addresses, no names. Once its decoders are loaded it can open nothing any more, no file and no connection.
"""

import ctypes
import errno
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from intake_api.evidence.kinds import HEAD_BYTES, PDF, kind_of
from intake_api.evidence.media import disguises
from intake_api.evidence.media.tasks import PICTURES, FileLimits, FilePart, Looked, Made, Refused, Task
from shared.domain.evidence import Refusal

if TYPE_CHECKING:
    from intake_api.evidence.media.boxes import Read
    from intake_api.evidence.media.videos import Cleaned

NICENESS = 5
_BLOCK = 2**20
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
Look = Callable[[], Looked]


def main() -> None:
    task = Task.from_text(sys.argv[1])
    os.nice(NICENESS)
    limit(task.limits)
    if os.getppid() != task.parent:  # it was killed before we could ask to go with it
        os._exit(1)
    try:
        look = _prepared(task)
        shut_in()
        answer = look().as_text()
    except Refused as refused:
        answer = json.dumps({"refused": refused.refusal})
    except MemoryError:
        answer = json.dumps({"refused": Refusal.NEEDS_TOO_MUCH_MEMORY})
    except Exception as error:
        answer = json.dumps({"refused": _reason(error)})
    os.write(1, answer.encode())
    os._exit(0)  # nothing of what decoders left behind is torn down


def _reason(error: Exception) -> Refusal:
    """What decoders raise is theirs; memory runs out under many names."""
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return Refusal.TOO_MANY_BYTES  # of what was made of it: RLIMIT_FSIZE
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        return Refusal.DECODER_FAILED  # it wanted to open something
    memory = "bad_alloc" in str(error) or "emory" in str(error)
    return Refusal.NEEDS_TOO_MUCH_MEMORY if memory else Refusal.DAMAGED


def limit(limits: FileLimits) -> None:
    """Of what the process may use, and that it goes when its parent does; from the start, since loading is part of it.

    Threads are not limited: libde265 decodes in one of its own.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # At the first of the two comes a signal that says why, at the second one that says nothing.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))


def shut_in() -> None:
    """From here on no descriptor is handed out: no file, no pipe, no socket, no program that needs a library.

    What the system does not let us do besides is left out: these are second walls.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _prepared(task: Task) -> Look:
    """With the decoders loaded that this kind of file needs, and the file not read yet."""
    outputs = {part: os.fdopen(number, "wb", buffering=_BLOCK) for part, number in task.outputs.items()}
    if task.kind in PICTURES:
        from intake_api.evidence.media import pictures

        pictures.prepare_child(task.kind)
        make = lambda: pictures.rewrite(task.kind, _opened(task.source), outputs, task.limits, task.covered)  # noqa: E731
    elif task.kind == PDF:
        from intake_api.evidence.media import papers

        papers.prepare_child()
        make = lambda: papers.rewrite(_opened(task.source), outputs[FilePart.WHOLE], task.limits)  # noqa: E731
    else:
        from intake_api.evidence.media import videos

        make = lambda: _written(task, videos.clean, outputs[FilePart.WHOLE])  # noqa: E731
    return lambda: _looked_through(task, make, outputs)


def _opened(source: int) -> BinaryIO:
    opened = io.FileIO(source, closefd=False)
    opened.seek(0)
    return io.BufferedReader(opened, _BLOCK)


def _looked_through(task: Task, make: Look, outputs: Mapping[FilePart, BinaryIO]) -> Looked:
    size = os.fstat(task.source).st_size

    def read(offset: int, count: int) -> bytes:
        return os.pread(task.source, max(0, count), offset)

    if kind_of(read(0, HEAD_BYTES)) != task.kind:
        raise Refused(Refusal.UNKNOWN_KIND)
    if disguises.is_disguised(task.kind, read, size):
        raise Refused(Refusal.TWO_KINDS_AT_ONCE)
    made = make()
    for output in outputs.values():
        output.flush()
    return made


def _written(task: Task, clean: "Callable[[Read, int, FileLimits], Cleaned]", output: BinaryIO) -> Looked:
    """A video, with what is found to tell overwritten."""
    size = os.fstat(task.source).st_size

    def read(offset: int, count: int) -> bytes:
        return os.pread(task.source, max(0, count), offset)

    found = clean(read, size, task.limits)
    for at in range(0, size, _BLOCK):
        output.write(read(at, _BLOCK))
    for start, end in found.zeroed:
        output.seek(start)
        for at in range(start, end, _BLOCK):
            output.write(bytes(min(_BLOCK, end - at)))
    for start in found.freed:
        output.seek(start)
        output.write(b"free")
    return Looked({FilePart.WHOLE: Made(task.kind)}, found.said, seconds=round(found.seconds, 3))


if __name__ == "__main__":
    main()
