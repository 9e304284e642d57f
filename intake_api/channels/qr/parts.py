"""A form with photos, read as it comes: its words first, which are few, then its files, whose bytes go on at once."""

from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import Invalid
from shared.http.door.bodies import KIB, BodyTooLarge

FILES = "photo"
#: The words of a form, in which a letter takes up to four bytes, with all that stands around them and its files.
MOST_WORDS = 256 * KIB
_MOST_FIELDS = 30


class _Field(NamedTuple):
    name: str
    text: bytes


class _FileBegins(NamedTuple):
    """The name that somebody gave it is not even looked at."""


class _FilePiece(NamedTuple):
    data: bytes


class _FileEnds(NamedTuple):
    pass


_Event = _Field | _FileBegins | _FilePiece | _FileEnds


class SentParts:
    """`fields`: the words that stand before the first file; what comes after it is not read."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self.fields: dict[str, str] = {}
        self._body = body
        self._events: deque[_Event] = deque()
        self._around = 0
        self._header, self._value = b"", b""
        self._name, self._text, self._is_file, self._file_bytes = "", b"", False, 0
        self._ended = self._is_open = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins, "on_header_field": self._field_comes,
                "on_header_value": self._value_comes, "on_header_end": self._header_ends,
                "on_part_data": self._data_comes, "on_part_end": self._part_ends, "on_end": self._ends,
            },
        )  # fmt: skip

    async def words(self) -> dict[str, str]:
        """Read on to the first file, or to the end. Raises Invalid, BodyTooLarge."""
        while (event := await self._next()) is not None:
            if not isinstance(event, _Field):
                self._events.appendleft(event)
                break
            if len(self.fields) < _MOST_FIELDS:
                self.fields[event.name] = (
                    event.text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\x00", "")
                )
        return self.fields

    async def files(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content of each, to be read before the next is asked for; what is left of it is passed over."""
        while (event := await self._next()) is not None:
            if isinstance(event, _FileBegins):
                self._is_open = True
                yield self._pieces()
                while self._is_open:
                    await self._piece()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while self._is_open and (piece := await self._piece()) is not None:
            yield piece

    async def _piece(self) -> bytes | None:
        """Of the file that is read; None: it has ended."""
        event = await self._next()
        if isinstance(event, _FilePiece):
            return event.data
        self._is_open = False
        return None

    async def _next(self) -> _Event | None:
        """None: the form has ended as forms do."""
        while not self._events:
            try:
                piece = await anext(self._body, None)
                if piece is None:
                    if self._ended:
                        return None
                    raise _cut_off()
                self._around += len(piece)
                self._parser.write(piece)
            except FormParserError:
                raise _cut_off() from None
            if self._around > MOST_WORDS:
                raise BodyTooLarge(MOST_WORDS)
        return self._events.popleft()

    def _part_begins(self) -> None:
        self._header, self._value = b"", b""
        self._name, self._text, self._is_file, self._file_bytes = "", b"", False, 0

    def _field_comes(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_comes(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._is_file = self._name == FILES
        self._header, self._value = b"", b""

    def _data_comes(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file:
            self._text += data[start:end]
        elif start < end:
            if not self._file_bytes:
                self._events.append(_FileBegins())
            self._file_bytes += end - start
            self._around -= end - start
            self._events.append(_FilePiece(data[start:end]))

    def _part_ends(self) -> None:
        """A file that nobody chose comes with no bytes, and is none."""
        if not self._is_file:
            self._events.append(_Field(self._name, self._text))
        elif self._file_bytes:
            self._events.append(_FileEnds())

    def _ends(self) -> None:
        self._ended = True


def _cut_off() -> Invalid:
    return Invalid("The form ends in the middle; send it again.", pointer="/", code="form_cut_off")
