"""What a decision says to people, in Indonesian and English. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from routing_service.decide import Doubt, Ground

Sentence = tuple[str, str]  # Indonesian, English

_EVERYWHERE: Sentence = ("mana pun", "anywhere")

GROUNDS: Mapping[Ground, Sentence] = MappingProxyType(
    {
        Ground.RULE: (
            "Aturan {rule}: kategori {category} di wilayah {region} ditangani instansi ini. {note}",
            "Rule {rule}: this agency answers the category {category} in the region {region}. {note}",
        ),
        Ground.NAMED_BY_REPORTER: (
            "Pelapor menujukan laporannya kepada {agency}.",
            "The reporter means it for {agency}.",
        ),
    }
)

DOUBTS: Mapping[Doubt, Sentence] = MappingProxyType(
    {
        Doubt.NO_CATEGORY: ("Laporan belum berkategori.", "The report has no category yet."),
        Doubt.NO_REGION: ("Wilayah laporan belum diketahui.", "The region of the report is not known."),
        Doubt.NO_RULE: (
            "Tidak ada aturan untuk kategori ini di wilayah ini.",
            "There is no rule for this category in this region.",
        ),
        Doubt.SEVERAL_AGENCIES: (
            "Aturan menyebut lebih dari satu instansi.",
            "The rules name more than one agency.",
        ),
        Doubt.REPORTER_NAMES_ANOTHER: (
            "Pelapor menyebut instansi yang lain daripada aturan.",
            "The reporter names another agency than the rules.",
        ),
        Doubt.OUT_OF_SERVICE: ("Instansi itu sudah tidak aktif.", "That agency is out of service."),
        Doubt.OUTSIDE_INSTANSI: (
            "Instansi itu di luar instansi yang memegang laporan.",
            "That agency is outside the instansi that holds the report.",
        ),
    }
)


def of_reason(data: Mapping[str, Any]) -> Sentence:
    """The sentence of a reason as it was stored."""
    indonesian, english = GROUNDS[Ground(data["code"])]
    region = data.get("region_prefix")
    values = dict(data) | {"note": data.get("note", "")}
    return (
        indonesian.format_map(values | {"region": region or _EVERYWHERE[0]}).strip(),
        english.format_map(values | {"region": region or _EVERYWHERE[1]}).strip(),
    )


def of_doubt(code: str) -> Sentence:
    return DOUBTS[Doubt(code)]
