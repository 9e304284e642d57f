"""How the words of a rule are found in what a reporter wrote. Pure; documented for people in docs/rules.md.

Upper and lower case, accents and punctuation do not count. A word of a rule finds itself and whatever becomes it when
Indonesian affixes are taken away: `rusak` finds rusaknya, kerusakan, dirusakkan, merusak; `tambal` finds menambal. It
does not work the other way round: `kerusakan` does not find rusak. A phrase finds its words one right after the other.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

Phrase = tuple[str, ...]
Found = Mapping[str, frozenset[int]]  #: words of rules, and where they stand

SHORTEST_ROOT = 3  #: letters that must be left when an affix is taken away

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = (("lah", "kah", "pun"), ("nya", "ku", "mu"), ("kan", "an", "i"))  # in this order, one of each
# A prefix, and the letter of the root that it swallows: men+tambal is menambal.
_PREFIXES = (
    ("meng", ""), ("meng", "k"), ("meny", "s"), ("men", ""), ("men", "t"), ("mem", ""), ("mem", "p"), ("me", ""),
    ("peng", ""), ("peng", "k"), ("peny", "s"), ("pen", ""), ("pen", "t"), ("pem", ""), ("pem", "p"), ("pe", ""),
    ("di", ""), ("ke", ""), ("se", ""), ("ber", ""), ("ber", "r"), ("ter", ""), ("ter", "r"), ("per", ""), ("per", "r"),
)  # fmt: skip
_INNER_PREFIXES = tuple(one for one in _PREFIXES if one[0] in ("per", "ber", "ter"))  # di+per+baik+i


def phrase(text: str) -> Phrase:
    """The words of a text, as they are compared."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return tuple(_WORD.findall(plain))


def find_words(texts: Iterable[str], vocabulary: frozenset[str]) -> Found:
    """Where the words of the vocabulary stand; a phrase never reaches from one text into the next."""
    found: dict[str, set[int]] = {}
    place = 0
    for text in texts:
        for word in phrase(text):
            if not vocabulary.isdisjoint(known := forms(word)):  # hardly ever, and so asked first
                for form in vocabulary & known:
                    found.setdefault(form, set()).add(place)
            place += 1
        place += 1  # the gap between two texts
    return {word: frozenset(places) for word, places in found.items()}


def says(found: Found, wanted: Phrase) -> bool:
    first = found.get(wanted[0], frozenset())
    if len(wanted) == 1:
        return bool(first)
    rest = [found.get(word, frozenset()) for word in wanted[1:]]
    return any(all(start + step in places for step, places in enumerate(rest, start=1)) for start in first)


def contains(whole: Phrase, part: Phrase) -> bool:
    """Whether every text with the whole phrase also has the part."""
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """The word and whatever is left of it without affixes."""
    return frozenset(root for stem in _without_endings(word) for root in _without_prefixes(stem))


def _without_endings(word: str) -> set[str]:
    stems = {word}
    for endings in _ENDINGS:
        stems |= {
            stem.removesuffix(ending)
            for stem in tuple(stems)
            for ending in endings
            if stem.endswith(ending) and len(stem) - len(ending) >= SHORTEST_ROOT
        }
    return stems


def _without_prefixes(stem: str) -> Iterator[str]:
    yield stem
    for root in _roots(stem, _PREFIXES):
        yield root
        yield from _roots(root, _INNER_PREFIXES)


def _roots(stem: str, prefixes: Iterable[tuple[str, str]]) -> Iterator[str]:
    for prefix, swallowed in prefixes:
        if stem.startswith(prefix) and len(stem) - len(prefix) + len(swallowed) >= SHORTEST_ROOT:
            yield swallowed + stem.removeprefix(prefix)
