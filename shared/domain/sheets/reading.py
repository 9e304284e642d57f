"""A file as lines of checked values, and everything that is wrong with it in one round. Pure.

The heading is looked for in the first ten rows, since people put titles above it. It names columns in any order and any
case, in Indonesian or English.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.sheets import rows as of_file
from shared.domain.sheets.cells import folded, unguarded
from shared.domain.sheets.mistakes import Mistake
from shared.domain.sheets.rows import NumberedRow, UnreadableSheet
from shared.domain.wording import Wording

MOST_LINES = 200_000
HEADING_WITHIN = 10  # rows


@dataclass(frozen=True, slots=True)
class Column:
    """`convert` raises ValueError; `needed`: no line may leave it empty, if the column is there at all.

    `names`: what else people call it, as `folded` spells it.
    """

    convert: Callable[[str], Any]
    expects: Wording
    needed: bool = False
    names: tuple[str, ...] = ()


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
    columns: tuple[str, ...] = ()  #: those that the file has
    misnamed: bool = False  #: the heading has mistakes: what seems to be missing may stand under another name
    broken: dict[int, Mapping[str, Any]] = field(
        default_factory=dict
    )  #: by line: what could be read of those with mistakes


@dataclass(frozen=True, slots=True)
class _Heading:
    number: int
    cells: tuple[str, ...]
    names: tuple[str | None, ...]  #: of the columns, None where one is not known


def read_sheet(
    content: bytes,
    columns: Columns,
    needed: Sequence[str],
    *,
    passing_over_others: bool = False,
    most_lines: int | None = None,
) -> Sheet:
    """`needed`: columns that the file must have. `passing_over_others`: it may have any others beside them."""
    try:
        heading, rows = _opened(content, columns)
    except UnreadableSheet as error:
        return Sheet(mistakes=[Mistake(error.line, None, error.code)])
    if heading is None:
        return Sheet(mistakes=[Mistake(1, None, "empty_file")])
    sheet = Sheet(columns=tuple(name for name in heading.names if name is not None))
    if not sheet.columns:
        sheet.mistakes.append(Mistake(heading.number, None, "no_heading", {"known": known_names(columns)}))
        return sheet
    sheet.mistakes += _of_heading(heading, columns, needed, passing_over_others=passing_over_others)
    sheet.misnamed = bool(sheet.mistakes)
    try:
        _read_lines(heading, rows, columns, sheet, most_lines or MOST_LINES)
    except UnreadableSheet as error:
        sheet.mistakes.append(Mistake(error.line, None, error.code))
    if not set(needed) <= set(sheet.columns):  # no line is whole
        sheet.broken |= {line.number: line.values for line in sheet.lines}
        sheet.lines.clear()
    if not sheet.read and not sheet.mistakes:
        sheet.mistakes.append(Mistake(heading.number, None, "empty_file"))
    return sheet


def known_names(columns: Columns) -> str:
    return ", ".join(f"{name} ({column.names[0]})" if column.names else name for name, column in columns.items())


def _opened(content: bytes, columns: Columns) -> tuple[_Heading | None, Iterator[NumberedRow]]:
    """The way of reading, and the row, that knows most columns; of equal ones the first. Raises Unreadable."""
    by_name = {folded(said): name for name, column in columns.items() for said in (name, *column.names)}
    best: tuple[int, _Heading, Iterator[NumberedRow]] | None = None
    refused: UnreadableSheet | None = None
    for rows in of_file.candidates(content):
        beginning: list[NumberedRow] = []
        try:
            beginning += itertools.islice(rows, HEADING_WITHIN)
        except UnreadableSheet as error:
            refused = refused or error
            rows = _raising(error)
        for place, (number, cells) in enumerate(beginning):
            heading = _heading(number, cells, by_name)
            known = sum(name is not None for name in heading.names)
            if best is None or known > best[0]:
                best = known, heading, itertools.chain(beginning[place + 1 :], rows)
    if best is None and refused is not None:
        raise refused
    return (None, iter(())) if best is None else (best[1], best[2])


def _raising(error: UnreadableSheet) -> Iterator[NumberedRow]:
    yield from ()
    raise error


def _heading(number: int, cells: Sequence[str], by_name: Mapping[str, str]) -> _Heading:
    cells = of_file.trimmed([cell.strip() for cell in cells], 0)
    return _Heading(number, tuple(cells), tuple(by_name.get(folded(cell)) for cell in cells))


def _of_heading(
    heading: _Heading, columns: Columns, needed: Sequence[str], *, passing_over_others: bool
) -> Iterator[Mistake]:
    for place, (cell, name) in enumerate(zip(heading.cells, heading.names, strict=True)):
        if name is None and cell and not passing_over_others:
            said = {"given": cell[:60], "known": known_names(columns)}
            yield Mistake(heading.number, None, "unknown_column", said)
        elif name is not None and name in heading.names[:place]:
            yield Mistake(heading.number, name, "double_column", {"given": name})
    for name in needed:
        if name not in heading.names:
            yield Mistake(heading.number, name, "missing_column", {"missing": name})


def _read_lines(heading: _Heading, rows: Iterable[NumberedRow], columns: Columns, sheet: Sheet, most: int) -> None:
    nameless = {place for place, cell in enumerate(heading.cells) if not cell}
    for number, cells in rows:
        sheet.read += 1
        if sheet.read > most:
            sheet.mistakes.append(Mistake(number, None, "too_many_lines", {"most": f"{most:,}"}))
            return
        row = of_file.trimmed(cells, len(heading.cells))
        if len(row) != len(heading.cells):
            found = {"found": str(len(row)), "expected": str(len(heading.cells))}
            sheet.mistakes.append(Mistake(number, None, "wrong_number_of_cells", found))
            continue
        for place in sorted(nameless):
            if row[place].strip():
                sheet.mistakes.append(Mistake(number, None, "column_without_name", {"given": of_file.letters(place)}))
                nameless.discard(place)  # once is enough
        _read_line(number, heading, row, columns, sheet)


def _read_line(number: int, heading: _Heading, row: Sequence[str], columns: Columns, sheet: Sheet) -> None:
    wrong = len(sheet.mistakes)
    values = {
        name: _value(number, name, cell, columns[name], sheet)
        for name, cell in zip(heading.names, row, strict=True)
        if name is not None
    }
    if len(sheet.mistakes) == wrong:
        sheet.lines.append(Line(number, values))
    else:
        sheet.broken[number] = values


def _value(number: int, name: str, cell: str, column: Column, sheet: Sheet) -> Any:
    text = unguarded(cell.strip())
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
