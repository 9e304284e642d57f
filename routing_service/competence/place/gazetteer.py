"""The names of all regions, and where a text has them. Pure, and immutable, so that threads may share it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing_service.competence.place.ordinary import COMMON
from routing_service.competence.place.words import (
    ESTATE_WORDS,
    FILLERS,
    LEVEL_WORDS,
    PLACE_WORDS,
    STREET_REACH,
    STREET_WORDS,
    Depth,
    LevelWord,
    Token,
    depth_of,
    key_of,
    numbered,
    words_of,
)

# What people write for provinces, regencies and cities. General knowledge.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "11": ("nad", "nanggroe aceh darussalam"), "12": ("sumut",), "13": ("sumbar",), "16": ("sumsel",),
    "19": ("babel", "bangka belitung"), "21": ("kepri",), "31": ("dki", "jakarta"), "32": ("jabar",),
    "33": ("jateng",), "34": ("diy", "yogyakarta"), "35": ("jatim",), "52": ("ntb",), "53": ("ntt",),
    "61": ("kalbar",), "62": ("kalteng",), "63": ("kalsel",), "64": ("kaltim",), "65": ("kaltara",),
    "71": ("sulut",), "72": ("sulteng",), "73": ("sulsel",), "74": ("sultra",), "76": ("sulbar",), "82": ("malut",),
    "31.71": ("jakpus",), "31.72": ("jakut",), "31.73": ("jakbar",), "31.74": ("jaksel",), "31.75": ("jaktim",),
    "34.71": ("jogja", "yogya", "jogjakarta"), "35.78": ("sby", "suroboyo"),
    "36.74": ("tangsel",), "64.02": ("kukar",), "64.07": ("kubar", "sendawar"), "64.08": ("kutim",),
    "64.09": ("ppu",), "64.11": ("mahulu",),
}  # fmt: skip
#: "Sangatta Utara" and "Sangatta Selatan" make "Sangatta" a name of what they lie in.
_QUARTERS = frozenset(
    {"utara", "selatan", "timur", "barat", "tengah", "pusat", "kota", "hulu", "hilir", "ulu", "ilir", "seberang",
     "laut", "darat", "1", "2", "3", "4"}
)  # fmt: skip
_SHORTEST_TYPO = 5  #: letters; one letter makes another name of a shorter one
_UNREAD_WORDS = 8
_LONGEST = 5  #: words of a name that is looked for
_REGENCY_WORDS = (["kota", "administrasi"], ["kabupaten", "administrasi"], ["kota"], ["kabupaten"])


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a text that are a region's name, or several regions'."""

    start: int
    end: int
    name: str  #: as it was looked up
    codes: Sequence[str]
    level_word: LevelWord | None  #: stands before it
    on_street: bool  #: may be what a street, an estate or a building is called after
    placed: bool  #: "di", "daerah" before it

    @property
    def length(self) -> int:
        return self.end - self.start


class Gazetteer:
    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names`: (code, name) of every region."""
        self._names = dict(names)
        self._index = _index(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, code: str) -> bool:
        return code in self._names

    def name(self, code: str) -> str:
        return self._names.get(code, code)

    def path(self, code: str) -> str:
        """The region and those around it: "Sangatta Utara, Kabupaten Kutai Timur, Kalimantan Timur"."""
        parts = code.split(".")
        return ", ".join(self.name(".".join(parts[:count])) for count in range(len(parts), 0, -1))

    def named(self, name: str, *, inside: str = "", depth: Depth | None = None) -> Sequence[str]:
        """The regions of this name, and of this level, in a region."""
        found = self._index.get(key_of(words_of(name)), ())
        return [code for code in found if code.startswith(inside) and depth in (None, depth_of(code))]

    def mentions(self, tokens: Sequence[Token]) -> list[Mention]:
        """All names in the text, those too that lie in one another."""
        found: list[Mention] = []
        street_until = 0
        for start, token in enumerate(tokens):
            word = token.word
            if word in STREET_WORDS:
                street_until = start + 1 + STREET_REACH
            elif token.hard or word in LEVEL_WORDS or word in PLACE_WORDS:
                street_until = 0
            if word in COMMON:
                continue
            found += self._from(tokens, start, on_street=start < street_until)
        return found

    def _from(self, tokens: Sequence[Token], start: int, *, on_street: bool) -> Iterator[Mention]:
        level_word = _level_word_before(tokens, start)
        for end, key in _keys(tokens, start):
            codes: Sequence[str] = self._index.get(key, ())
            if level_word is not None:
                codes = [code for code in codes if level_word.fits(code)]
            if codes:
                street = on_street or (level_word is None and _goes_on(tokens, end))
                yield Mention(start, end, key, codes, level_word, street, _placed(tokens, start))


def _keys(tokens: Sequence[Token], start: int) -> Iterable[tuple[int, str]]:
    """Where a name that begins here may end, and what it is looked up by; as `key_of` makes it."""
    key = tokens[start].word
    yield start + 1, key
    for end in range(start + 1, min(start + _LONGEST, len(tokens))):
        if tokens[end].apart:
            return
        key += numbered(tokens[end].word)
        yield end + 1, key


def _level_word_before(tokens: Sequence[Token], start: int) -> LevelWord | None:
    """Right before it: "Kec. Palaran", "Kel : Sidodadi", "Kota Adm. Jakarta Selatan"."""
    at = start
    while at > 0 and not tokens[at].hard:
        at -= 1
        if tokens[at].word in LEVEL_WORDS:
            return LEVEL_WORDS[tokens[at].word]
        if tokens[at].word not in FILLERS:
            return None
    return None


def unread(tokens: Sequence[Token], mentions: Sequence[Mention]) -> str | None:
    """The words around the first "Kel." or "Kec." whose name is none that is known: perhaps a typing error."""
    read = {mention.start for mention in mentions if mention.level_word is not None}
    for at in range(1, len(tokens)):
        level_word = LEVEL_WORDS.get(tokens[at - 1].word)
        if level_word is None or level_word.depth < Depth.DISTRICT or at in read:
            continue
        word = tokens[at].word
        if tokens[at].hard or word in COMMON or word in LEVEL_WORDS or len(word) < _SHORTEST_TYPO or not word.isalpha():
            continue
        around = tokens[at - 1 : at + _UNREAD_WORDS]
        return "".join((", " if one.apart and index > 1 else " ") + one.word for index, one in enumerate(around))
    return None


def _goes_on(tokens: Sequence[Token], end: int) -> bool:
    """A street or an estate: "Ngagel Jaya Selatan", "Dukuh Kupang XX", "Darmo Permai"."""
    if end >= len(tokens) or tokens[end].apart:
        return False
    word = tokens[end].word
    return word in ESTATE_WORDS or numbered(word)[0].isdigit()


def _placed(tokens: Sequence[Token], start: int) -> bool:
    return start > 0 and not tokens[start].hard and tokens[start - 1].word in PLACE_WORDS


def _index(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}

    def add(words: list[str], code: str) -> None:
        key = key_of(words)
        known = index.get(key, ())
        if key and code not in known:
            index[key] = (*known, code)

    families: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code, name in names.items():
        words = words_of(name)
        depth = depth_of(code)
        if depth is Depth.REGENCY:
            words = _without_level(words)
        elif depth is Depth.DISTRICT and len(words) > 1 and key_of(["", words[-1]]) in _QUARTERS:
            families[tuple(words[:-1])].append(code)
        add(words, code)
    for code, aliases in ALIASES.items():
        for alias in aliases:
            if code in names:
                add(alias.split(), code)
    for stem, members in families.items():
        for regency in {code[:5] for code in members}:
            if regency in names and sum(code.startswith(regency) for code in members) > 1:
                add(list(stem), regency)
    return index


def _without_level(words: list[str]) -> list[str]:
    for start in _REGENCY_WORDS:
        if words[: len(start)] == start:
            return words[len(start) :]
    return words
