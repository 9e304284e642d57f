"""What is wrong with a line of a file, in Indonesian and English. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Sentence = tuple[str, str]  # Indonesian, English

SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        # of the file
        "not_utf8": ("Berkas ini bukan teks UTF-8.", "The file is not UTF-8 text."),
        "unreadable_line": (
            "Baris ini tidak dapat dibaca sebagai CSV; periksa tanda kutipnya.",
            "The line cannot be read as CSV; check its quotes.",
        ),
        "empty_file": ("Berkas ini tidak berisi baris data.", "The file has no lines of data."),
        "too_many_lines": (
            "Berkas ini lebih dari {most} baris; bagilah berkasnya.",
            "The file has more than {most} lines; split it.",
        ),
        "unknown_column": (
            "Kolom {given} tidak dikenal; yang dikenal: {known}.",
            "There is no column {given}; there are: {known}.",
        ),
        "double_column": ("Kolom {given} ada dua kali.", "The column {given} is there twice."),
        "missing_column": ("Kolom {missing} tidak ada.", "The column {missing} is missing."),
        "wrong_number_of_cells": (
            "Baris ini berisi {found} sel, sedangkan judulnya {expected}.",
            "The line has {found} cells, the heading {expected}.",
        ),
        # of a cell
        "missing_value": ("Kolom ini harus diisi.", "This column must be filled in."),
        "invalid_value": ("Kolom ini harus berupa {expects_id}.", "This column must be {expects_en}."),
        "double_line": (
            "Baris ini sama dengan baris {other}; hapus salah satunya.",
            "The line says the same as line {other}; take one of them out.",
        ),
        "unknown_agency": ("Tidak ada instansi {code}.", "There is no agency {code}."),
        "unknown_category": ("Tidak ada kategori {code}.", "There is no category {code}."),
        "unknown_region": ("Tidak ada wilayah {code}.", "There is no region {code}."),
        "agency_cycle": (
            "{parent} adalah instansi ini sendiri atau berada di bawahnya.",
            "{parent} is this agency itself or below it.",
        ),
        "category_cycle": (
            "{parent} adalah kategori ini sendiri atau berada di bawahnya.",
            "{parent} is this category itself or below it.",
        ),
        "successor_cycle": (
            "{successor} adalah instansi ini sendiri atau berakhir di dalamnya.",
            "{successor} is this agency itself or ends in it.",
        ),
        "successor_needs_end": (
            "Instansi yang punya penerus harus punya hari terakhir.",
            "An agency that has a successor needs a last day.",
        ),
        "validity_reversed": (
            "Hari terakhir lebih awal daripada hari pertama.",
            "The last day lies before the first.",
        ),
        "agency_holds_reports": (
            "Koordinator instansi ini memegang laporan terbuka; pindahkan dahulu sebelum instansi ini diberi induk.",
            "The coordinator of this agency holds open reports; move them on before it gets a parent.",
        ),
        "role_is_national": (
            "Admin pusat tidak termasuk instansi mana pun; kosongkan kolom agency.",
            "A national administrator belongs to no agency; leave the column agency empty.",
        ),
        "role_needs_agency": ("Peran ini harus punya instansi.", "This role needs an agency."),
        "role_of_instansi": (
            "Hanya instansi induk yang punya peran ini; catat di {instansi}.",
            "Only an instansi has this role; register him with {instansi}.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """`values` fill the sentence: codes and numbers, never a name or an address."""

    line: int
    column: str | None
    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        indonesian, english = SENTENCES[self.code]
        return indonesian.format_map(self.values), english.format_map(self.values)
