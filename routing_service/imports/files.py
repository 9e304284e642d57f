"""A CSV file as lines of checked values. Pure.

UTF-8, with or without a byte order mark; separated by commas or, as spreadsheets in Indonesia write it, by semicolons.
The first line names the columns, in any order.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing_service.imports.mistakes import Mistake, Sentence

MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Column:
    """`convert` raises ValueError; `needed`: no line may leave it empty, if the column is there at all."""

    convert: Callable[[str], Any]
    expects: Sentence
    needed: bool = False


Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Line:
    """A line without mistakes. `values` has the columns of the file; an empty cell is None."""

    number: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Sheet:
    lines: list[Line] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    read: int = 0  #: how many lines of data, those with mistakes too
    broken: set[str] = field(default_factory=set)  #: codes of lines with mistakes: others may name them


def read(content: bytes, columns: Columns, needed: Sequence[str]) -> Sheet:
    """`needed`: columns that the file must have."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unusable(content[: error.start].count(b"\n") + 1, "not_utf8")
    rows = _rows(text)
    sheet = Sheet()
    try:
        _, heading = next(rows)
        names = [name.strip().lower() for name in heading]
        sheet.mistakes = list(_of_heading(names, columns, needed))
        if not sheet.mistakes:
            _read_lines(rows, names, columns, sheet)
    except StopIteration:
        return _unusable(1, "empty_file")
    except Unreadable as error:
        sheet.mistakes.append(Mistake(error.line, None, "unreadable_line"))
    if not sheet.read and not sheet.mistakes:
        return _unusable(1, "empty_file")
    return sheet


def _unusable(line: int, code: str) -> Sheet:
    return Sheet(mistakes=[Mistake(line, None, code)])


class Unreadable(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line that it begins on; empty ones are left out."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(begins) from None
        if any(cell.strip() for cell in row):
            yield begins, row


def _of_heading(names: Sequence[str], columns: Columns, needed: Sequence[str]) -> Iterator[Mistake]:
    for place, name in enumerate(names):
        if name not in columns:
            yield Mistake(1, None, "unknown_column", {"given": name[:60] or "?", "known": ", ".join(columns)})
        elif name in names[:place]:
            yield Mistake(1, name, "double_column", {"given": name})
    for name in needed:
        if name not in names:
            yield Mistake(1, name, "missing_column", {"missing": name})


def _read_lines(rows: Iterator[tuple[int, list[str]]], names: Sequence[str], columns: Columns, sheet: Sheet) -> None:
    for number, row in rows:
        sheet.read += 1
        if sheet.read > MOST_LINES:
            sheet.mistakes.append(Mistake(number, None, "too_many_lines", {"most": f"{MOST_LINES:,}"}))
            return
        if len(row) != len(names):
            found = {"found": str(len(row)), "expected": str(len(names))}
            sheet.mistakes.append(Mistake(number, None, "wrong_number_of_cells", found))
            continue
        wrong = len(sheet.mistakes)
        values = {name: _value(number, name, cell, columns[name], sheet) for name, cell in zip(names, row, strict=True)}
        if len(sheet.mistakes) == wrong:
            sheet.lines.append(Line(number, values))
        elif values.get("code") is not None:
            sheet.broken.add(values["code"])


def _value(number: int, name: str, cell: str, column: Column, sheet: Sheet) -> Any:
    text = cell.strip()
    if not text:
        if column.needed:
            sheet.mistakes.append(Mistake(number, name, "missing_value"))
        return None
    try:
        return column.convert(text)
    except ValueError:
        indonesian, english = column.expects
        values = {"expects_id": indonesian, "expects_en": english}
        sheet.mistakes.append(Mistake(number, name, "invalid_value", values))
        return None
