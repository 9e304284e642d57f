"""The rows of a file, whatever a spreadsheet saved it as.

CSV in UTF-8, UTF-16 or Windows-1252, separated by semicolons (as Excel in Indonesian does), commas, tabs or bars, with
or without `sep=;` in front; or an XLSX workbook, of which the first sheet that has rows is read.
"""

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: What a row of a file is known by: the number that a spreadsheet shows beside it.
NumberedRow = tuple[int, list[str]]

BEGINNING = 100_000  # characters, of which the separators are guessed
LONGEST_CELL = 1_000_000  # characters
MOST_COLUMNS = 200
MOST_WORKBOOK_BYTES = 128 * 2**20  # unpacked
SEPARATORS = (";", ",", "\t", "|")
_ZIP = b"PK\x03\x04"
_OTHER_FILES = (b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"\x1f\x8b")


class UnreadableSheet(Exception):
    """`code` is that of a mistake of the file."""

    def __init__(self, line: int, code: str) -> None:
        super().__init__(code)
        self.line = line
        self.code = code


def candidates(content: bytes) -> list[Iterator[NumberedRow]]:
    """The ways in which the file may be read, one for each separator that it may have. Raises Unreadable.

    An iterator raises Unreadable, too. Rows without any text are left out.
    """
    if content.startswith(_ZIP):
        return [_of_workbook(content)]
    if content.startswith(_OTHER_FILES):
        raise UnreadableSheet(1, "not_a_table")
    text, first_line = _without_sep(_decoded(content))
    beginning = text[:BEGINNING]
    if "\x00" in beginning[:1_000]:
        raise UnreadableSheet(text[: text.index("\x00")].count("\n") + first_line, "not_a_table")
    separators = [one for one in SEPARATORS if one in beginning] or [","]
    return [_of_text(text, separator, first_line) for separator in separators]


def _decoded(content: bytes) -> str:
    """Text without a byte order mark: UTF-8, else UTF-16 (Excel's "Unicode text"), else what Windows writes here."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
    return _utf16_without_mark(content) or text


def _utf16_without_mark(content: bytes) -> str | None:
    """Plain letters in UTF-16 are every other byte zero, and are UTF-8 too."""
    beginning = content[:200]
    for encoding, zeros in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[::2])):
        if zeros and zeros.count(0) > len(zeros) * 0.8:
            return content.decode(encoding, errors="replace")
    return None


def _without_sep(text: str) -> tuple[str, int]:
    """Excel's own hint at the separator is no row; the number of the line that is the first then."""
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    return (rest, 2) if said.startswith("sep=") and len(said) <= len("sep=") + 1 else (text, 1)


def _of_text(text: str, separator: str, first_line: int) -> Iterator[NumberedRow]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begins = reader.line_num + first_line
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnreadableSheet(begins, "unreadable_line") from None
        if any(cell.strip() for cell in row):
            yield begins, row


def _of_workbook(content: bytes) -> Iterator[NumberedRow]:
    """Read row by row: a cell in the last column of the last line costs nothing.

    A workbook does not store empty cells at the end of a row: every row is as wide as the widest above it.
    """
    widest = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_WORKBOOK_BYTES:
                raise UnreadableSheet(1, "workbook_too_large")
        with warnings.catch_warnings(action="ignore"):  # of styles and links, which nobody asks for
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                found = False
                sheet.reset_dimensions()  # what the file says of its own size is not believed
                for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if len(cells) > MOST_COLUMNS and any(cell is not None for cell in cells[MOST_COLUMNS:]):
                        raise UnreadableSheet(number, "workbook_too_large")
                    row = [_shown(cell) for cell in cells]
                    if any(row):
                        widest = max(widest, len(row))
                        row += [""] * (widest - len(row))
                        found = True
                        yield number, row
                if found:
                    return
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, TypeError, EOFError, OSError):
        raise UnreadableSheet(1, "broken_workbook") from None


def _shown(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as 2026-01-31."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value).strip()


def letters(place: int) -> str:
    """How a spreadsheet calls a column: A, B, ... Z, AA."""
    name = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def trimmed(row: Sequence[str], length: int) -> list[str]:
    """Without the empty cells that a spreadsheet writes behind the last column."""
    cells = list(row)
    while len(cells) > length and not cells[-1].strip():
        cells.pop()
    return cells
