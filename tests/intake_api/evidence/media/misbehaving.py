"""A child as a hole in a decoder would have it: `python -m ... TASK`, whose kind says what it does."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable

from intake_api.evidence.media import child
from intake_api.evidence.media.tasks import Task


def main() -> None:
    task = Task.from_text(sys.argv[1])
    child.limit(task.limits)
    _WAYS[task.kind](task)


def _spin(_: Task) -> None:
    while True:
        pass


def _babble(_: Task) -> None:
    while True:
        os.write(1, b"x" * 4096)


def _fill(task: Task) -> None:
    while True:
        os.write(task.outputs[min(task.outputs)], bytes(2**20))


def _refuse(code: str) -> None:
    os.write(1, f'{{"refused": "{code}"}}'.encode())


def _lie(_: Task) -> None:
    os.write(1, b'{"parts": {"whole": {"media_type": 7, "width": 1, "height": 1}}, "said": {}}')


def _escape(_: Task) -> None:
    child.shut_in()
    _refuse(_escaped())


_WAYS: dict[str, Callable[[Task], object]] = {
    "crash": lambda _: os.abort(),
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda _: time.sleep(600),
    "eat": lambda _: _refuse("needs_too_much_memory" if _eaten() else "damaged"),
    "spin": _spin,
    "babble": _babble,
    "fill": _fill,
    "lie": _lie,
    "escape": _escape,
}


def _eaten() -> bool:
    try:
        return not bytearray(8 * 2**30)
    except MemoryError:
        return True


def _escaped() -> str:
    """`decoder_failed` if nothing opens any more, and nothing of ours stands in the environment."""
    attempts: list[Callable[[], object]] = [
        lambda: os.open("/etc/passwd", os.O_RDONLY),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        os.pipe,
    ]
    for attempt in attempts:
        try:
            attempt()
        except OSError:
            continue
        return "damaged"
    return "decoder_failed" if not any(name.startswith("LAPOR_") for name in os.environ) else "damaged"


if __name__ == "__main__":
    main()
