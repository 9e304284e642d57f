"""A document as CSV, XLSX or PDF. No I/O but memory; a PDF takes half a second of a processor."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from enum import StrEnum, auto
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typst
import xlsxwriter

from shared.domain.sheets.cells import guarded
from sla_monitor.exports.documents import Cell, CellKind, Document

_TEMPLATE = (Path(__file__).parents[1] / "data" / "exports" / "document.typ").read_bytes()
WIDTHS = {CellKind.TEXT: 26, CellKind.COUNT: 14, CellKind.SHARE: 14, CellKind.NUMBER: 14}
_FORMATS = {CellKind.TEXT: "@", CellKind.COUNT: "#,##0", CellKind.SHARE: "0.0%", CellKind.NUMBER: "0.00"}


class ExportFormat(StrEnum):
    CSV = auto()
    XLSX = auto()
    PDF = auto()


class Unprintable(Exception):
    """Typst made no page of a document."""


MEDIA_TYPES: Mapping[ExportFormat, str] = MappingProxyType(
    {
        ExportFormat.CSV: "text/csv; charset=utf-8",
        ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat.PDF: "application/pdf",
    }
)


def as_file(document: Document, wanted: ExportFormat) -> bytes:
    return _WRITERS[wanted](document)


def as_csv(document: Document) -> bytes:
    """Semicolons and a BOM, as Excel in Indonesian reads it at once; numbers with a comma. No cell is a formula."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    lines.writerow([guarded(column.title) for column in document.columns])
    for row in document.rows:
        lines.writerow([_plain(cell, column.kind) for cell, column in zip(row, document.columns, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(cell: Cell, kind: CellKind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    if kind is CellKind.COUNT:
        return str(round(cell))
    return f"{cell:.4f}".replace(".", ",")


def as_xlsx(document: Document) -> bytes:
    """Text stays text, whatever it begins with."""
    out = io.BytesIO()
    nothing = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, **nothing}) as book:
        sheet = book.add_worksheet(document.title[:31])
        heading, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        sheet.write_string(0, 0, document.title, heading)
        for number, line in enumerate(document.lines, 1):
            sheet.write_string(number, 0, line)
        top = len(document.lines) + 2
        for place, column in enumerate(document.columns):
            sheet.write_string(top, place, column.title, bold)
            sheet.set_column(place, place, WIDTHS[column.kind])
        for number, row in enumerate(document.rows, top + 1):
            for place, (cell, column) in enumerate(zip(row, document.columns, strict=True)):
                _put(sheet, (number, place), cell, formats[column.kind])
        below = top + len(document.rows) + 2
        for number, note in enumerate(document.notes if document.rows else (document.empty, *document.notes), below):
            sheet.write_string(number, 0, note)
        sheet.freeze_panes(top + 1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return out.getvalue()


def _put(sheet: Any, place: tuple[int, int], cell: Cell, how: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(*place, cell, how)
    elif cell is not None:
        sheet.write_number(*place, cell, how)


def as_pdf(document: Document) -> bytes:
    """A4 across, by Typst. Words are handed over as data, so that none is read as markup. Raises Unprintable."""
    shown = {
        "title": document.title,
        "lines": list(document.lines),
        "columns": [{"title": one.title, "right": one.kind is not CellKind.TEXT} for one in document.columns],
        "rows": [
            [_shown(cell, column.kind) for cell, column in zip(row, document.columns, strict=True)]
            for row in document.rows
        ],
        "notes": list(document.notes),
        "empty": document.empty,
        "plots": [
            {"title": one.title, "bars": [dict(zip(("name", "part", "colour"), bar, strict=True)) for bar in one.bars]}
            for one in document.plots
        ],
    }  # fmt: skip
    try:
        made = typst.compile(_TEMPLATE, format="pdf", sys_inputs={"document": json.dumps(shown)})
    except typst.TypstError as error:
        raise Unprintable from error
    if not isinstance(made, bytes):
        raise Unprintable
    return made


def _shown(cell: Cell, kind: CellKind) -> str:
    """As Indonesians write numbers."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    text = {
        CellKind.COUNT: f"{cell:,.0f}", CellKind.SHARE: f"{100 * cell:,.1f} %", CellKind.NUMBER: f"{cell:,.2f}",
        CellKind.TEXT: str(cell),
    }[kind]  # fmt: skip
    return text.translate(str.maketrans(",.", ".,"))


_WRITERS: Mapping[ExportFormat, Callable[[Document], bytes]] = MappingProxyType(
    {ExportFormat.CSV: as_csv, ExportFormat.XLSX: as_xlsx, ExportFormat.PDF: as_pdf}
)
