"""Decisions as they were stored, told to somebody in a language. No I/O."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row

from routing_service.competence.decision import Candidate, Doubt, Reason
from routing_service.competence.offers import Offer
from routing_service.competence.place import sentences as places
from routing_service.competence.place.place import Place
from routing_service.competence.rules.ruling import Ruling
from routing_service.registry.directory import Listed
from routing_service.report.returns import Returns
from routing_service.work.decisions import sentences
from routing_service.work.decisions.explanation import Explanation
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


def suggestion(
    explanation: Explanation, language: Language, *, words: bool = True, region: str | None = None
) -> Suggestion:
    """Of an explanation that has one.

    Without `words`: for who may not read what the reporter wrote; `region` is the one chosen in the report.
    """
    told = explanation if words else without_words(explanation, region)
    said = told.suggestion
    assert said is not None
    named = said.candidates[0].name if said.candidates else None
    return Suggestion(
        agency=said.agency,
        clear=said.clear,
        text=sentences.of_suggestion(named, clear=said.clear, language=language),
        candidates=[_candidate(one, language) for one in said.candidates],
        doubts=[_told(one, sentences.of_doubt(one.as_data(), language)) for one in said.doubts],
        remarks=[_told(one, sentences.of_remark(one.as_data(), language)) for one in said.remarks],
        place=None if told.place is None else _place(told.place, language),
        rules=None if told.ruling is None else _rules(told.ruling, language),
        versions=Versions(**told.versions) if told.versions else None,
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


def _candidate(one: Candidate, language: Language) -> CandidateView:
    return CandidateView(
        agency=one.agency,
        name=one.name,
        score=one.score,
        reasons=[_told(reason, sentences.of_ground(reason.as_data(), language)) for reason in one.reasons],
    )


def _told(reason: Reason, text: str) -> Told:
    return Told(code=reason.code, text=text, values=dict(reason.values))


def _place(place: Place, language: Language) -> PlaceView:
    return PlaceView(
        region=place.region,
        confidence=place.confidence,
        evidence=[
            EvidenceView(
                source=one.source,
                region=one.region,
                confidence=one.confidence,
                text=places.sentence(one.as_data(), language),
            )
            for one in place.evidence
        ],
        contradictions=[
            sentences.of_doubt({"code": Doubt.PLACES_CONTRADICT, **one.as_data()}, language)
            for one in place.contradictions
        ],
    )


def _rules(ruling: Ruling, language: Language) -> RulesView:
    match, failure = ruling.match, ruling.failure
    decided = match or failure
    return RulesView(
        rule_set=ruling.rule_set,
        tried=ruling.tried,
        rule=None if decided is None else decided.rule,
        position=None if decided is None else decided.position,
        agency=None if match is None else match.agency,
        failure=None if failure is None else failure.code,
        instansi=ruling.instansi,
        text=sentences.of_ruling(ruling.as_data(), language),
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
    told = Explanation.from_data(row.explanation)
    differs, reason = told.differs, told.override_reason
    suggested = suggestion(told, language, words=words, region=region) if told.suggestion else None
    hidden = not words and differs is None and not carried_out and suggested is not None and suggested.agency is None
    if hidden:
        name = None
    return DecisionView(
        decided_at=row.decided_at,
        actor=row.actor,
        automatic=row.automatic,
        action=told.action or "",
        agency=None if hidden else row.agency_code,
        name=name,
        suggestion=suggested,
        differs=differs,
        override_reason=reason,
        note=note if words else None,
        carried_out=carried_out,
        text=sentences.of_choice(_chosen(told, carried_out=carried_out), name, reason, language),
    )


def _chosen(told: Explanation, *, carried_out: bool) -> str:
    if told.differs is None:
        return "carried_out" if carried_out else "suggestion"
    if told.differs:
        return "differs"
    return "agrees" if told.suggestion is None or told.suggestion.agency is not None else "alone"


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
