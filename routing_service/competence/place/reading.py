"""Which region a text is about, from the names in it. Pure.

A name alone says little: villages are called Baru, Pasar and Sepi, and thousands of names belong to several regions.
So a village or district counts only with a level word before it ("Kel. Sidodadi"), with the name of a region around it
("Bengalon, Kutai Timur"), or where other evidence has already said in which regency it must lie (`scope`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from routing_service.competence.place.gazetteer import Mention
from routing_service.competence.place.ordinary import ORDINARY
from routing_service.competence.place.words import Depth, LevelWord, depth_of
from routing_service.registry.directory import common, inside
from shared.domain.regions import parent_of

FIRM = 0.5  #: evidence below it is told, but decides and contradicts nothing


class How(StrEnum):
    """What made a name count."""

    LEVEL_WORD = auto()
    TWO_LEVELS = auto()
    NAME_IN_SCOPE = auto()
    STREET_IN_SCOPE = auto()
    PLACE_WORD = auto()
    NAME_ALONE = auto()
    ADDRESS = auto()  #: as the address parser read it


@dataclass(frozen=True, slots=True)
class Finding:
    region: str
    confidence: float
    how: How
    name: str  #: the words, run together


Weighed = tuple[float, How] | None


def read_mentions(mentions: Sequence[Mention], *, scope: str = "", address: bool = False) -> list[Finding]:
    """What the names say, the best first. `scope`: where other evidence says that it is; '' if nothing does.

    `address`: the text says nothing but where it is.
    """
    best: dict[str, Finding] = {}
    for finding in Reading(mentions, scope, address=address).findings():
        if finding.region not in best or finding.confidence > best[finding.region].confidence:
            best[finding.region] = finding
    return sorted(best.values(), key=lambda one: (-one.confidence, -depth_of(one.region), one.region))


class Reading:
    """One text's names, against each other."""

    def __init__(self, mentions: Sequence[Mention], scope: str, *, address: bool) -> None:
        self._regency = scope[:5] if len(scope) >= 5 else ""
        self._address = address
        self._mentions = _outermost(mentions, self._regency)
        self._surroundings: dict[tuple[int, int, str], Depth | None] = {}
        self._bearers: dict[tuple[int, int, Depth, bool, bool], list[str]] = {}
        self._naming: dict[str, list[Mention]] = defaultdict(list)
        for mention in self._mentions:
            if not mention.on_street:
                for code in mention.codes:
                    self._naming[code].append(mention)

    def findings(self) -> Iterator[Finding]:
        for mention in self._mentions:
            for code in mention.codes:
                weigh = self._large if depth_of(code) <= Depth.REGENCY else self._small
                if (weighed := weigh(mention, code)) is not None:
                    yield Finding(code, *weighed, mention.name)

    def _large(self, mention: Mention, code: str) -> Weighed:
        """A province, a regency or a city."""
        rivals = [one for one in mention.codes if one != code and depth_of(one) <= Depth.REGENCY]
        if mention.level_word is not None:
            return None if rivals else (0.85, How.LEVEL_WORD)
        if rivals and code != self._regency and self._around(mention, code) is None:
            return None
        if mention.on_street or (_ordinary(mention) and not self._address):
            return None
        if mention.placed or self._address:
            return 0.6, How.PLACE_WORD
        return 0.35, How.NAME_ALONE

    def _small(self, mention: Mention, code: str) -> Weighed:
        """A district or a village; where both are called so, the district."""
        if _ordinary(mention) or (mention.level_word is None and parent_of(code) in mention.codes):
            return None
        within = bool(self._regency) and inside(code, self._regency)
        around = self._around(mention, code)
        if not within and around is None and mention.level_word is None and len(mention.codes) > 2:
            return None
        alone = self._alone(mention, code, within=within, surrounded=around is not None)
        if mention.level_word is not None:
            return _with_level_word(within=within, around=around, alone=alone)
        if mention.on_street:
            return (0.4 if mention.length > 1 else 0.35, How.STREET_IN_SCOPE) if within and alone else None
        if around is not None and (alone or around is Depth.DISTRICT):
            return (0.8 if around is Depth.DISTRICT else 0.6), How.TWO_LEVELS
        if within and alone:
            surer = mention.length > 1 or mention.placed or self._address
            return 0.7 if surer else 0.6, How.NAME_IN_SCOPE
        return self._by_name_only(mention, code)

    def _by_name_only(self, mention: Mention, code: str) -> Weighed:
        """As in "di Muara Wahau": a district whose name nothing outside it bears."""
        told = self._address or mention.placed
        only = all(inside(one, code) for one in mention.codes)
        if not (told and only and depth_of(code) is Depth.DISTRICT):
            return None
        return (0.55 if mention.length > 1 or self._address else 0.45), How.PLACE_WORD

    def _alone(self, mention: Mention, code: str, *, within: bool, surrounded: bool) -> bool:
        """No other region of this level has the name: in the regency that is known, in a region that is named."""
        asked = mention.start, mention.end, depth_of(code), within, surrounded
        if asked not in self._bearers:
            bearers = [one for one in mention.codes if depth_of(one) is depth_of(code)]
            if within:
                bearers = [one for one in bearers if inside(one, self._regency)]
            if surrounded:
                bearers = [one for one in bearers if self._around(mention, one) is not None]
            self._bearers[asked] = bearers
        return self._bearers[asked] == [code]

    def _around(self, mention: Mention, code: str) -> Depth | None:
        """The level of the smallest region around this one that the text names as well, in other words."""
        asked = mention.start, mention.end, code
        if asked not in self._surroundings:
            self._surroundings[asked] = self._named_around(mention, code)
        return self._surroundings[asked]

    def _named_around(self, mention: Mention, code: str) -> Depth | None:
        region = parent_of(code)
        while region is not None:
            for other in self._naming.get(region, ()):
                apart = other.end <= mention.start or other.start >= mention.end
                if apart and other.name != mention.name:
                    return depth_of(region)
            region = parent_of(region)
        return None


def _ordinary(mention: Mention) -> bool:
    return mention.level_word is None and mention.name in ORDINARY


def _with_level_word(*, within: bool, around: Depth | None, alone: bool) -> Weighed:
    if around is not None and (alone or around is Depth.DISTRICT):
        return 0.95, How.TWO_LEVELS
    if within and alone:
        return 0.9, How.LEVEL_WORD
    return (0.8, How.LEVEL_WORD) if alone else None


def _outermost(mentions: Sequence[Mention], regency: str) -> list[Mention]:
    """Each name once, and none inside a longer one that surely is a name: "Lampung" in "Lampung Timur"."""
    covering: dict[int, list[Mention]] = defaultdict(list)
    for one in mentions:
        if one.length > 1 and _is_sure(one, regency):
            for at in range(one.start, one.end):
                covering[at].append(one)
    kept: dict[tuple[str, LevelWord | None, bool, bool], Mention] = {}
    for one in mentions:
        if not any(
            other.start <= one.start and one.end <= other.end and one.length < other.length
            for other in covering.get(one.start, ())
        ):
            kept.setdefault((one.name, one.level_word, one.on_street, one.placed), one)
    return list(kept.values())


def _is_sure(mention: Mention, regency: str) -> bool:
    """Villages' names run into others: "Wates Wates Kulon Progo" has no Wates Kulon in it."""
    return mention.level_word is not None or any(
        depth_of(code) <= Depth.DISTRICT or (regency and inside(code, regency)) for code in mention.codes
    )


def agreed(found: Sequence[Finding]) -> Finding | None:
    """The most precise of what agrees with the best; equals that exclude each other leave what is around both."""
    if not found:
        return None
    best = found[0]
    for other in found[1:]:
        if inside(other.region, best.region) and other.confidence >= FIRM:
            best = other
    rivals = [one for one in found if one.confidence >= best.confidence and not related(one.region, best.region)]
    if not rivals:
        return best
    region = common([best.region, *(one.region for one in rivals)])
    if not region or depth_of(region) < Depth.REGENCY:
        return None
    return Finding(region, best.confidence, best.how, best.name)


def related(one: str, other: str) -> bool:
    return inside(one, other) or inside(other, one)
