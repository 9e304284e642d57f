"""A list of what codes hang on, as people's spreadsheets have it, and what is wrong with its lines. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from shared.domain.folding import composed
from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE, REGION_PATTERN
from shared.domain.sheets.cells import word_of
from shared.domain.sheets.mistakes import SENTENCES, Mistake
from shared.domain.sheets.reading import Column, Columns, Line, Sheet
from shared.domain.wording import Wording

MOST_LINES = 2_000
NEEDED = ("label", "agency")


class QrMistake(Mistake):
    sentences: ClassVar[Mapping[str, Wording]] = MappingProxyType(
        {
            **SENTENCES,
            "no_such_agency": ("Tidak ada instansi {code} yang masih bertugas.", "No agency {code} is in service."),
            "not_your_agency": (
                "{code} bukan instansi Anda dan tidak berada di bawahnya.",
                "{code} is neither your agency nor below it.",
            ),
            "no_such_category": ("Tidak ada kategori {code} yang masih berlaku.", "No category {code} is in service."),
            "no_such_region": ("Tidak ada wilayah {code}.", "There is no region {code}."),
            "half_a_point": (
                "Isi lintang dan bujur bersama-sama, atau kosongkan keduanya.",
                "Give latitude and longitude together, or neither.",
            ),
        }
    )


def _text(most: int) -> Callable[[str], str]:
    def convert(said: str) -> str:
        text = composed(said.strip())
        if len(text) > most or "\x00" in text:
            raise ValueError("too long")
        return text

    return convert


def _matching(pattern: str) -> Callable[[str], str]:
    shape = re.compile(pattern, re.ASCII)

    def convert(said: str) -> str:
        text = said.strip()
        if len(text) > 64 or not shape.fullmatch(text):
            raise ValueError("another shape")
        return text

    return convert


def _degrees(lowest: float, highest: float) -> Callable[[str], float]:
    """With a comma, too, as spreadsheets here write it."""

    def convert(said: str) -> float:
        value = float(said.strip().replace(",", "."))
        if not lowest <= value <= highest:
            raise ValueError("not here")
        return value

    return convert


_CODE_EXPECTED: Wording = ("kode tanpa spasi, paling banyak 64 huruf", "a code without blanks, of at most 64 letters")
_CODE = _matching(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KINDS = {
    "agency": "agency", "instansi": "agency", "desk": "desk", "loket": "desk", "meja": "desk", "asset": "asset",
    "aset": "asset",
}  # fmt: skip
COLUMNS: Columns = MappingProxyType(
    {
        "label": Column(_text(200), ("teks, paling banyak 200 huruf", "a text of at most 200 letters"), needed=True,
                        names=("nama", "keterangan")),
        "agency": Column(_CODE, _CODE_EXPECTED, needed=True, names=("instansi", "kode instansi")),
        "reference": Column(_CODE, _CODE_EXPECTED, names=("nomor", "nomor aset", "kode aset")),
        "kind": Column(word_of(_KINDS), ("instansi, loket, atau aset", "agency, desk or asset"), names=("jenis",)),
        "place": Column(_text(500), ("teks, paling banyak 500 huruf", "a text of at most 500 letters"),
                        names=("tempat", "lokasi", "alamat")),
        "latitude": Column(_degrees(*LATITUDE_RANGE), ("lintang di Indonesia", "a latitude in Indonesia"),
                           names=("lintang", "lat")),
        "longitude": Column(_degrees(*LONGITUDE_RANGE), ("bujur di Indonesia", "a longitude in Indonesia"),
                            names=("bujur", "lon", "long")),
        "region": Column(_matching(REGION_PATTERN), ("kode wilayah seperti 64.72.03", "a region such as 64.72.03"),
                         names=("wilayah", "kode wilayah")),
        "category": Column(_CODE, _CODE_EXPECTED, names=("kategori", "kode kategori")),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NamedByLines:
    """What there is, of what the lines name."""

    agencies: frozenset[str]
    is_managed: Callable[[str], bool]
    categories: frozenset[str]
    regions: frozenset[str]
    references: frozenset[tuple[str, str]]


@dataclass(slots=True)
class Plan:
    mistakes: list[Mistake] = field(default_factory=list)
    new: list[Mapping[str, Any]] = field(default_factory=list)
    known: int = 0


def plan_of(sheet: Sheet, known: NamedByLines) -> Plan:
    """What the lines would make. A line whose reference has a code in use makes none."""
    plan = Plan(mistakes=list(sheet.mistakes))
    seen: dict[tuple[Any, Any], int] = {}
    for line in sheet.lines:
        values = {name: line.values.get(name) for name in COLUMNS}
        plan.mistakes += (found := list(_wrong(line, values, known)))
        named = (values["agency"], values["reference"])
        if values["reference"] is not None and (other := seen.setdefault(named, line.number)) != line.number:
            plan.mistakes.append(QrMistake(line.number, "reference", "double_line", {"other": str(other)}))
        elif values["reference"] is not None and named in known.references:
            plan.known += 1
        elif not found:
            plan.new.append(values)
    plan.mistakes.sort(key=lambda one: one.line)
    return plan


def _wrong(line: Line, values: Mapping[str, Any], known: NamedByLines) -> list[Mistake]:
    agency, found = values["agency"], []
    if not known.is_managed(agency):
        found.append(("agency", "not_your_agency"))
    elif agency not in known.agencies:
        found.append(("agency", "no_such_agency"))
    if values["category"] is not None and values["category"] not in known.categories:
        found.append(("category", "no_such_category"))
    if values["region"] is not None and values["region"] not in known.regions:
        found.append(("region", "no_such_region"))
    if (values["latitude"] is None) != (values["longitude"] is None):
        found.append(("latitude" if values["latitude"] is None else "longitude", "half_a_point"))
    return [QrMistake(line.number, column, code, {"code": str(values[column])}) for column, code in found]
