"""Whether two reports may be about the same thing: a score and its parts. Pure.

Every part lies between 0 and 1. What is not known of both reports says nothing: the weights of the other parts carry
the score then. docs/duplicates.md explains the figures.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from types import MappingProxyType

#: What each part counts for.
WEIGHTS: Mapping[str, float] = MappingProxyType({"words": 0.5, "distance": 0.25, "category": 0.15, "time": 0.1})
#: Below it nobody is bothered with a report.
LEAST_SCORE = 0.35
#: Two reports without a word in common are hardly about the same thing, however near they are.
LEAST_WORDS = 0.1

#: Half the part is gone at this distance, or after so many days.
HALF_DISTANCE_METRES = 300.0
HALF_DISTANCE_METRES_COARSE = 1_000.0  # where places of others are known to about a kilometre
HALF_TIME_DAYS = 30.0
#: How far around a place reports are looked at.
REACH_METRES = 2_000.0
METRES_PER_DEGREE = 111_320.0
#: Of texts with fewer telling words than these, one word in common says little.
FEWEST_WORDS = 4
#: How many words of a text are looked for, the rarest; any two of them make a candidate.
MOST_WORDS = 10
#: The share of all texts that may be candidates by their words: of commoner words even two tell nothing apart.
MOST_SHARE = 0.005
#: What is taken for the share of texts with a word of which nothing is known: it is rare.
_RARE = 0.001

#: The part of two places that are known by their regions only: by the last level that they share.
_BY_REGION = {13: 1.0, 8: 0.7, 5: 0.3, 2: 0.05}

#: Words that stand in any report, or in any text: they tell nothing apart.
_COMMON = """
    ada adalah agar akan akibat antara apa apakah asal atas atau bagaimana bagi bahwa baik banyak bapak barang baru
    beberapa belum bersama bisa boleh buat bukan cukup dalam dan dapat dari dekat demi dengan depan dia dikarenakan
    dimana dimohon dulu gak guna hal hanya harap hari harus hingga ibu ingin ini itu izin jadi jangan jika juga kah
    kali kalian kalau kami kamu karena kasih kata ke keluhan kembali kepada ketika kita lagi lah lain laporan lapor
    lebih maka mana masih mau melalui mereka merupakan mohon nama namun nya oleh orang pada para pas pasti pelapor
    perihal perlu pernah pihak pula punya pun saat saja salah sama sampai sangat satu saya sebab sebagai sebelum
    secara sedang segera sehingga sejak sekali sekarang sekitar selalu selama seluruh semua seperti sering serta
    sesuai setelah setiap siang siapa silakan sini situ sore suatu sudah supaya tapi telah tentang terhadap terima
    terjadi terlalu terus tersebut tetap tetapi tidak tolong tsb untuk waktu warga yaitu yakni yang
"""
COMMON = frozenset(_COMMON.split())
_WORD = re.compile(r"[^\W\d_]{3,40}")
_MASK = re.compile(r"\[[a-z ]+\]")


@dataclass(frozen=True, slots=True)
class Described:
    """What is compared of a report, or of a text that is none yet. `words` are stems."""

    words: frozenset[str]
    at: datetime
    latitude: float | None = None
    longitude: float | None = None
    region: str | None = None
    category: str | None = None
    category_above: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """None: not known of both."""

    words: float
    distance: float | None
    category: float | None
    time: float


def telling(text: str) -> list[str]:
    """The words of a text that may tell it apart, in their order, each once."""
    return list(dict.fromkeys(word for word in _WORD.findall(_MASK.sub(" ", text.lower())) if word not in COMMON))


def looked_for(title: Iterable[str], body: Iterable[str], shares: Mapping[str, float]) -> list[tuple[str, ...]]:
    """Which stems to look for together: pairs of rare ones, those of the title preferred, or a lone one.

    `shares`: of the common stems, the share of all texts that have them.
    """
    own = set(title)

    def rarity(stem: str) -> tuple[float, str]:
        return shares.get(stem, _RARE) * (0.5 if stem in own else 1.0), stem

    stems = sorted({*own, *body}, key=rarity)[:MOST_WORDS]
    together = [tuple(stems)] if len(stems) == 1 else list(combinations(stems, 2))
    found, share = [], 0.0
    for expected, some in sorted((math.prod(shares.get(stem, _RARE) for stem in some), some) for some in together):
        share += expected
        if share > MOST_SHARE:
            break
        found.append(some)
    return found


def parts(one: Described, other: Described, *, title_similarity: float, coarse: bool = False) -> Parts:
    """`title_similarity`: the share of trigrams that the titles have in common. `coarse`: the other's place is."""
    return Parts(
        words=_words(one.words, other.words, title_similarity),
        distance=_distance(one, other, HALF_DISTANCE_METRES_COARSE if coarse else HALF_DISTANCE_METRES),
        category=_category(one, other),
        time=0.5 ** (abs((one.at - other.at).total_seconds()) / 86_400 / HALF_TIME_DAYS),
    )


def score(found: Parts) -> float:
    known = {name: value for name in WEIGHTS if (value := getattr(found, name)) is not None}
    return float(sum(WEIGHTS[name] * value for name, value in known.items()) / sum(WEIGHTS[name] for name in known))


def is_similar(found: Parts) -> bool:
    return found.words >= LEAST_WORDS and score(found) >= LEAST_SCORE


def _words(one: frozenset[str], other: frozenset[str], title_similarity: float) -> float:
    """The share of the shorter text that stands in the other, and how alike the titles look."""
    shared = len(one & other) / max(min(len(one), len(other)), FEWEST_WORDS)
    return min(1.0, 0.7 * shared + 0.3 * title_similarity)


def _distance(one: Described, other: Described, half_metres: float) -> float | None:
    places = (one.latitude, one.longitude, other.latitude, other.longitude)
    if None not in places:
        return float(0.5 ** (metres(*places) / half_metres))  # type: ignore[arg-type]
    if one.region is None or other.region is None:
        return None
    return max((part for size, part in _BY_REGION.items() if _share(one.region, other.region, size)), default=0.0)


def _share(one: str, other: str, size: int) -> bool:
    return len(one) >= size and one[:size] == other[:size]


def metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """On a sphere."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((a - b) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(longitude - other_longitude) / 2) ** 2
    )
    return 2 * math.degrees(math.asin(math.sqrt(min(1.0, half)))) * METRES_PER_DEGREE


def _category(one: Described, other: Described) -> float | None:
    if one.category is None or other.category is None:
        return None
    if one.category == other.category:
        return 1.0
    near = {one.category, one.category_above} & {other.category, other.category_above} - {None}
    return 0.5 if near else 0.0
