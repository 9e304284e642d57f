"""The words of a text, and what they say about the names beside them: levels, streets, prepositions. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

READ_CHARACTERS = 4_000  #: of a text; what comes later is not looked at, so that the time stays bounded


class Depth(IntEnum):
    """The level of a region: how many parts its code has."""

    PROVINCE = 1
    REGENCY = 2
    DISTRICT = 3
    VILLAGE = 4


_DEPTHS = tuple(Depth)


def depth_of(code: str) -> Depth:
    return _DEPTHS[code.count(".")]


@dataclass(frozen=True, slots=True)
class LevelWord:
    """Such as "Kec.": the name after it is a district's."""

    depth: Depth
    city: bool | None = None  #: of a regency: whether it is a city

    def fits(self, code: str) -> bool:
        if depth_of(code) is not self.depth:
            return False
        return self.city is None or self.city == is_city(code)


def is_city(code: str) -> bool:
    """Cities are numbered from 71 on within their province."""
    return depth_of(code) is Depth.REGENCY and code[3:5] >= "71"


_VILLAGE, _DISTRICT, _PROVINCE = LevelWord(Depth.VILLAGE), LevelWord(Depth.DISTRICT), LevelWord(Depth.PROVINCE)
LEVEL_WORDS: Mapping[str, LevelWord] = MappingProxyType(
    dict.fromkeys(("kel", "kelurahan", "kelurhan", "lurah", "desa", "ds", "gampong", "nagari", "pekon"), _VILLAGE)
    | dict.fromkeys(("kec", "kecamatan", "kecamtan", "camat", "distrik"), _DISTRICT)
    | dict.fromkeys(("kab", "kabupaten", "pemkab"), LevelWord(Depth.REGENCY, city=False))
    | dict.fromkeys(("kota", "kotamadya", "kodya", "pemkot"), LevelWord(Depth.REGENCY, city=True))
    | dict.fromkeys(("prov", "provinsi", "propinsi", "prop"), _PROVINCE)
)
#: Between a level word and the name: "Kota Adm. Jakarta Selatan", "kelurahan di Sidodadi".
FILLERS = frozenset({"adm", "administrasi", "bernama"})
#: What follows is a street or a building called after a place, which may lie elsewhere.
STREET_WORDS = frozenset(
    {"jl", "jln", "jalan", "jlan", "gg", "gang", "lorong", "lr", "raya", "poros", "perempatan", "pertigaan", "simpang",
     "jembatan", "flyover", "tol", "arah", "menuju", "jurusan", "ke", "dari", "asal", "terminal", "stasiun", "bandara",
     "pelabuhan", "universitas", "univ", "bank", "toko", "pt", "cv", "warung", "hotel", "sate", "soto"}
)  # fmt: skip
STREET_REACH = 3  #: how many words after it may be its name
#: Behind a name they make it a street's or an estate's.
ESTATE_WORDS = frozenset(
    {"indah", "permai", "asri", "jaya", "tama", "utama", "madya", "harapan", "baru", "lor", "kidul", "kulon", "wetan",
     "barat", "timur", "utara", "selatan", "tengah", "dalam", "raya", "gang", "gg", "blok", "no", "nomor", "regency",
     "residence", "park", "city", "square", "plaza", "mall", "estate", "mulya", "mas", "sejahtera", "sari", "x"}
)  # fmt: skip
#: What follows is where it is.
PLACE_WORDS = frozenset({"di", "d", "daerah", "wilayah", "kawasan", "area", "sekitar", "warga", "lokasi", "berlokasi",
                         "tepatnya", "alamat", "domisili"})  # fmt: skip

_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        ("satu i", "dua ii", "tiga iii", "empat iv", "lima v", "enam vi", "tujuh vii", "delapan viii", "sembilan ix"), 1
    )
    for word in words.split()
}
_TOKEN = re.compile(r"[a-z0-9]+(?:['\u2019`][a-z]+)*")
_APOSTROPHES = re.compile(r"['\u2019`]")
_BREAK = re.compile(r"[,;:.!?()/|\n\t\"=]")
_HARD_BREAK = re.compile(r"[,;!?()|\n\"]")
# Texts that passed through spreadsheets have line breaks spelt out.
_SPELT_BREAK = re.compile(r"\\[nrt]")


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    apart: bool  #: a comma, a full stop or the like stands before it: no name goes across
    hard: bool  #: more than what may follow an abbreviation


def tokens(text: str) -> list[Token]:
    lowered = _SPELT_BREAK.sub("\n", text[:READ_CHARACTERS]).lower()
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(lowered):
        gap = lowered[end : match.start()]
        hard = not found or _HARD_BREAK.search(gap) is not None
        found.append(Token(_APOSTROPHES.sub("", match[0]), hard or _BREAK.search(gap) is not None, hard))
        end = match.end()
    return found


def numbered(word: str) -> str:
    """The same for "Ilir Barat II", "Ilir Barat Dua" and "Ilir Barat 2"."""
    return _NUMBERS.get(word, word)


def key_of(words: list[str]) -> str:
    """A name as it is looked up: "Jemur Wonosari" is also written "Jemurwonosari"."""
    return "".join([*words[:1], *map(numbered, words[1:])])


def words_of(name: str) -> list[str]:
    plain = name.lower().split()
    if name.isascii() and all(map(str.isalnum, plain)):  # nearly all names: a tenth of the time
        return plain
    return [token.word for token in tokens(name)]
