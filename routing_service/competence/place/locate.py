"""Where a report is about: from its coordinates, the region given with it, the location text, and its words. Pure.

Each source gives evidence of its own. What lies in one another agrees, and the more precise region holds. What
excludes each other is never averaged: the most telling source gives the region, and the contradiction is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.address import parse_address
from routing_service.competence.place.gazetteer import Gazetteer, unread
from routing_service.competence.place.place import NOWHERE, Clue, Contradiction, Place, Source
from routing_service.competence.place.polygons import NO_POLYGONS, Boundary, Polygons, Spot
from routing_service.competence.place.reading import FIRM, Finding, agreed, read_mentions, related
from routing_service.competence.place.words import Depth, depth_of, tokens
from routing_service.registry.directory import inside

INSIDE, SEVERAL_CLAIM_IT, NEARBY = 0.95, 0.75, 0.6
GIVEN = 0.9
CONTRADICTED = 0.5  #: no place is surer than this while something firm speaks against it
_ORDER = list(Source)


@dataclass(frozen=True)
class Locator:
    """Immutable, so that all requests of a process share it. Below 50 MiB with all villages and 800 boundaries."""

    gazetteer: Gazetteer
    polygons: Polygons = NO_POLYGONS
    boundaries: int | None = None  #: the version of the boundaries

    @classmethod
    def build(
        cls, names: Iterable[tuple[str, str]], boundaries: Iterable[Boundary] = (), *, version: int | None = None
    ) -> "Locator":
        """From (code, name) of all regions and the boundaries in force. Takes a second: not on the event loop."""
        return cls(Gazetteer(names), Polygons(boundaries), version)

    def with_boundaries(self, boundaries: Iterable[Boundary], *, version: int) -> "Locator":
        """The same names, other boundaries."""
        return Locator(self.gazetteer, Polygons(boundaries), version)

    def locate(self, inquiry: Inquiry, *, around: str | None = None) -> Place:
        """`around`: the region of the instansi that the report was sent to. It is no evidence of its own, it only
        tells regions of the same name apart where nothing better does.
        """
        evidence = [*self._by_coordinates(inquiry), *self._by_code(inquiry)]
        evidence += self._by_text(Source.LOCATION_TEXT, inquiry.location_text, _scope(evidence, around))
        words = f"{inquiry.title}\n{inquiry.body}"
        evidence += self._by_text(Source.BODY, words, _scope(evidence, around))
        return settled(evidence, boundaries=self.boundaries)

    def known(self, code: str) -> str | None:
        """The region of this code if the registry has it, else the nearest one around it that it has."""
        while code and code not in self.gazetteer:
            code = code.rpartition(".")[0]
        return code or None

    def _by_coordinates(self, inquiry: Inquiry) -> Iterator[Clue]:
        if inquiry.latitude is None or inquiry.longitude is None:
            return
        spot = self.polygons.at(inquiry.latitude, inquiry.longitude)
        if spot is not None:
            yield self._evidence(Source.COORDINATES, spot.region, _sureness(spot), **_of_spot(spot))

    def _by_code(self, inquiry: Inquiry) -> Iterator[Clue]:
        if inquiry.region is not None and inquiry.region in self.gazetteer:
            yield self._evidence(Source.GIVEN_CODE, inquiry.region, GIVEN)

    def _by_text(self, source: Source, text: str | None, scope: str) -> Iterator[Clue]:
        if not text:
            return
        found = self.read(text, scope=scope, address=source is Source.LOCATION_TEXT)
        best = agreed(found)
        if best is not None:
            yield self._of_finding(source, best)
        firm = [one for one in found if one.confidence >= FIRM and best and not related(one.region, best.region)]
        if best is not None and firm and not _same_regency(firm[0].region, best.region):
            yield self._of_finding(source, firm[0])

    def read(self, text: str, *, scope: str = "", address: bool = False) -> list[Finding]:
        """What a text's names say, the best first. `address`: it says nothing but where it is."""
        read_tokens = tokens(text)
        mentions = self.gazetteer.mentions(read_tokens)
        found = read_mentions(mentions, scope=scope, address=address)
        passage = unread(read_tokens, mentions) or (text if address else None)
        if passage is None or any(one.confidence >= FIRM and depth_of(one.region) > Depth.REGENCY for one in found):
            return found
        parsed = self._parsed(passage, scope, found)
        return found if parsed is None else [parsed, *(one for one in found if one.region != parsed.region)]

    def _parsed(self, passage: str, scope: str, found: Sequence[Finding]) -> Finding | None:
        """What the address parser makes of it, in the regency that is known; without one a typing error is a guess."""
        known = [one.region for one in found if one.confidence >= FIRM and depth_of(one.region) is Depth.REGENCY]
        regency = (known or [scope[:5]])[0]
        if not regency or depth_of(regency) is not Depth.REGENCY:
            return None
        return parse_address(passage, scope=regency, scope_name=self.gazetteer.name(regency))

    def _of_finding(self, source: Source, finding: Finding) -> Clue:
        return self._evidence(source, finding.region, finding.confidence, how=finding.how.value, read=finding.name)

    def _evidence(self, source: Source, region: str, confidence: float, **values: str | float) -> Clue:
        named = {"name": self.gazetteer.name(region), "path": self.gazetteer.path(region)}
        return Clue(source, region, confidence, named | values)


def _scope(evidence: Sequence[Clue], around: str | None) -> str:
    """Where the most telling source so far says that it is."""
    firm = [one.region for one in evidence if one.confidence >= FIRM and depth_of(one.region) >= Depth.REGENCY]
    return firm[0] if firm else (around or "")


def _sureness(spot: Spot) -> float:
    if spot.metres:
        return NEARBY
    return SEVERAL_CLAIM_IT if spot.also else INSIDE


def _of_spot(spot: Spot) -> dict[str, str | float]:
    values: dict[str, str | float] = {"set": spot.set_id}
    if spot.metres:
        values["metres"] = round(spot.metres)
    if spot.also:
        values["also"] = ", ".join(spot.also)
    return values


def settled(evidence: Sequence[Clue], *, boundaries: int | None = None) -> Place:
    """What holds of the evidence, given in the order of the sources."""
    if not evidence:
        return Place(boundaries=boundaries) if boundaries is not None else NOWHERE
    ordered = sorted(evidence, key=lambda one: (_ORDER.index(one.source), -one.confidence))
    firm = [one for one in ordered if one.confidence >= FIRM]
    contradictions = tuple(
        Contradiction(one, other) for one, other in combinations(firm, 2) if not related(one.region, other.region)
    )
    lead = firm[0] if firm else max(ordered, key=lambda one: one.confidence)
    for other in firm:
        if inside(other.region, lead.region) and depth_of(other.region) > depth_of(lead.region):
            lead = other
    confidence = _together(lead, ordered)
    if contradictions:
        confidence = min(confidence, CONTRADICTED)
    return Place(lead.region, confidence, tuple(ordered), contradictions, boundaries)


def _together(lead: Clue, evidence: Sequence[Clue]) -> float:
    """Another source that names the same region makes it surer."""
    doubt = 1.0 - lead.confidence
    for source in {one.source for one in evidence} - {lead.source}:
        same = [one.confidence for one in evidence if one.source is source and one.region == lead.region]
        doubt *= 1.0 - max(same, default=0.0)
    return 1.0 - doubt


def _same_regency(one: str, other: str) -> bool:
    return one[:5] == other[:5]
