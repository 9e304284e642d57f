"""Small made-up corpora that a model can be learned from in a moment."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path

from routing_service.competence.learning import kinds, texts, training
from routing_service.competence.learning.features import Reading
from routing_service.competence.learning.training import Example, Trained
from routing_service.registry.directory import Directory, Listed

FIRST = date(2026, 1, 5)
VILLAGES = ("64.72.01.1001", "64.72.01.1002", "64.72.02.1001")

#: What is stored beside a model, where a test does not care.
METRICS = {"held_back": 100, "top1": 0.8, "coverage": 0.4, "precision": 0.96, "wanted": 0.95, "threshold": 0.9}
TRAINED_ON = {
    "reports": 500,
    "returned": 3,
    "agencies": 5,
    "classes": 4,
    "first": "2026-01-01T00:00:00+00:00",
    "last": "2026-02-01T00:00:00+00:00",
}

_MATTERS = {
    "PU": ("jalan rusak", "lubang di aspal", "jembatan retak", "trotoar pecah"),
    "DLH": ("sampah menumpuk", "sungai berbau", "truk sampah terlambat", "limbah dibuang"),
    "DISHUB": ("lampu jalan padam", "parkir liar", "angkot mogok", "rambu hilang"),
    "LURAH": ("surat pengantar lama", "kantor lurah tutup", "ketua rt memungut iuran", "cap rw tidak ada"),
}
_ENDINGS = (
    "sejak minggu lalu",
    "di dekat pasar",
    "tolong diperiksa",
    "sudah dua kali saya lapor",
    "anak sekolah lewat sini",
    "mohon segera",
    "warga mengeluh",
    "setiap hari begini",
)


def directory() -> Directory:
    """Three agencies of a city, and an office for each of three villages."""
    city = Listed("KOTA", "Kota", "city", "regency_city", None, "64.72")
    agencies = [Listed(code, code, "dinas", "agency", "KOTA", "64.72") for code in ("PU", "DLH", "DISHUB")]
    offices = [Listed(office(village), "Kelurahan", "village", "village", "KOTA", village) for village in VILLAGES]
    return Directory(1, {one.code: one for one in (city, *agencies, *offices)})


def office(village: str) -> str:
    return f"LURAH-{village}"


def examples() -> list[Example]:
    """128 reports, four a day."""
    found = []
    for number, (ending, matter, agency) in enumerate(product(_ENDINGS, range(4), _MATTERS)):
        village = VILLAGES[number % len(VILLAGES)]
        code = office(village) if agency == "LURAH" else agency
        text = texts.normal(f"{_MATTERS[agency][matter]} {ending}")
        day = FIRST + timedelta(days=number // 4)
        found.append(Example(Reading(text), kinds.class_of(code, directory()), day))
    return found


@cache
def trained() -> Trained:
    return training.train(examples(), wanted=0.9)


def written(folder: Path, rows: Sequence[str], *, head: str = "text,district,village,agency,received_at") -> Path:
    file = folder / "reports.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return file


def rows() -> list[str]:
    """The same reports as lines of a file."""
    names = dict(zip(VILLAGES, ("Mekar Jaya", "Sumber Rejo", "Tanjung Baru"), strict=True))
    found = []
    for number, one in enumerate(examples()):
        place = names[VILLAGES[number % len(VILLAGES)]]
        agency = f"Kelurahan {place}" if one.label.startswith(kinds.MARK) else f"Dinas {one.label}"
        found.append(f"{one.reading.text},Kota Lama,{place},{agency},{one.received_on}T01:00:00Z")
    return found
