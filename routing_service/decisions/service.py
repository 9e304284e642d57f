"""Why reports went, or would go, where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service import queries as common
from routing_service.cases import Case
from routing_service.decide import Decision, Subject, decide
from routing_service.decisions import queries
from routing_service.decisions.queries import Record
from routing_service.decisions.schemas import (
    DecisionView,
    PreviewRequest,
    ReturnView,
    RoutingView,
    Suggestion,
)
from routing_service.reports import service as reports
from routing_service.rights import Sight
from routing_service.tree import Tree
from shared import events
from shared.auth import Client
from shared.errors import Forbidden, Invalid
from shared.events import Event, EventType
from shared.lifecycle import Holder, Level


def subject_of(case: Case) -> Subject:
    """What decides of a report; its target is bound to the instansi that a coordinator holds it for."""
    return _subject(case.category, case.region, case.target_agency, case.holder)


def _subject(category: str | None, region: str | None, target: str | None, holder: Holder) -> Subject:
    return Subject(category, region, target, holder.agency if holder.level is Level.COORDINATOR else None)


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the rules say at this moment, for a person who decides."""

    decision: Decision
    tree: Tree

    def contradicts(self, agency: str, *, instansi: bool) -> bool:
        """Whether a person who chose this agency (for an instansi: it, or one of its agencies) chose otherwise."""
        if self.decision.agency is None:
            return False
        agrees = self.tree.within(self.decision.agency, agency) if instansi else self.decision.agency == agency
        return not agrees


async def suggest(session: AsyncSession, case: Case) -> Suggested:
    subject = subject_of(case)
    registry = await queries.registry(session, [subject])
    return Suggested(decide(subject, registry), registry.tree)


async def record_choice(session: AsyncSession, event: Event, agency: str, suggested: Suggested) -> None:
    """A person's decision, with what was suggested at that moment."""
    explanation = {
        "action": event.type.value,
        "suggestion": suggested.decision.as_data(),
        "differs": suggested.contradicts(agency, instansi=event.type is EventType.REPORT_FORWARDED),
    }
    record = Record(event.report_id, event.id, event.actor, False, agency, explanation)
    await queries.store(session, [record], now=event.recorded_at)


def of_receipt(received: Event, decision: Decision, actor: str) -> Record:
    """The first decision on a report; its agency is a suggestion until somebody, or the service, acts on it."""
    explanation = {"action": received.type.value, "suggestion": decision.as_data(), "differs": None}
    return Record(received.report_id, received.id, actor, True, decision.agency, explanation)


async def explain(session: AsyncSession, reference: str, client: Client) -> RoutingView:
    found = await reports.find(session, reference, client)
    row = found.row
    if found.sight is Sight.PUBLIC:
        raise Forbidden("Only those who work on this report may see why it went where.")
    holder = Holder(row.holder_level, row.holder_agency_code)
    subject = _subject(row.category_code, row.region_code, row.target_agency_code, holder)
    decision = decide(subject, await queries.registry(session, [subject]))
    history = await events.history(session, row.id)
    return RoutingView(
        report_id=row.id,
        tracking_number=row.tracking_number,
        agency=row.agency_code,
        decisions=[_decision(one) for one in await queries.decisions(session, row.id)],
        returns=_returns(history),
        suggestion=Suggestion.from_data(decision.as_data()),
    )


def _decision(row: Row[Any]) -> DecisionView:
    explanation: Mapping[str, Any] = row.explanation
    suggestion = explanation.get("suggestion")
    return DecisionView(
        decided_at=row.decided_at,
        actor=row.actor,
        automatic=row.automatic,
        action=explanation["action"],
        agency=row.agency_code,
        suggestion=None if suggestion is None else Suggestion.from_data(suggestion),
        differs=explanation.get("differs"),
    )


def _returns(history: Sequence[Event]) -> list[ReturnView]:
    return [
        ReturnView(
            returned_at=event.occurred_at,
            actor=event.actor,
            reason=event.data["reason"],
            previous_agency=event.data.get("previous_agency"),
            suggested_agency=event.data.get("suggested_agency"),
        )
        for event in history
        if event.type is EventType.REPORT_RETURNED
    ]


async def preview(session: AsyncSession, body: PreviewRequest) -> Suggestion:
    region = body.location.region_code if body.location else None
    if body.category is not None and not await common.category_exists(session, body.category):
        raise Invalid(f"There is no category {body.category}.", pointer="/category", code="unknown_category")
    if region is not None and not await common.region_exists(session, region):
        raise Invalid(f"There is no region {region}.", pointer="/location/region_code", code="unknown_region")
    subject = Subject(body.category, region, body.agency)
    registry = await queries.registry(session, [subject])
    if body.agency is not None and registry.tree.get(body.agency) is None:
        raise Invalid(f"There is no agency {body.agency}.", pointer="/agency", code="unknown_agency")
    return Suggestion.from_data(decide(subject, registry).as_data())
