"""The lists behind the numbers: exactly the reports, or the steps, that a number counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import Level
from shared.http.wire import Code, PageParams
from shared.log.events import EventType
from shared.queries.reach import Reach, known_subtree, reach_of
from sla_monitor.escalations import service as escalations
from sla_monitor.escalations.schemas import EscalationParams, EscalationView
from sla_monitor.pages import queries, today, urgent_queries
from sla_monitor.pages.today import Line, Looking
from sla_monitor.pages.urgency import StageLine, Urgency
from sla_monitor.pages.urgency import total as total_of
from sla_monitor.pages.urgent_queries import Chosen, Position
from sla_monitor.reference.service import References

#: What a list of what moved shows at most.
MOST_MOVES = 200


class LanguageParams(PageParams):
    """What any page takes beside."""

    lang: Annotated[str | None, Field(max_length=20)] = None


class LadderParams(LanguageParams):
    """`older`: also what lies before yesterday; `done`: what a form of the page has just done."""

    older: bool = False
    done: Annotated[str | None, Field(max_length=20)] = None


class CaseParams(LanguageParams):
    """`agency`: it and all below it; `only`: without what lies below it."""

    urgency: Urgency = Urgency.LATE
    stage: Code | None = None
    agency: Code | None = None
    only: bool = False
    national: bool = False


def _is_move(type: EventType) -> EventType:
    """Raises ValueError for what the pages do not count."""
    if type not in queries.MOVES:
        raise ValueError("no move")
    return type


class MoveParams(LanguageParams):
    type: Annotated[EventType, AfterValidator(_is_move)]


@dataclass(frozen=True, slots=True)
class Cases:
    lines: Sequence[Line]
    total: int
    zone: str
    holder: str | None  #: the name of the agency that was asked for
    next_cursor: str | None = None


async def urgent(session: AsyncSession, params: CaseParams, looking: Looking) -> Cases:
    """Raises Forbidden, Invalid."""
    reach = await reach_of(session, looking.client)
    chosen = await _chosen(session, params)
    named = params.model_copy(update={"lang": None}).in_list("cases")
    rows = await urgent_queries.reports(
        session, chosen, reach, now=looking.now, after=named.position(Position), limit=named.rows
    )  # fmt: skip
    shown, cursor = named.cut(rows, lambda row: (row.due_at, row.report_id))
    names = await queries.agency_names(session, (params.agency,))
    total = await _total(session, chosen, reach, looking)
    return Cases(
        await today.lines(session, shown, looking), total,
        await today.zone_for(session, looking.client), names.get(params.agency or "", params.agency), cursor,
    )  # fmt: skip


async def _total(session: AsyncSession, chosen: Chosen, reach: Reach, looking: Looking) -> int:
    """Of the whole country as it was counted last."""
    if not urgent_queries.is_whole(chosen, reach):
        return await urgent_queries.count_cases(session, chosen, reach, now=looking.now)
    counts = await looking.counts.get(session, looking.sessions, reach, now=looking.now)
    if chosen.urgency is Urgency.NEAR_60:
        return counts.near
    late, at_risk = total_of(counts.held)
    if chosen.stage is not None:
        line = next((one for one in counts.stages if one.stage == chosen.stage), StageLine(chosen.stage, 0, 0))
        late, at_risk = line.late, line.at_risk
    return late if chosen.urgency is Urgency.LATE else at_risk


async def _chosen(session: AsyncSession, params: CaseParams) -> Chosen:
    if params.national:
        return Chosen(params.urgency, params.stage, None, Level.NATIONAL)
    agencies: Sequence[str] | None = None
    if params.agency is not None:
        below = await known_subtree(session, params.agency)
        agencies = [params.agency] if params.only else below
    return Chosen(params.urgency, params.stage, agencies)


async def moves(session: AsyncSession, type: EventType, looking: Looking) -> Cases:
    reach = await reach_of(session, looking.client)
    zone = await today.zone_for(session, looking.client)
    since = today.since_yesterday(looking.now, zone)
    rows = await queries.moves(session, type, reach, since=since, limit=MOST_MOVES)
    total = (await queries.moved(session, reach, since=since)).get(type, 0)
    return Cases(await today.moved_lines(session, rows, looking), total, zone, None)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps of ladders since `since`. `total` None: all that there are."""

    since: datetime
    zone: str
    total: int | None
    steps: Sequence[EscalationView]
    next_cursor: str | None

    @property
    def since_day(self) -> date:
        return self.since.date()


async def ladder(session: AsyncSession, params: LadderParams, looking: Looking, references: References) -> Ladder:
    reach = await reach_of(session, looking.client)
    zone = await today.zone_for(session, looking.client)
    since = today.since_yesterday(looking.now, zone)
    asked = EscalationParams(limit=params.limit, cursor=params.cursor)
    page = await escalations.page_of_escalations(
        session, asked, looking.client, references, language=looking.language, now=looking.now
    )
    if params.older:
        return Ladder(since, zone, None, page.items, page.next_cursor)
    steps = [one for one in page.items if one.recorded_at >= since]
    cursor = page.next_cursor if len(steps) == len(page.items) else None
    return Ladder(since, zone, await queries.count_told(session, reach, since=since), steps, cursor)
