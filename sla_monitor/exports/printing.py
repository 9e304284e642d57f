"""A page to print takes half a second of a processor: a process makes so many at once, and others wait outside."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Unavailable

AT_ONCE = 2


class PrintingBusy(Unavailable):
    code = "printing_busy"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class Printing:
    """The documents that are being printed. One per process."""

    def __init__(self) -> None:
        self._running = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises PrintingBusy where none is free."""
        if self._running >= AT_ONCE:
            raise PrintingBusy("Other documents are being printed; ask again in some seconds, or for csv or xlsx.")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
