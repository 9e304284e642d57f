"""One reader for every table: what spreadsheets write, and everything that is wrong in one round."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from shared.domain.sheets import cells
from shared.domain.sheets.reading import Column, Sheet, read_sheet

COLUMNS = {
    "code": Column(str, ("kode", "a code"), needed=True, names=("kode", "kode opd")),
    "name": Column(str, ("nama", "a name"), names=("nama", "nama opd")),
    "valid_from": Column(cells.day, cells.DAY_EXPECTED, names=("berlaku sejak",)),
    "active": Column(cells.yes_or_no, cells.YES_OR_NO_EXPECTED, names=("aktif",)),
}


def taken(content: bytes) -> Sheet:
    return read_sheet(content, COLUMNS, ("code",))


def values(sheet: Sheet) -> list[list[Any]]:
    assert sheet.mistakes == []
    return [list(line.values.values()) for line in sheet.lines]


def mistakes(sheet: Sheet) -> list[tuple[int, str | None, str]]:
    assert all("{" not in sentence for mistake in sheet.mistakes for sentence in mistake.sentence)
    return [(one.line, one.column, one.code) for one in sheet.mistakes]


def workbook(*rows: Sequence[Any], sheets: Sequence[str] = ()) -> bytes:
    book = Workbook()
    for title in sheets:
        book.create_sheet(title)
    page = book.worksheets[-1]
    for row in rows:
        page.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


HEADING, ROW = "kode;nama\r\n", "PPU-DLH;Dinas Lingkungan Hidup \u2013 Kebersihan\r\n"
EXPECTED = [["PPU-DLH", "Dinas Lingkungan Hidup \u2013 Kebersihan"]]


@pytest.mark.parametrize(
    "content",
    [
        (HEADING + ROW).encode(),
        (HEADING + ROW).encode("utf-8-sig"),
        (HEADING + ROW).encode("cp1252"),
        (HEADING + ROW).replace(";", "\t").encode("utf-16"),
        (HEADING + ROW).replace(";", "\t").encode("utf-16-le"),
        (HEADING + ROW).replace(";", "\t").encode("utf-16-be"),
        (HEADING + ROW).replace(";", ",").encode(),
        (HEADING + ROW).replace(";", "|").encode(),
        ("sep=;\r\n" + HEADING + ROW).encode("cp1252"),
        ('"sep=;"\r\n' + HEADING + ROW).encode(),
        ("Daftar perangkat daerah;\r\nTahun 2026;\r\n;\r\n" + HEADING + ROW).encode("cp1252"),
        (HEADING + ROW).upper().replace("DINAS LINGKUNGAN HIDUP \u2013 KEBERSIHAN", EXPECTED[0][1]).encode(),
        ("Kode OPD ;NAMA_OPD;;\r\n" + ROW.replace("\r\n", ";;\r\n") + ";;;\r\n").encode(),
        workbook(("kode", "nama"), EXPECTED[0]),
        workbook(("Daftar perangkat daerah",), (), ("Kode", "Nama OPD"), EXPECTED[0], sheets=("Data",)),
    ],
)
def test_what_spreadsheets_write_is_read(content: bytes) -> None:
    assert values(taken(content)) == EXPECTED


def test_lines_are_counted_as_the_spreadsheet_counts_them() -> None:
    text = 'sep=;\nDaftar;\nkode;nama\n;\nA;"Dua\nbaris"\n;tanpa kode\n'
    book = workbook(("Daftar",), (), ("kode", "nama"), ("A", "x"), (), ("", "tanpa kode"))

    assert [line.number for line in taken(text.encode()).lines] == [5]
    assert mistakes(taken(text.encode())) == [(7, "code", "missing_value")]
    assert [line.number for line in taken(book).lines] == [4]
    assert mistakes(taken(book)) == [(6, "code", "missing_value")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (1, None, "empty_file")),
        (b"\r\n;;\r\n", (1, None, "empty_file")),
        (b"kode;nama\r\n", (1, None, "empty_file")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", (1, None, "not_a_table")),
        (b"%PDF-1.7 kode;nama", (1, None, "not_a_table")),
        (b"kode;nama\nA;\x00\x00\x01\n", (2, None, "not_a_table")),
        (b"PK\x03\x04 no workbook", (1, None, "broken_workbook")),
        (b"warna;ukuran\nmerah;2\n", (1, None, "no_heading")),
        (b"kode;warna\nA;merah\n", (1, None, "unknown_column")),
        (b"kode;nama;nama opd\nA;B;C\n", (1, "name", "double_column")),
        (b"nama;aktif\nA;ya\n", (1, "code", "missing_column")),
        (b"kode;;nama\nA;stray;B\nC;stray;D\n", (2, None, "column_without_name")),
        (b"kode;nama\nA;B;C\n", (2, None, "wrong_number_of_cells")),
        (b"kode;nama\nA\n", (2, None, "wrong_number_of_cells")),
        (b'kode;nama\nA;"B\n', (2, None, "unreadable_line")),
        (b"kode;berlaku sejak\nA;31.04.2026\n", (2, "valid_from", "invalid_value")),
        (b"kode;berlaku sejak\nA;01/31/2026\n", (2, "valid_from", "invalid_value")),
        (b"kode;berlaku sejak\nA;1/1/26\n", (2, "valid_from", "invalid_value")),
        (b"kode;berlaku sejak\nA;1796860800\n", (2, "valid_from", "invalid_value")),
        (b"kode;aktif\nA;mungkin\n", (2, "active", "invalid_value")),
        (b"kode;nama\nA;" + b"x" * 1_000_001 + b"\n", (2, None, "unreadable_line")),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_where(content: bytes, expected: Any) -> None:
    assert mistakes(taken(content)) == [expected]


def test_a_file_of_too_many_lines_is_to_be_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.domain.sheets.reading.MOST_LINES", 3)

    assert mistakes(taken(b"kode\nA\nB\nC\n")) == []
    assert mistakes(taken(b"kode\nA\nB\nC\nD\n")) == [(5, None, "too_many_lines")]


def test_all_mistakes_come_in_one_round() -> None:
    content = "kode;nama;warna;aktif\nA;x;;mungkin\n;y;;ya\nB;z;merah;ya;lebih\nC;ok;;ya\n"

    sheet = taken(content.encode())

    assert mistakes(sheet) == [
        (1, None, "unknown_column"),
        (2, "active", "invalid_value"),
        (3, "code", "missing_value"),
        (4, None, "wrong_number_of_cells"),
    ]
    assert [line.number for line in sheet.lines] == [5]
    assert {number: said["code"] for number, said in sheet.broken.items()} == {2: "A", 3: None}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("31/01/2026", date(2026, 1, 31)),
        ("1-2-2026", date(2026, 2, 1)),
        ("01.02.2026", date(2026, 2, 1)),
        ("17 Agustus 2026", date(2026, 8, 17)),
    ],
)
def test_days_are_written_as_people_here_write_them(said: str, meant: date) -> None:
    assert values(taken(f"kode;berlaku sejak\nA;{said}\n".encode())) == [["A", meant]]


def test_cells_of_a_workbook_are_what_they_show() -> None:
    content = workbook(
        ("kode", "nama", "berlaku sejak", "aktif"),
        (64, 64.72, datetime(2026, 1, 31), True),  # noqa: DTZ001 (a workbook knows no zones)
        ("B", None, date(2026, 2, 1), "Tidak"),
        (64e3, datetime(2026, 1, 31, 8, 30), None, False),  # noqa: DTZ001
    )

    assert values(taken(content)) == [
        ["64", "64.72", date(2026, 1, 31), True],
        ["B", None, date(2026, 2, 1), False],
        ["64000", "2026-01-31T08:30:00", None, False],
    ]


def test_empty_cells_at_the_end_of_a_row_which_a_workbook_does_not_store_are_empty() -> None:
    content = workbook(("kode", "nama", "aktif"), ("A", "x"), ("B",), ("C", "z", "ya", ""))

    assert values(taken(content)) == [["A", "x", None], ["B", None, None], ["C", "z", True]]


def test_a_cell_in_the_last_corner_of_a_workbook_is_named_and_costs_nothing() -> None:
    book = Workbook()
    book.worksheets[0].append(["kode", "nama"])
    book.worksheets[0].append(["A", "B"])
    book.worksheets[0].cell(row=1_048_576, column=16_384, value="here")
    file = io.BytesIO()
    book.save(file)

    assert mistakes(read_sheet(file.getvalue(), COLUMNS, ("code",))) == [(1_048_576, None, "workbook_too_large")]


def test_a_workbook_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(("kode",), ("A",))
    monkeypatch.setattr("shared.domain.sheets.rows.MOST_WORKBOOK_BYTES", 100)

    assert mistakes(taken(content)) == [(1, None, "workbook_too_large")]


@pytest.mark.parametrize("text", ["=1+1", "+62 541 123", "-", "@a", "plain", "'quoted'", ""])
def test_what_is_guarded_for_a_spreadsheet_is_read_as_it_was(text: str) -> None:
    guarded = cells.guarded(text)

    assert not guarded.startswith(("=", "+", "-", "@"))
    assert cells.unguarded(guarded) == text
