"""What is wrong with a line of a file, in Indonesian and English, in the words of the person who filled it in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from shared.domain.wording import Wording

SENTENCES: Mapping[str, Wording] = MappingProxyType(
    {
        # of the file
        "not_a_table": (
            "Berkas ini bukan tabel. Buka di Excel atau LibreOffice, lalu simpan sebagai XLSX atau CSV UTF-8.",
            "The file is not a table. Open it in Excel or LibreOffice and save it as XLSX or CSV UTF-8.",
        ),
        "broken_workbook": (
            "Buku kerja ini rusak atau dikunci kata sandi. Simpan ulang tanpa kata sandi sebagai XLSX atau CSV UTF-8.",
            "The workbook is damaged or locked by a password. Save it anew, without a password, as XLSX or CSV UTF-8.",
        ),
        "workbook_too_large": (
            "Buku kerja ini terlalu besar. Hapus lembar lain dan format sel kosong, atau simpan sebagai CSV UTF-8.",
            "The workbook is too large. Delete other sheets and the format of empty cells, or save it as CSV UTF-8.",
        ),
        "unreadable_line": (
            "Baris ini tidak dapat dibaca; periksa tanda kutipnya.",
            "The line cannot be read; check its quotes.",
        ),
        "empty_file": ("Berkas ini tidak berisi baris data.", "The file has no lines of data."),
        "too_many_lines": (
            "Berkas ini lebih dari {most} baris; bagilah berkasnya.",
            "The file has more than {most} lines; split it.",
        ),
        # of its heading
        "no_heading": (
            "Baris judul kolom tidak ditemukan. Salah satu dari sepuluh baris pertama harus memuat judul: {known}.",
            "There is no heading. One of the first ten lines must name the columns: {known}.",
        ),
        "unknown_column": (
            "Kolom {given} tidak dikenal. Hapus kolom itu, atau beri judul salah satu dari: {known}.",
            "There is no column {given}. Delete it, or name it one of: {known}.",
        ),
        "column_without_name": (
            "Kolom {given} berisi data tetapi tidak berjudul. Beri judul, atau hapus kolom itu.",
            "The column {given} has data and no heading. Name it, or delete it.",
        ),
        "double_column": (
            "Kolom {given} ada dua kali; hapus salah satunya.",
            "The column {given} is there twice; delete one of them.",
        ),
        "missing_column": ("Kolom {missing} tidak ada; tambahkan.", "The column {missing} is missing; add it."),
        # of a line
        "wrong_number_of_cells": (
            "Baris ini berisi {found} sel, sedangkan judulnya {expected}. Teks yang memuat pemisah harus diapit tanda "
            "kutip.",
            "The line has {found} cells, the heading {expected}. A text that holds the separator must stand in quotes.",
        ),
        "double_line": (
            "Baris ini tentang hal yang sama dengan baris {other}; hapus salah satunya.",
            "The line is about the same as line {other}; delete one of them.",
        ),
        # of a cell
        "missing_value": ("Kolom ini harus diisi.", "This column must be filled in."),
        "invalid_value": ("Kolom ini harus berupa {expects_id}.", "This column must be {expects_en}."),
    }
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """`line` counts as the spreadsheet does. `values` fill the sentence: codes and numbers, never a name or an address.

    A kind of file with mistakes of its own has a class of its own, with more sentences.
    """

    line: int
    column: str | None
    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    sentences: ClassVar[Mapping[str, Wording]] = SENTENCES

    @property
    def sentence(self) -> Wording:
        indonesian, english = self.sentences[self.code]
        return indonesian.format_map(self.values), english.format_map(self.values)

    @property
    def error(self) -> dict[str, str]:
        """As a problem tells it: the pointer is /<line>/<column>."""
        indonesian, english = self.sentence
        pointer = f"/{self.line}" + (f"/{self.column}" if self.column else "")
        return {"pointer": pointer, "message": english, "message_id": indonesian}
