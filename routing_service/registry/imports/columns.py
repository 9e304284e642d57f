"""The columns that each kind of file may have: the same rules as in the bodies of the API."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum, auto
from typing import Any

from pydantic import TypeAdapter

from routing_service.registry.agencies.schemas import AgencyKind, Day, Duties, Phone, ShortName, TimeZone, Website
from routing_service.registry.imports import words
from routing_service.registry.levels import AgencyLevel
from routing_service.registry.officers.schemas import OfficerName, Subject
from shared.domain.duties import DUTIES
from shared.domain.officers import OfficerRole
from shared.domain.sheets import cells
from shared.domain.sheets.cells import folded
from shared.domain.sheets.reading import Column, Columns
from shared.domain.wording import Language, Wording
from shared.http.wire import Code, EmailAddress, RegionCode, ShortText, Title


class ImportKind(StrEnum):
    AGENCIES = auto()
    OFFICERS = auto()
    CATEGORIES = auto()


def _as(shape: Any) -> Callable[[Any], Any]:
    return TypeAdapter(shape).validate_python


def _in_words(shape: Any, said: dict[str, str]) -> Callable[[str], Any]:
    """A code of `shape`, or a word for it."""
    code_of, as_shape = cells.word_of(said), _as(shape)
    return lambda text: as_shape(code_of(text))


_day_of: Callable[[date], date] = _as(Day)


def _day(text: str) -> date:
    return _day_of(cells.day(text))


_region_of: Callable[[str], str] = _as(RegionCode)


def _region(text: str) -> str:
    """Where a spreadsheet took the code for a number, its point has become a comma."""
    return _region_of(text.replace(",", "."))


_duties_of = TypeAdapter[list[str]](Duties)


def _duties(text: str) -> list[str]:
    """Codes, or the labels that `GET /v1/codes` shows, which have commas in them."""
    said: list[str] = []
    for part in re.split(r"[|;]", text.strip(" |,;")):
        label = words.DUTY_WORDS.get(folded(part))
        said += [label] if label is not None else re.split(r"[\s,]+", part.strip(" ,").lower())
    return _duties_of.validate_python(said)


_CODE: Wording = (
    "kode: huruf, angka, titik, garis bawah atau tanda hubung, paling banyak 64",
    "a code: letters, digits, dots, underscores or hyphens, at most 64",
)
_TITLE: Wording = ("teks paling banyak 200 huruf", "a text of at most 200 characters")
_EMAIL: Wording = (
    "satu alamat surel seperti nama@contoh.go.id",
    "one e-mail address such as name@example.go.id",
)
_ZONE: Wording = ("WIB, WITA atau WIT", "WIB, WITA or WIT (or Asia/Jakarta, Asia/Makassar, Asia/Jayapura)")

_PARENT = ("induk", "kode induk", "instansi induk")
_FROM = Column(_day, cells.DAY_EXPECTED, names=("berlaku sejak", "berlaku mulai", "mulai berlaku"))
_UNTIL = Column(_day, cells.DAY_EXPECTED, names=("berlaku sampai", "berlaku hingga", "hari terakhir"))
_ACTIVE = Column(cells.yes_or_no, cells.YES_OR_NO_EXPECTED, names=("aktif",))

AGENCIES: Columns = {
    "code": Column(_as(Code), _CODE, needed=True, names=("kode", "kode opd", "kode instansi")),
    "name": Column(
        _as(Title), _TITLE, needed=True, names=("nama", "nama opd", "nama instansi", "nama perangkat daerah")
    ),
    "short_name": Column(
        _as(ShortName),
        ("teks paling banyak 60 huruf", "a text of at most 60 characters"),
        names=("singkatan", "nama singkat"),
    ),
    "kind": Column(
        _in_words(AgencyKind, words.with_codes(AgencyKind, words.KINDS)),
        words.spoken(AgencyKind, words.KINDS),
        needed=True,
        names=("jenis", "jenis opd", "jenis instansi", "bentuk"),
    ),
    "level": Column(
        _in_words(AgencyLevel, words.with_codes(AgencyLevel, words.LEVELS)),
        words.spoken(AgencyLevel, words.LEVELS),
        names=("tingkat", "tingkatan"),
    ),
    "parent": Column(_as(Code), _CODE, names=_PARENT),
    "region": Column(
        _region,
        ("kode wilayah seperti 64.72", "the code of a region, such as 64.72"),
        names=("wilayah", "kode wilayah"),
    ),
    "time_zone": Column(
        _in_words(TimeZone, words.with_codes(words.ZONES.values(), words.ZONES)), _ZONE, names=("zona waktu", "zona")
    ),
    "duties": Column(
        _duties, (f"beberapa dari {', '.join(DUTIES)}", f"some of {', '.join(DUTIES)}"), names=("urusan", "tugas")
    ),
    "phone": Column(_as(Phone), ("nomor telepon", "a telephone number"), names=("telepon", "telp", "no telepon")),
    "email": Column(_as(EmailAddress), _EMAIL, names=("surel", "e mail", "alamat surel")),
    "address": Column(
        _as(ShortText), ("teks paling banyak 500 huruf", "a text of at most 500 characters"), names=("alamat",)
    ),
    "website": Column(
        _as(Website),
        ("alamat situs seperti https://contoh.go.id", "an address such as https://a.go.id"),
        names=("situs", "situs web", "laman"),
    ),
    "valid_from": _FROM,
    "valid_until": _UNTIL,
    "successor": Column(_as(Code), _CODE, names=("penerus", "pengganti")),
    "active": _ACTIVE,
    "own_verification": Column(
        cells.yes_or_no, cells.YES_OR_NO_EXPECTED, names=("verifikasi sendiri", "verifikasi mandiri")
    ),
    "automatic_assignment": Column(cells.yes_or_no, cells.YES_OR_NO_EXPECTED, names=("disposisi otomatis",)),
}

OFFICERS: Columns = {
    "agency": Column(_as(Code), _CODE, names=("instansi", "kode instansi", "opd", "kode opd")),
    "role": Column(
        _in_words(OfficerRole, words.with_codes(OfficerRole, words.ROLES)),
        words.spoken(OfficerRole, words.ROLES),
        needed=True,
        names=("peran", "jabatan"),
    ),
    "name": Column(
        _as(OfficerName),
        ("nama paling banyak 120 huruf", "a name of at most 120 characters"),
        needed=True,
        names=("nama", "nama lengkap", "nama pejabat"),
    ),
    "email": Column(_as(EmailAddress), _EMAIL, needed=True, names=("surel", "e mail", "alamat surel")),
    "language": Column(
        _in_words(Language, words.with_codes(Language, words.LANGUAGES)),
        words.spoken(Language, words.LANGUAGES),
        names=("bahasa",),
    ),
    "subject": Column(
        _as(Subject), ("teks paling banyak 200 huruf", "a text of at most 200 characters"), names=("subjek", "akun")
    ),
    "active": _ACTIVE,
}

CATEGORIES: Columns = {
    "code": Column(_as(Code), _CODE, needed=True, names=("kode", "kode kategori")),
    "parent": Column(_as(Code), _CODE, names=(*_PARENT, "kategori induk")),
    "label_id": Column(_as(Title), _TITLE, needed=True, names=("nama", "nama indonesia", "nama kategori")),
    "label_en": Column(_as(Title), _TITLE, needed=True, names=("nama inggris",)),
    "needs_evidence": Column(
        cells.yes_or_no, cells.YES_OR_NO_EXPECTED, names=("perlu bukti", "wajib bukti", "wajib lampiran")
    ),
    "valid_from": _FROM,
    "valid_until": _UNTIL,
    "active": _ACTIVE,
}

#: The columns, and those that a file must have.
OF_KIND: dict[ImportKind, tuple[Columns, tuple[str, ...]]] = {
    ImportKind.AGENCIES: (AGENCIES, ("code",)),
    ImportKind.OFFICERS: (OFFICERS, ("agency", "role", "email")),
    ImportKind.CATEGORIES: (CATEGORIES, ("code",)),
}
