"""Why reports went, or would go, where."""

import asyncio
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.inquiry import Inquiry
from routing_service.competence.knowledge import Knowledge
from routing_service.competence.offers import likely_subjects, offers
from routing_service.competence.opinion import Advised, Known, Opinion, opine
from routing_service.registry import queries as registry
from routing_service.report import queries as common
from routing_service.report.returns import returns_of
from routing_service.report.rights import Sight
from routing_service.work.decisions import queries, views
from routing_service.work.decisions.advice import Advising
from routing_service.work.decisions.explanation import Explanation
from routing_service.work.decisions.history import SERVICE, Teller, find_explained
from routing_service.work.decisions.queries import Record
from routing_service.work.decisions.schemas import CategoryOffer, PreviewRequest, RoutingView, Suggestion
from shared.clients import Client
from shared.database import Sessions
from shared.domain.codes import OverrideReason
from shared.domain.regions import national_day, time_zone_of
from shared.domain.subjects import subjects
from shared.domain.wording import Language
from shared.errors import Invalid
from shared.log import parts
from shared.log.events import Event, EventType


def differs(advised: Advised, agency: str, *, instansi: bool) -> bool:
    """Whether a person who chose this agency (for an instansi: it, or one of its agencies) chose otherwise."""
    suggested = advised.decision.agency
    if suggested is None:
        return False
    within = advised.opinion.known.directory.within
    return not (within(suggested, agency) if instansi else suggested == agency)


def explained(advised: Advised, action: EventType | None = None, **chosen: Any) -> Explanation:
    """`chosen`: `differs` and `override_reason`. With the figures as they are stored, which are rounded."""
    return Explanation.from_data(advised.as_data() | {"action": action and action.value} | chosen)


def of_choice(event: Event, agency: str, advised: Advised, reason: OverrideReason | None) -> Record:
    """A person's decision, with all that was suggested at that moment."""
    otherwise = differs(advised, agency, instansi=event.type is EventType.REPORT_FORWARDED)
    chosen = reason.value if reason is not None and otherwise else None
    explanation = explained(advised, event.type, differs=otherwise, override_reason=chosen)
    return Record(event.report_id, event.id, event.actor, False, agency, explanation)


def of_event(event: Event, advised: Advised) -> Record:
    """A suggestion after the receipt or a return, until somebody, or the service, acts on it."""
    explanation = explained(advised, event.type)
    return Record(event.report_id, event.id, SERVICE, True, advised.decision.agency, explanation)


async def explain(
    session: AsyncSession,
    reference: str,
    client: Client,
    *,
    advising: Advising,
    language: Language,
    now: datetime,
) -> RoutingView:
    found = await find_explained(session, reference, client)
    row, words = found.row, found.sight is Sight.FULL
    case = (await common.cases(session, (row.id,)))[row.id]
    steps = await parts.steps(session, row.id, EventType.REPORT_ASSIGNED, EventType.REPORT_RETURNED)
    adviser = await advising.adviser(session)
    advised = await adviser.on(session, case, steps, now)
    returns = returns_of(steps, advising.most_returns)
    suggestion = views.suggestion(explained(advised), language, words=words, region=row.region_code)
    if words:
        suggestion = suggestion.model_copy(update={"categories": await _categories(session, advised.opinion)})
    teller = Teller(adviser.known.directory, case, language, words=words)
    decided = await queries.newest_decisions(session, row.id, limit=parts.SHOWN)
    returned = [event for event in steps if event.type is EventType.REPORT_RETURNED]
    return RoutingView(
        report_id=row.id,
        tracking_number=row.tracking_number,
        agency=row.agency_code,
        decisions=teller.decisions(reversed(decided), steps),
        decisions_total=await queries.count_decisions(session, row.id),
        returns=teller.returns(returned[-parts.SHOWN :]),
        returns_total=len(returned),
        ring=views.ring(returns, returns.must_decide(case.holder, case.status, case.held_from), language),
        suggestion=suggestion,
    )


async def preview_routing(
    sessions: Sessions, body: PreviewRequest, *, knowledge: Knowledge, language: Language, now: datetime
) -> Suggestion:
    """Reads, computes outside the event loop, and writes nothing; no connection is held meanwhile."""
    region = body.location.region_code if body.location else None
    async with sessions() as session:
        known = await knowledge.current(session)
        if region is not None and not await registry.region_exists(session, region):
            raise Invalid(f"There is no region {region}.", pointer="/location/region_code", code="unknown_region")
    _check(body, known, now)
    on = now.astimezone(ZoneInfo(time_zone_of(region))).date()
    inquiry = _inquiry(body, on)
    opinion = (await asyncio.to_thread(opine, [inquiry], known))[0]
    knowledge.count_failures(opinion.failed)
    suggestion = views.suggestion(explained(opinion.decide(inquiry, on)), language)
    if not opinion.prediction.categories:
        return suggestion
    picked = likely_subjects(opinion.prediction, known.directory)
    async with sessions() as session:
        categories = await _categories(session, opinion)
    return suggestion.model_copy(
        update={"subjects": [views.subject(subjects()[one]) for one in picked], "categories": categories}
    )


async def _categories(session: AsyncSession, opinion: Opinion) -> list[CategoryOffer]:
    """To choose from, with one click."""
    offered = await asyncio.to_thread(offers, opinion)
    labels = await queries.category_labels(session, [one.category for one in offered])
    directory, day = opinion.known.directory, opinion.inquiry.received_on
    return [
        views.category(one, labels[one.category], directory.get(one.agency), day)
        for one in offered
        if one.category in labels
    ]


def _check(body: PreviewRequest, known: Known, now: datetime) -> None:
    """What a submission is refused for, too."""
    category = body.category
    if category is not None and category not in known.directory.categories:
        raise Invalid(f"There is no category {category}.", pointer="/category", code="unknown_category")
    term = known.directory.terms.get(category or "")
    if term is not None and not term.serves(national_day(now)):
        detail = f"The category {category} is out of service; choose another one."
        raise Invalid(detail, pointer="/category", code="inactive_category")
    if body.agency is not None and known.directory.get(body.agency) is None:
        raise Invalid(f"There is no agency {body.agency}.", pointer="/agency", code="unknown_agency")


def _inquiry(body: PreviewRequest, on: date) -> Inquiry:
    location = body.location
    return Inquiry(
        title=body.title or "",
        body=body.body or "",
        subject=body.subject,
        received_on=on,
        classification=body.classification,
        channel=body.channel,
        category=body.category,
        target_agency=body.agency,
        region=location.region_code if location else None,
        location_text=location.text if location else None,
        latitude=location.latitude if location else None,
        longitude=location.longitude if location else None,
    )
