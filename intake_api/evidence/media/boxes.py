"""The boxes of an ISO base media file (ISO/IEC 14496-12): where each begins and ends. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Read = Callable[[int, int], bytes]

#: Boxes of a file are few; whoever makes up millions of them wants to keep us busy.
MOST_BOXES = 10_000


class BadBoxes(ValueError):
    """Sizes that do not add up."""


@dataclass(frozen=True, slots=True)
class Box:
    """`start` of the box, `body` after its header, `end` after it; in bytes from the start of the file."""

    type: bytes
    start: int
    body: int
    end: int


class Boxes:
    """Of one file; counts what it hands out."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self._seen = 0

    def top(self) -> Iterator[Box]:
        return self.between(0, self._size)

    def of(self, box: Box, *, skip: int = 0) -> Iterator[Box]:
        """`skip`: bytes of its own before the first box."""
        return self.between(box.body + skip, box.end)

    def between(self, start: int, end: int) -> Iterator[Box]:
        """Raises BadBoxes."""
        at = start
        while at < end:
            if end - at < 8:
                if any(self._read(at, end - at)):
                    raise BadBoxes
                return
            self._seen += 1
            box = self._at(at, end)
            if self._seen > MOST_BOXES or box.end > end or box.end < box.body:
                raise BadBoxes
            yield box
            at = box.end

    def _at(self, at: int, end: int) -> Box:
        head = self._read(at, 16)
        size, type = int.from_bytes(head[:4]), head[4:8]
        if size == 1:
            return Box(type, at, at + 16, at + int.from_bytes(head[8:16]))
        return Box(type, at, at + 8, end if size == 0 else at + size)

    def find(self, box: Box, *path: bytes) -> Box | None:
        """The first box below it on this path."""
        here: Box | None = box
        for type in path:
            here = None if here is None else next((one for one in self.of(here) if one.type == type), None)
        return here

    def bytes_of(self, box: Box, *, most: int = 64 * 2**20) -> bytes:
        if box.end - box.body > most:
            raise BadBoxes
        return self._read(box.body, box.end - box.body)
