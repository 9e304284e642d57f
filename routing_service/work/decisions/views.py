"""Decisions as they were stored, told to somebody in a language. No I/O."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row

from routing_service.competence.offers import Offer
from routing_service.competence.place import sentences as places
from routing_service.registry.directory import Listed
from routing_service.report.returns import Returns
from routing_service.work.decisions import sentences
from routing_service.work.decisions.schemas import (
    CandidateView,
    CategoryOffer,
    DecisionView,
    EvidenceView,
    HolderInRing,
    PlaceView,
    ReturnView,
    RingView,
    RulesView,
    SubjectOffer,
    Suggestion,
    Told,
    Versions,
)
from routing_service.work.decisions.wordless import without_words
from shared.domain.lifecycle import Level
from shared.domain.subjects import Subject
from shared.domain.wording import Language, Wording
from shared.http.wire import Bilingual
from shared.log.events import Event
from shared.log.payloads.routing import ReportReturned

Data = Mapping[str, Any]


def suggestion(data: Data, language: Language, *, words: bool = True, region: str | None = None) -> Suggestion:
    """From what `Advised.as_data` gave.

    Without `words`: for who may not read what the reporter wrote; `region` is the one chosen in the report.
    """
    if not words:
        data = without_words(data, region)
    said = data["suggestion"]
    best = said["candidates"][0] if said["candidates"] else None
    named = None if best is None else best.get("name") or best["agency"]
    return Suggestion(
        agency=said["agency"],
        clear=said["clear"],
        text=sentences.of_suggestion(named, clear=said["clear"], language=language),
        candidates=[_candidate(one, language) for one in said["candidates"]],
        doubts=[_told(one, sentences.of_doubt(one, language)) for one in said["doubts"]],
        remarks=[_told(one, sentences.of_remark(one, language)) for one in said.get("remarks", ())],
        place=_place(data["place"], language) if "place" in data else None,
        rules=_rules(data["ruling"], language) if "ruling" in data else None,
        versions=Versions(**data["versions"]) if "versions" in data else None,
    )


def subject(found: Subject) -> SubjectOffer:
    return SubjectOffer(code=found.code, label=Bilingual.of(found.label), meaning=Bilingual.of(found.meaning))


def category(offer: Offer, label: Wording, agency: Listed | None, on: date) -> CategoryOffer:
    return CategoryOffer(
        code=offer.category,
        label=Bilingual.of(label),
        agency=None if agency is None else agency.code,
        name=None if agency is None else agency.name_on(on),
    )


def _candidate(data: Data, language: Language) -> CandidateView:
    return CandidateView(
        agency=data["agency"],
        name=data.get("name"),
        score=data.get("score"),
        reasons=[_told(one, sentences.of_ground(one, language)) for one in data["reasons"]],
    )


def _told(data: Data, text: str) -> Told:
    return Told(code=data["code"], text=text, values={name: value for name, value in data.items() if name != "code"})


def _place(data: Data, language: Language) -> PlaceView:
    return PlaceView(
        region=data["region"],
        confidence=data["confidence"],
        evidence=[
            EvidenceView(
                source=one["source"],
                region=one["region"],
                confidence=one["confidence"],
                text=places.sentence(one, language),
            )
            for one in data["evidence"]
        ],
        contradictions=[
            sentences.of_doubt({"code": "places_contradict", **one}, language) for one in data["contradictions"]
        ],
    )


def _rules(data: Data, language: Language) -> RulesView:
    match, failure = data["match"], data["failure"]
    decided = match or failure
    return RulesView(
        rule_set=data["rule_set"],
        tried=data["tried"],
        rule=decided and decided["rule"],
        position=decided and decided["position"],
        agency=match and match["agency"],
        failure=failure and failure["code"],
        text=sentences.of_ruling(data, language),
    )


def decision(
    row: Row[Any],
    language: Language,
    *,
    words: bool,
    region: str | None = None,
    name: str | None = None,
    note: str | None = None,
    carried_out: bool = False,
) -> DecisionView:
    """`words` and `region` as in `suggestion`. `name`: what the agency was called then. `carried_out`: the service
    acted on the suggestion by itself.
    """
    data: Data = row.explanation
    differs, reason = data.get("differs"), data.get("override_reason")
    suggested = suggestion(data, language, words=words, region=region) if data.get("suggestion") else None
    hidden = not words and differs is None and not carried_out and suggested is not None and suggested.agency is None
    if hidden:
        name = None
    return DecisionView(
        decided_at=row.decided_at,
        actor=row.actor,
        automatic=row.automatic,
        action=data["action"],
        agency=None if hidden else row.agency_code,
        name=name,
        suggestion=suggested,
        differs=differs,
        override_reason=reason,
        note=note if words else None,
        carried_out=carried_out,
        text=sentences.of_choice(_chosen(data, differs, carried_out=carried_out), name, reason, language),
    )


def _chosen(data: Data, differs: bool | None, *, carried_out: bool) -> str:
    if differs is None:
        return "carried_out" if carried_out else "suggestion"
    if differs:
        return "differs"
    suggested = data.get("suggestion")
    return "agrees" if suggested is None or suggested["agency"] is not None else "alone"


def of_return(event: Event, returned: ReportReturned, names: Mapping[str, str], language: Language) -> ReturnView:
    previous, suggested = returned.previous_agency, returned.suggested_agency
    return ReturnView(
        returned_at=event.occurred_at,
        actor=event.actor,
        reason=returned.reason,
        previous_agency=previous,
        suggested_agency=suggested,
        text=sentences.of_return(
            names.get(previous or "", previous), returned.reason, names.get(suggested or "", suggested), language
        ),
    )


def ring(found: Returns, must_decide: Level | None, language: Language) -> RingView:
    members = sorted(found.ring, key=lambda holder: (holder.level, holder.agency or ""))
    return RingView(
        returns=found.count,
        most=found.most,
        members=[HolderInRing(level=holder.level, agency=holder.agency) for holder in members],
        closed=found.is_closed,
        must_decide=must_decide,
        text=sentences.of_ring(found.count, found.most, must_decide, language),
    )
