"""What has to be looked at today, for whoever asks: what is late, who was told, what moved since yesterday."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role, Scope
from shared.database import Sessions
from shared.domain.lifecycle import Level
from shared.domain.regions import NATIONAL_ZONE, time_zone_of
from shared.domain.wording import Language, say
from shared.log.events import EventType
from shared.queries.days_left import DaysLeft, days_left
from shared.queries.reach import reach_of
from sla_monitor.escalations import service as escalations
from sla_monitor.escalations.schemas import EscalationParams, EscalationView
from sla_monitor.pages import queries, urgency, urgent_queries
from sla_monitor.pages.counts import KeptCounts
from sla_monitor.pages.urgency import HolderLine, StageLine, Urgency
from sla_monitor.pages.urgent_queries import Chosen
from sla_monitor.reference.service import Reference, References

#: How much of each list stands on the page itself; a link leads to the rest.
FEW, MORE = 10, 30


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, in which language, and when; and what was counted of the whole country."""

    client: Client
    language: Language
    now: datetime
    counts: KeptCounts
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class Line:
    """A report in a list. `left`: until the deadline that makes it urgent."""

    number: str
    title: str | None  #: None: secret for them
    secret: bool
    level: Level
    holder: str | None  #: the name of the agency
    received_at: datetime | None = None
    due_at: datetime | None = None
    stages: Sequence[str] = ()
    left: DaysLeft | None = None
    late: bool = False
    at: datetime | None = None
    zone: str = NATIONAL_ZONE  #: in which its days are counted


@dataclass(frozen=True, slots=True)
class Today:
    since: datetime
    zone: str
    late: int
    at_risk: int
    near: int
    told: int
    stages: Sequence[StageLine]
    holders: Sequence[HolderLine]
    names: Mapping[str, str]  #: of the agencies among them
    ladder: Sequence[EscalationView]
    moved: Mapping[EventType, int]
    near_lines: Sequence[Line]
    labels: Mapping[str, str]  #: of stages
    counted_at: datetime

    @property
    def since_day(self) -> date:
        return self.since.date()

    @property
    def shown_holders(self) -> Sequence[HolderLine]:
        return self.holders[:MORE]

    @property
    def is_quiet(self) -> bool:
        return not (self.late or self.at_risk or self.near)


async def zone_for(session: AsyncSession, client: Client) -> str:
    return await queries.zone_of(session, client.agency) or time_zone_of(None)


def since_yesterday(now: datetime, zone: str) -> datetime:
    """The midnight at which yesterday began, there."""
    there = now.astimezone(ZoneInfo(zone))
    return (there - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


async def today(session: AsyncSession, looking: Looking, references: References) -> Today:
    """Raises Forbidden for who works on no report."""
    client, now = looking.client, looking.now
    reach = await reach_of(session, client)
    zone = await zone_for(session, client)
    since = since_yesterday(now, zone)
    counts = await looking.counts.get(session, looking.sessions, reach, now=now)
    held = counts.held
    if client.role in (Role.NATIONAL_ADMIN, Role.SUPERVISOR):
        holders = urgency.by_instansi(held, await queries.parents(session))
    else:
        holders = urgency.by_agency(held)
    late, at_risk = urgency.total(held)
    near = await urgent_queries.reports(session, Chosen(Urgency.NEAR_60), reach, now=now, after=None, limit=FEW)
    return Today(
        since, zone, late, at_risk, counts.near,
        await queries.count_told(session, reach, since=since), counts.stages,
        holders, await queries.agency_names(session, (line.agency for line in holders[:MORE])),
        await escalated(session, looking, references, since=since, limit=FEW),
        await queries.moved(session, reach, since=since),
        await lines(session, near, looking),
        await labels(session, references, looking.language), counts.at,
    )  # fmt: skip


async def escalated(
    session: AsyncSession, looking: Looking, references: References, *, since: datetime, limit: int
) -> Sequence[EscalationView]:
    """The newest steps of ladders since then, as the API shows them."""
    page = await escalations.page_of_escalations(
        session, EscalationParams(limit=limit), looking.client, references, language=looking.language, now=looking.now
    )
    return [one for one in page.items if one.recorded_at >= since]


async def labels(session: AsyncSession, references: References, language: Language) -> Mapping[str, str]:
    """What people call each stage, by the policies that are in force."""
    rules = await references.current(session)
    return stage_labels(rules, language)


def stage_labels(rules: Reference, language: Language) -> Mapping[str, str]:
    return {
        name: say(stage.label, language) for policy in rules.policies.values() for name, stage in policy.stages.items()
    }


def reads_titles(client: Client, *, secret: bool) -> bool:
    """A supervisor without the scope reads no words of a secret report."""
    return not secret or client.role is not Role.SUPERVISOR or client.may(Scope.SECRET)


async def lines(session: AsyncSession, rows: Sequence[Any], looking: Looking) -> list[Line]:
    """Reports that are urgent, with the deadlines that run."""
    running = await urgent_queries.running(session, [row.report_id for row in rows]) if rows else {}
    names = await queries.agency_names(session, (row.holder_agency_code for row in rows))
    urgent = {row.report_id: _urgent(row, running.get(row.report_id, ())) for row in rows}
    asked = [(report, clock.stage) for report, clock in urgent.items() if clock is not None]
    left = await days_left(session, asked, now=looking.now)
    return [_line(row, running.get(row.report_id, ()), names, left, looking) for row in rows]


def _urgent(row: Any, clocks: Sequence[Any]) -> Any:
    """The deadline that makes a report urgent."""
    return next((one for one in clocks if one.due_at == row.due_at), None)


def _line(
    row: Any, clocks: Sequence[Any], names: Mapping[str, str], left: Mapping[tuple[UUID, str], DaysLeft],
    looking: Looking,
) -> Line:  # fmt: skip
    clock = _urgent(row, clocks)
    return Line(
        row.tracking_number, title_of(row, looking.client), row.secret, Level(row.holder_level),
        names.get(row.holder_agency_code, row.holder_agency_code), row.received_at, row.due_at,
        list(dict.fromkeys(one.stage for one in clocks)), left.get((row.report_id, clock.stage)) if clock else None,
        row.due_at <= looking.now, zone=clock.time_zone if clock else NATIONAL_ZONE,
    )  # fmt: skip


def title_of(row: Any, client: Client) -> str | None:
    return (row.verified_title or row.title) if reads_titles(client, secret=row.secret) else None


async def moved_lines(session: AsyncSession, rows: Iterable[Any], looking: Looking) -> list[Line]:
    found = list(rows)
    names = await queries.agency_names(session, (row.holder_agency_code for row in found))
    return [
        Line(
            row.tracking_number, title_of(row, looking.client), row.secret, Level(row.holder_level or Level.NATIONAL),
            names.get(row.holder_agency_code, row.holder_agency_code), at=row.recorded_at,
        )
        for row in found
    ]  # fmt: skip
