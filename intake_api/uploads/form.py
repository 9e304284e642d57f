"""A file in a form (`multipart/form-data`), read as it comes: its bytes go on at once and are never kept together."""

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import Invalid

FIELD = "file"
#: Bytes of a form beside its file: boundaries, headers, other fields.
_MOST_AROUND = 64 * 1024
#: Bytes of all that may stand before the file.
_MOST_TEXT = 4096


def boundary_of(content_type: str | None) -> bytes | None:
    """None: it is no form."""
    kind, parameters = parse_options_header(content_type or "")
    return parameters.get(b"boundary") if kind == b"multipart/form-data" else None


class FormFile:
    """The field `file` of a form; the name that somebody gave it is not even looked at.

    `fields`: what came before it, as far as that is short; known once the first of its bytes are.
    """

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self._name, self._text, self._room = "", b"", _MOST_TEXT
        self._header, self._value = b"", b""
        self._is_file = self._had_one = self._ended = False
        self._found: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._field_comes,
                "on_header_value": self._value_comes,
                "on_header_end": self._header_ends,
                "on_part_data": self._data_comes,
                "on_part_end": self._part_ends,
                "on_end": self._ends,
            },
        )

    async def content(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Raises Invalid. How large the file may be is for whoever takes it."""
        seen, around = False, 0
        try:
            async for piece in body:
                self._parser.write(piece)
                around += len(piece) - sum(map(len, self._found))
                if around > _MOST_AROUND:  # it would be read for ever, and in vain
                    raise _no_file()
                for found in self._found:
                    seen = True
                    yield found
                self._found.clear()
        except FormParserError:
            raise _no_file() from None
        if not seen or not self._ended:
            raise _no_file()

    def _part_begins(self) -> None:
        self._header, self._value, self._is_file = b"", b"", False
        self._name, self._text = "", b""

    def _field_comes(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_comes(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._is_file = self._name == FIELD and not self._had_one
            self._had_one = self._had_one or self._is_file
        self._header, self._value = b"", b""

    def _data_comes(self, data: bytes, start: int, end: int) -> None:
        if self._is_file and start < end:
            self._found.append(data[start:end])
        elif not self._had_one and self._room > 0:
            self._text += data[start : min(end, start + self._room)]
            self._room -= end - start

    def _part_ends(self) -> None:
        if self._name and not self._had_one:
            self.fields[self._name] = self._text.decode("utf-8", "replace")

    def _ends(self) -> None:
        self._ended = True


def _no_file() -> Invalid:
    return Invalid(
        "The form has no file in its field `file`, or it ends in the middle; send it again.", pointer="/file",
        code="no_file",
    )  # fmt: skip
