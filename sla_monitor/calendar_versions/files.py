"""Amendments of a draft's days off as a file: CSV or XLSX, as spreadsheets write it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from shared.domain.sheets import cells, reading
from shared.domain.sheets.reading import Column, Line
from shared.http import field_errors
from sla_monitor.calendar_versions.days import DaysInvalid
from sla_monitor.calendar_versions.schemas import DayChanges, DayOff, DayReference
from sla_monitor.calendars import DayKind

MOST_DAYS = 2_000

_ACTIONS = {"add": "add", "tambah": "add", "remove": "remove", "hapus": "remove"}
_KINDS = {
    "holiday": DayKind.HOLIDAY,
    "libur nasional": DayKind.HOLIDAY,
    "hari libur nasional": DayKind.HOLIDAY,
    "cuti bersama": DayKind.CUTI_BERSAMA,
    "regional": DayKind.REGIONAL,
    "libur daerah": DayKind.REGIONAL,
    "daerah": DayKind.REGIONAL,
}
_NAME = ("teks paling banyak 500 huruf", "a text of at most 500 characters")
COLUMNS = {
    "date": Column(cells.day, cells.DAY_EXPECTED, needed=True, names=("tanggal", "hari")),
    "kind": Column(
        cells.word_of(_KINDS),
        (
            "salah satu dari holiday (libur nasional), cuti_bersama (cuti bersama), regional (libur daerah)",
            "one of holiday, cuti_bersama, regional",
        ),
        needed=True,
        names=("jenis",),
    ),
    "province": Column(
        str,
        (
            "kode provinsi (64) atau kabupaten/kota (64.09)",
            "the code of a province (64), or of a regency or city (64.09)",
        ),
        names=("provinsi", "wilayah", "kode wilayah", "kode provinsi", "kabupaten/kota", "kabupaten", "kota", "daerah"),
    ),
    "name_id": Column(str, _NAME, names=("nama", "keterangan", "nama indonesia")),
    "name_en": Column(str, _NAME, names=("nama inggris",)),
    "action": Column(
        cells.word_of(_ACTIONS), ("add (tambah) atau remove (hapus)", "add or remove"), names=("tindakan", "aksi")
    ),
}


def read_days(content: bytes) -> tuple[DayChanges, dict[int, str]]:
    """The changes that a file describes, and on which line each stands. Raises DaysInvalid with every mistake at once.

    Without an action a day is added. A day without an English name has the Indonesian one in both languages.
    """
    sheet = reading.read_sheet(content, COLUMNS, ("date", "kind"), most_lines=MOST_DAYS)
    add: list[DayOff] = []
    remove: list[DayReference] = []
    places: dict[int, str] = {}
    errors = [mistake.error for mistake in sheet.mistakes]
    for line in sheet.lines:
        try:
            day = _day(line)
        except ValidationError as error:
            errors += [_of_field(line, one) for one in error.errors()]
            continue
        places[id(day)] = f"/{line.number}"
        if isinstance(day, DayOff):
            add.append(day)
        else:
            remove.append(day)
    if errors:
        raise DaysInvalid(errors)
    return DayChanges.model_construct(add=add, remove=remove), places


def _day(line: Line) -> DayOff | DayReference:
    said: Mapping[str, Any] = line.values
    reference = {"date": said["date"], "kind": said["kind"], "province": said.get("province")}
    if said.get("action") == "remove":
        return DayReference.model_validate(reference)
    name = {"id": said.get("name_id") or "", "en": said.get("name_en") or said.get("name_id") or ""}
    return DayOff.model_validate({**reference, "name": name})


def _of_field(line: Line, error: Any) -> dict[str, str]:
    location: Sequence[int | str] = error["loc"]
    return {"pointer": f"/{line.number}/{'_'.join(str(part) for part in location)}", **field_errors.told(error)}
