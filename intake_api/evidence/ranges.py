"""Which bytes of a file a request asks for (RFC 9110, 14). Pure but for the refusal."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from shared.errors import DomainError

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


class NoSuchRange(DomainError):
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "no_such_range"

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes; ask for a range within it.")
        self._size = size

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": f"bytes */{self._size}"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bytes from `start` to before `end`."""

    start: int
    end: int
    size: int
    partial: bool

    @property
    def status(self) -> int:
        return HTTPStatus.PARTIAL_CONTENT if self.partial else HTTPStatus.OK

    @property
    def headers(self) -> dict[str, str]:
        length = {"Content-Length": str(self.end - self.start)}
        return length | ({"Content-Range": f"bytes {self.start}-{self.end - 1}/{self.size}"} if self.partial else {})


def wanted(asked: str | None, size: int) -> Wanted:
    """Several ranges, or what is no range, are answered with the whole. Raises NoSuchRange."""
    found = None if asked is None else _ONE.fullmatch(asked)
    first, last = ("", "") if found is None else found.groups()
    if not first and not last:
        return Wanted(0, size, size, partial=False)
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return Wanted(0, size, size, partial=False)
    if start >= size or start >= end:
        raise NoSuchRange(size)
    return Wanted(start, end, size, partial=True)
