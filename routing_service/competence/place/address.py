"""What `lokal-id`'s address parser makes of a short piece of text. Pure.

It reads abbreviations, typing errors and postal codes, and takes everything for an address: of a complaint's whole
body it makes villages out of ordinary words, and takes 44 ms. So it is given location texts, and of a body only the
words around "Kel." or "Kec." whose name is none that is known; each cut to PASSAGE_CHARACTERS, as its time grows
with them (looking for typing errors: 1 ms for a word of which nothing is known).
"""

from lokal.wilayah import ParsedAlamat, parse_alamat

from routing_service.competence.place.reading import Finding, How

PASSAGE_CHARACTERS = 80
_LEVELS = ("provinsi", "kabupaten_kota", "kecamatan", "kelurahan_desa")
_CONFIDENCES = {"high": 0.85, "medium": 0.65}


def preload() -> None:
    """Load its data (2 s of CPU, 60 MiB) now rather than when the first text comes."""
    parse_alamat("Kelurahan Sidodadi, Samarinda Ulu")


def parse_address(text: str, *, scope: str = "", scope_name: str = "") -> Finding | None:
    """The region of an address. `scope`, `scope_name`: the regency that other evidence gives, which it is read in."""
    asked = text.strip()[-PASSAGE_CHARACTERS:]  # an address goes from the small to the large
    if scope_name and scope_name.lower() not in asked.lower():
        asked = f"{asked}, {scope_name}"
    parsed = parse_alamat(asked)
    confidence = _CONFIDENCES.get(parsed.confidence, 0.0)
    if not parsed.code or not confidence or not parsed.code.startswith(scope):
        return None
    named = _named(parsed)
    if parsed.code == scope or len(named) < (2 if parsed.code.count(".") > 1 else 1):
        return None
    return Finding(parsed.code, confidence, How.ADDRESS, named[-1])


def _named(parsed: ParsedAlamat) -> list[str]:
    """The names of the levels that were read from the text, the largest first."""
    return [
        region.name
        for level in _LEVELS
        if (region := getattr(parsed, level)) is not None and level not in parsed.inferred
    ]
