"""A report as its page shows it: all that the API says of it to the same person, put together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import queries
from routing_service.pages.boxes import Light, light
from routing_service.pages.refusals import Closed, closed
from routing_service.report.possible import OfficerAction
from routing_service.report.reading import identity, views
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import EventView, MessageView, ReportDetail
from routing_service.report.rights import Sight
from routing_service.work.decisions import service as decisions
from routing_service.work.decisions.advice import Advising
from routing_service.work.decisions.schemas import RoutingView, Suggestion
from routing_service.work.evidence import service as evidence
from routing_service.work.evidence.schemas import OfficersEvidence
from routing_service.work.merging import similar
from routing_service.work.merging.schemas import SimilarReport
from shared.clients import Client, Role
from shared.domain.evidence import EvidenceState
from shared.domain.lifecycle import Holder, Level
from shared.domain.messages import OFFICIAL
from shared.domain.regions import national_day, time_zone_of
from shared.domain.wording import Language
from shared.errors import DomainError

MOST_AGENCIES = 600
MOST_CATEGORIES = 1_200


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What happened, or what was said, at an instant."""

    at: datetime
    event: EventView | None
    message: MessageView | None
    who: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    report: ReportDetail
    sight: Sight
    zone: str
    light: Light
    steps: list[ShownStep]
    closed: list[Closed]
    names: dict[str, str]  #: of agencies
    people: dict[str, str]  #: by the `sub` of their tokens
    place: str | None
    category: str | None
    routing: RoutingView | None = None
    identity: str | None = None  #: `open`, or `anonymous`: why it is not
    similar: list[SimilarReport] = field(default_factory=list)
    evidence: list[OfficersEvidence] = field(default_factory=list)
    needs_evidence: bool = False
    agencies: Sequence[Any] = ()  #: whom it can be given to
    categories: Sequence[Any] = ()
    places: Sequence[tuple[str, str]] = ()  #: where it can be about
    other: ReportDetail | None = None  #: beside it, to be compared

    @property
    def can(self) -> dict[str, datetime | None]:
        return {one.action.value: one.until for one in self.report.actions}

    @property
    def suggestion(self) -> Suggestion | None:
        return None if self.routing is None else self.routing.suggestion

    @property
    def last_answer(self) -> MessageView | None:
        """The official response that can be put right."""
        given = [one for one in self.report.messages if one.kind in OFFICIAL and one.corrected_by is None]
        return given[-1] if given else None

    @property
    def own_files(self) -> list[OfficersEvidence]:
        """What the agency that answers may show with its answer."""
        holder = self.report.holder.agency if self.report.holder else None
        ready = (EvidenceState.WAITING, EvidenceState.READY)
        return [one for one in self.evidence if one.agency is not None and one.agency == holder and one.state in ready]

    @property
    def answered(self) -> bool:
        return any(one.kind in OFFICIAL for one in self.report.messages)

    @property
    def follows(self) -> bool:
        """Whether its deadlines are shown to them, too."""
        return self.sight in views.WORKS_ON_IT

    @property
    def works(self) -> bool:
        return self.sight is Sight.FULL


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, and with what a suggestion is weighed."""

    client: Client
    advising: Advising
    language: Language
    now: datetime


async def see_report(session: AsyncSession, reference: str, looking: Looking, *, beside: str | None = None) -> Shown:
    """Raises Forbidden, NotFound."""
    client = looking.client
    found = await reports.find_report(session, reference, client)
    number: str = found.row.tracking_number
    most = looking.advising.most_returns
    report = await reports.read_report(session, number, client, most_returns=most)
    holder = report.holder
    names = await queries.names_of_agencies(session, {report.agency, holder.agency if holder else None})
    people = await _people(session, report) if found.sight in views.WORKS_ON_IT else {}
    places = await queries.regions_named(session, {report.region})
    possible = {one.action for one in report.actions}
    more = await _work(session, number, looking, possible) if found.sight is Sight.FULL else {}
    if identity.may_identify(found.standing):
        more["identity"] = "anonymous" if report.anonymous else "open"
    if possible & {OfficerAction.VERIFY, OfficerAction.CORRECT}:
        more["places"] = await queries.places_around(session, report.region or await _region_of(session, client))
    return Shown(
        report, found.sight, time_zone_of(report.region), await _light(session, found.row.id, looking.now),
        _steps(report, people),
        list(closed(found.standing, report.status, _holder(report), possible, looking.language)), names, people,
        places.get(report.region or ""), await queries.category_label(session, report.category, looking.language),
        **more, other=await _other(session, beside, client, most),
    )  # fmt: skip


async def _people(session: AsyncSession, report: ReportDetail) -> dict[str, str]:
    """What colleagues are called; to whoever does not work on the report nobody is named."""
    actors = {event.actor for event in report.events} | {message.author for message in report.messages}
    return await queries.people_named(session, {actor.partition(":")[2] for actor in actors if ":" in actor})


async def _work(session: AsyncSession, number: str, looking: Looking, possible: set[OfficerAction]) -> dict[str, Any]:
    """What only those need who work on it."""
    client = looking.client
    files = await evidence.list_evidence(session, number, client)
    found: dict[str, Any] = {
        "evidence": files.items, "needs_evidence": files.needed,
        "routing": await decisions.explain(
            session, number, client, advising=looking.advising, language=looking.language, now=looking.now
        ),
    }  # fmt: skip
    if possible & {OfficerAction.MERGE}:
        found["similar"] = (await similar.merge_candidates(session, number, client)).items
    if possible & {OfficerAction.DISPOSE, OfficerAction.REDIRECT, OfficerAction.FORWARD, OfficerAction.VERIFY}:
        reach = None if client.role is Role.NATIONAL_ADMIN else (await reports.work_reach_of(session, client)).codes
        found["agencies"] = await queries.agencies_below(session, reach, limit=MOST_AGENCIES)
    if possible & {OfficerAction.VERIFY, OfficerAction.CORRECT}:
        found["categories"] = await queries.categories(session, national_day(looking.now), limit=MOST_CATEGORIES)
    return found


async def _region_of(session: AsyncSession, client: Client) -> str | None:
    return await queries.region_of_agency(session, client.agency)


def _holder(report: ReportDetail) -> Holder:
    return Holder(Level.NATIONAL, None) if report.holder is None else Holder(report.holder.level, report.holder.agency)


async def _light(session: AsyncSession, report_id: Any, now: datetime) -> Light:
    clock = (await queries.first_clocks(session, [report_id])).get(report_id)
    return Light.GREY if clock is None else light(clock.started_at, clock.due_at, now)


def _steps(report: ReportDetail, people: dict[str, str]) -> list[ShownStep]:
    """The newest first; of two at one instant what was said comes after what happened."""
    events = [ShownStep(one.occurred_at, one, None, _named(one.actor, people)) for one in report.events]
    said = [ShownStep(one.created_at, None, one, _named(one.author, people)) for one in report.messages]
    return sorted(events + said, key=_place_in_time, reverse=True)


def _place_in_time(step: ShownStep) -> tuple[datetime, bool, int]:
    """Of several events at one instant the log has the order."""
    return step.at, step.message is not None, 0 if step.event is None else step.event.seq


def _named(actor: str, people: dict[str, str]) -> str | None:
    return people.get(actor.partition(":")[2])


async def _other(session: AsyncSession, beside: str | None, client: Client, most: int) -> ReportDetail | None:
    """One that may not be seen is not shown, and nothing else is said of it."""
    if beside is None:
        return None
    try:
        return await reports.read_report(session, beside, client, most_returns=most)
    except DomainError:
        return None


def first_since(shown: Shown, version: int) -> ShownStep | None:
    """Who was first: the oldest event after the version that somebody had before them."""
    later = [one for one in shown.steps if one.event is not None and one.event.seq > version]
    return later[-1] if later else None
