"""Where a report should go, and why: a pure function of the report, its place, the rules, the model and the registry.

A rule decides before the model, the model before what people named, and those before the place alone. What speaks
against acting alone is a doubt; a decision without doubts is clear. docs/routing.md tells it with an example.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from routing_service.competence.decision import Candidate, Decision, Doubt, Ground, Reason, Remark
from routing_service.competence.inquiry import Inquiry
from routing_service.competence.place.place import Place, Source
from routing_service.competence.prediction import Likely, Prediction
from routing_service.competence.rules.ruling import Ruling
from routing_service.registry.directory import Directory, inside

MOST_CANDIDATES = 3
SURE_PLACE = 0.5  # below it a place is told, but nothing is done because of it

# How much a ground weighs alone. Several add up as independent ones do: 1 - (1 - a)(1 - b); a rule decides.
RULED = 1.0
RULE_FAILED = 0.9  # it names several, or one that is gone
MOST_LEARNED = 0.99  # however sure a model is, a rule weighs more
NAMED_BY_RETURN = 0.8
NAMED_BY_REPORTER = 0.3
PLACED = 0.02  # for each level of the region: a village says more than a province

_GOVERNMENTS = ("regency", "city", "province")


def decide(
    inquiry: Inquiry,
    place: Place,
    ruling: Ruling,
    prediction: Prediction,
    directory: Directory,
    *,
    on: date | None = None,
    missing: Sequence[str] = (),
) -> Decision:
    """`on` is the day of the decision, where that is not the day of receipt: who is gone by then answers nothing.

    `missing` are parts that could not be asked: then a person decides.
    """
    board = _Board(inquiry, directory, on or inquiry.received_on)
    if ruling.match is not None:
        values = {"rule": ruling.match.rule, "position": ruling.match.position, "note": ruling.match.note}
        if ruling.instansi is not None:
            values["instansi"] = ruling.instansi
        for code in _ruled(ruling):
            board.add(code, Reason(Ground.RULE, values), RULED if ruling.failure is None else RULE_FAILED)
        board.take_over(ruling)
    for one in prediction.likely:
        board.add(one.agency, _learned(one), min(one.probability, MOST_LEARNED))
    for code in inquiry.suggested:
        board.support(code, Ground.NAMED_BY_RETURN, NAMED_BY_RETURN)
    board.support(inquiry.target_agency, Ground.NAMED_BY_REPORTER, NAMED_BY_REPORTER)
    board.settle(place)
    candidates = board.candidates()
    doubts = (
        *(Reason(Doubt.PART_MISSING, {"part": part}) for part in missing),
        *_Doubts(inquiry, place, ruling, prediction, board, candidates),
    )
    return Decision(candidates[:MOST_CANDIDATES], doubts, tuple(_remarks(inquiry, place, prediction)))


def _remarks(inquiry: Inquiry, place: Place, prediction: Prediction) -> Iterator[Reason]:
    if prediction.model is None:
        yield Reason(Remark.NOTHING_LEARNED)
    if inquiry.latitude is not None and all(one.source is not Source.COORDINATES for one in place.evidence):
        yield Reason(Remark.PIN_UNUSED)


def _ruled(ruling: Ruling) -> Sequence[str]:
    """Whom the rule names, or would have named if it had not failed."""
    if ruling.agency is not None:
        return (ruling.agency,)
    values = {} if ruling.failure is None else ruling.failure.values
    return [code for code in (values.get("agencies") or values.get("agency") or "").split(", ") if code]


def _learned(one: Likely) -> Reason:
    words = [word.text for word in one.words]
    values = {"probability": round(one.probability, 4), "words": words, "kind": one.kind}
    return Reason(Ground.LEARNED, values)


@dataclass(slots=True)
class _Entry:
    weight: float = 0.0
    reasons: list[Reason] = field(default_factory=list)

    def add(self, reason: Reason, weight: float) -> None:
        self.reasons.append(reason)
        self.weight = 1 - (1 - self.weight) * (1 - weight)


@dataclass(slots=True)
class _Board:
    """Who comes into question, while the grounds are collected."""

    inquiry: Inquiry
    directory: Directory
    on: date
    entries: dict[str, _Entry] = field(default_factory=dict)
    gone: dict[str, str | None] = field(default_factory=dict)  #: out of service, and who took over

    def meant(self, code: str) -> str:
        """The agency itself or, when it is gone, its successor; itself again where there is none."""
        found = self.directory.in_office(code, self.on)
        if found != code:
            self.gone[code] = found
        return found or code

    def add(self, code: str, reason: Reason, weight: float) -> None:
        meant = self.meant(code)
        if self.directory.get(meant) is None or self._barred(meant):
            return
        new = meant not in self.entries
        entry = self.entries.setdefault(meant, _Entry())
        entry.add(reason, weight)
        if new and meant != code:
            entry.add(Reason(Ground.SUCCESSOR, {"agency": code, "name": self.name(code)}), 0.0)

    def take_over(self, ruling: Ruling) -> None:
        """Say whose duty it was that the rule's agency has, where it passed on."""
        match = ruling.match
        if match is None or match.agency is None or match.after is None:
            return
        entry = self.entries.get(self.meant(match.agency))
        if entry is not None:
            entry.add(Reason(Ground.SUCCESSOR, match.after), 0.0)

    def support(self, code: str | None, ground: Ground, weight: float) -> None:
        """Whoever names an agency confirms all candidates inside it; where there are none it becomes one."""
        if code is None or self.directory.get(code) is None:
            return
        reason = Reason(ground, {"agency": code, "name": self.name(code)})
        meant = self.meant(code)
        confirmed = [one for one in self.entries if self.directory.within(one, meant)]
        if confirmed:
            for one in confirmed:
                self.entries[one].add(reason, weight)
        else:
            self.add(code, reason, weight)

    def settle(self, place: Place) -> None:
        """Let the place speak: for candidates whose region it lies in, or else for the governments there."""
        if place.region is None:
            return
        if not self.entries and self.inquiry.within is None:
            for kind in _GOVERNMENTS:
                for found in self.directory.competences(kind, place.region, on=self.on):
                    if not self._barred(found.agency):
                        entry = self.entries[found.agency] = _Entry()
                        if (ended := self.directory.ended(found.after)) is not None:
                            entry.add(Reason(Ground.SUCCESSOR, ended), 0.0)
        for code, entry in self.entries.items():
            region = next((one for one in self.regions(code) if inside(place.region, one)), None)
            if region is not None:
                values = {"region": place.region, "of": region}
                entry.add(Reason(Ground.PLACE, values), PLACED * len(region.split(".")))
        for code in [code for code, entry in self.entries.items() if not entry.reasons]:
            del self.entries[code]

    def regions(self, code: str) -> list[str]:
        """Its own region, and those of the agencies that it took over from."""
        former = [one.values["agency"] for one in self.entries[code].reasons if one.code is Ground.SUCCESSOR]
        found = [self.directory.agencies[one].region for one in (code, *former)]
        return [region for region in found if region is not None]

    def candidates(self) -> tuple[Candidate, ...]:
        """Those in service before those that are not, then by weight."""
        ranked = sorted(self.entries.items(), key=lambda item: (item[0] in self.gone, -item[1].weight, item[0]))
        return tuple(Candidate(code, self.name(code), entry.weight, tuple(entry.reasons)) for code, entry in ranked)

    def name(self, code: str) -> str:
        agency = self.directory.get(code)
        return code if agency is None else agency.name_on(self.on)

    def _barred(self, code: str) -> bool:
        """It, or an agency above it, returned the report. Of a coordinator who holds it again the agencies count."""
        returned = self.inquiry.returned_by - {self.inquiry.within}
        return not returned.isdisjoint(self.directory.line(code))


@dataclass(frozen=True, slots=True)
class _Doubts:
    """What asks for a person, the gravest first."""

    inquiry: Inquiry
    place: Place
    ruling: Ruling
    prediction: Prediction
    board: _Board
    candidates: tuple[Candidate, ...]

    def __iter__(self) -> Iterator[Reason]:
        yield from self._returns()
        yield from self._contradictions()
        if not self._grounded():
            yield from self._missing()
        yield from self._disagreements()
        if self.candidates:
            yield from self._about(self.candidates[0].agency)

    def _returns(self) -> Iterator[Reason]:
        if self.inquiry.must_decide is not None:
            values = {"returns": self.inquiry.returns, "level": self.inquiry.must_decide}
            yield Reason(Doubt.MUST_DECIDE, values)
        if self.inquiry.returned_by:
            agencies = sorted(self.inquiry.returned_by)
            yield Reason(Doubt.RETURNED, {"agencies": agencies, "names": [self.board.name(one) for one in agencies]})

    def _contradictions(self) -> Iterator[Reason]:
        if self.ruling.failure is not None:
            failure = self.ruling.failure
            values = {"rule": failure.rule, "position": failure.position, "failure": failure.code.value}
            yield Reason(Doubt.RULE_FAILED, values | {"values": dict(failure.values)})
        for found in self.place.contradictions:
            yield Reason(Doubt.PLACES_CONTRADICT, found.as_data())
        if self.place.region is not None and self.place.confidence < SURE_PLACE and self._hangs_on_the_place():
            values = {"region": self.place.region, "confidence": round(self.place.confidence, 3)}
            yield Reason(Doubt.PLACE_UNSURE, values)

    def _hangs_on_the_place(self) -> bool:
        match = self.ruling.match
        if self.ruling.instansi is not None:
            return True
        if match is not None:
            return "region" in match.conditions or "competent" in match.result
        return bool(self.prediction.likely) and self.prediction.likely[0].kind is not None

    def _grounded(self) -> bool:
        """Whether a rule, or the model with enough certainty, stands behind the best candidate."""
        if not self.candidates:
            return False
        if any(reason.code is Ground.RULE for reason in self.candidates[0].reasons):
            return True
        return self.prediction.sure and self.board.meant(self.prediction.likely[0].agency) == self.candidates[0].agency

    def _missing(self) -> Iterator[Reason]:
        if self.ruling.match is None and self.ruling.failure is None:
            yield Reason(Doubt.NO_CATEGORY if self.inquiry.category is None else Doubt.NO_RULE)
        if self.place.region is None:
            yield Reason(Doubt.NO_REGION)
        if self.prediction.model is not None and not self.prediction.sure:
            best = self.prediction.likely[0].probability if self.prediction.likely else 0.0
            values = {"probability": round(best, 4), "threshold": round(self.prediction.threshold, 4)}
            yield Reason(Doubt.NOT_SURE, values)

    def _disagreements(self) -> Iterator[Reason]:
        board, target = self.board, self.inquiry.target_agency
        if self.ruling.agency is not None and self.prediction.sure:
            ruled, likely = board.meant(self.ruling.agency), board.meant(self.prediction.likely[0].agency)
            if not board.directory.within(ruled, likely) and not board.directory.within(likely, ruled):
                values = {"rule": self.ruling.agency, "model": likely, "name": board.name(likely)}
                yield Reason(
                    Doubt.RULE_AND_MODEL_DISAGREE,
                    values | {"probability": round(self.prediction.likely[0].probability, 4)},
                )
        if target is not None and board.directory.get(target) is not None and self.candidates:
            named = board.meant(target)
            if not board.directory.within(self.candidates[0].agency, named):
                yield Reason(Doubt.REPORTER_NAMES_ANOTHER, {"agency": target, "name": board.name(target)})

    def _about(self, best: str) -> Iterator[Reason]:
        board = self.board
        chosen = {best, self.ruling.agency} | {
            reason.values["agency"] for reason in self.candidates[0].reasons if reason.code is Ground.SUCCESSOR
        }
        for code in sorted(code for code in board.gone if code in chosen):
            successor = board.gone[code]
            values = {"agency": code, "name": board.name(code), "successor": successor}
            yield Reason(Doubt.OUT_OF_SERVICE, values | {"successor_name": successor and board.name(successor)})
        if self.inquiry.within is not None and not board.directory.within(best, self.inquiry.within):
            yield Reason(Doubt.OUTSIDE_INSTANSI, {"agency": best, "instansi": self.inquiry.within})
        regions, there = board.regions(best), self.place.region
        if regions and there is not None and not any(inside(there, one) or inside(one, there) for one in regions):
            yield Reason(Doubt.OTHER_REGION, {"region": there, "of": regions[0], "name": board.name(best)})
