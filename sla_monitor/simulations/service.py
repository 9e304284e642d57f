"""Simulations: asked for in a request, done batch by batch by any monitor.

One batch of reports is one transaction, in which the simulation itself advances: a monitor that is killed in a batch
leaves it undone as a whole, and whichever comes next goes on from there.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.database import Sessions, release_when_idle
from shared.domain.states import TaskState
from shared.errors import Conflict, DomainError, Invalid, NotFound
from shared.http.problems import is_away
from shared.http.wire import Page, PageParams
from shared.ids import new_id
from shared.log import events
from shared.log.events import Event
from shared.queries.reach import known_subtree, knows_published_only
from shared.schema import Simulation
from sla_monitor.calendar_versions.schemas import DayChanges
from sla_monitor.calendars import Calendar
from sla_monitor.deadlines import DEFAULT_ZONE
from sla_monitor.policy import Policy
from sla_monitor.recompute import queries as clocks
from sla_monitor.reference import queries as reference
from sla_monitor.reference.service import Reference, References
from sla_monitor.simulations import drafts, queries
from sla_monitor.simulations.compare import Chosen, Ruling, Totals
from sla_monitor.simulations.schemas import ResultView, SimulationRequest, SimulationView

logger = logging.getLogger(__name__)

BATCH = 1000
MOST_WAITING = 10
IDLE_SECONDS = 30


async def request(
    session: AsyncSession, body: SimulationRequest, client: Client, references: References, *, now: datetime
) -> SimulationView:
    """Keep what is to be tried as it is now: drafts may be amended while it runs."""
    if body.first > body.last:
        raise Invalid("`from` lies after `to`.", pointer="/from", code="period_reversed")
    if await queries.count_unfinished(session) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} simulations wait to be done; try again later.", code="too_many_simulations")
    current = await references.current(session)
    document = await _document(session, body.policy)
    calendar = await _calendar(session, body.calendar, current)
    if body.agency is not None:
        await _check_agency(session, body.agency)
    parameters = {
        "policy": None if document is None else drafts.policy(document).code,
        "calendar": None if calendar is None else calendar.name,
        "received_from": body.first.isoformat(),
        "received_to": body.last.isoformat(),
        "agency": body.agency,
        "stage": body.stage,
        "published_only": knows_published_only(client),
    }
    rules = {
        "policy": document,
        "calendar": None if calendar is None else drafts.as_json(calendar),
        "in_force": drafts.as_json(current.calendar),
    }
    row = await queries.add_simulation(
        session, id=new_id(), requested_by=client.actor, parameters=parameters, rules=rules, as_of=now
    )
    return _view(row)


async def _document(session: AsyncSession, policy: str | Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if not isinstance(policy, str):
        return policy
    document = await queries.policy_document(session, policy)
    if document is None:
        raise Invalid(f"There is no policy {policy}.", pointer="/policy", code="unknown_policy")
    return document


async def _calendar(session: AsyncSession, asked: int | DayChanges | None, current: Reference) -> Calendar | None:
    if asked is None:
        return None
    if isinstance(asked, DayChanges):
        return drafts.amended(current.calendar, asked, await queries.places(session))
    version = await queries.calendar_version(session, asked)
    if version is None:
        raise Invalid(f"There is no calendar {asked}.", pointer="/calendar", code="unknown_calendar")
    return await reference.calendar_of(session, version)


async def _check_agency(session: AsyncSession, agency: str) -> None:
    try:
        await known_subtree(session, agency)
    except Invalid as error:
        raise Invalid(error.detail, pointer="/agency", code=error.code) from None


async def get_simulation(session: AsyncSession, id: UUID, client: Client) -> SimulationView:
    row = await queries.get_simulation(session, id)
    if row is None or (knows_published_only(client) and not _published_only(row)):
        raise NotFound(f"There is no simulation {id}.")
    return _view(row)


def _published_only(row: Simulation) -> bool:
    """Those of the release before looked at every report."""
    return bool(row.parameters.get("published_only"))


async def page_of_simulations(session: AsyncSession, params: PageParams, client: Client) -> Page[SimulationView]:
    params = params.in_list("simulations")
    before = params.key(tuple[UUID])
    rows = await queries.page_of_simulations(
        session, published_only=knows_published_only(client), before=before, limit=params.rows
    )
    shown, next_cursor = params.cut(rows, lambda row: (row.id,))
    return Page(items=[_view(row, with_result=False) for row in shown], next_cursor=next_cursor)


def _view(row: Simulation, *, with_result: bool = True) -> SimulationView:
    names = ("id", "state", "requested_by", "as_of", "total", "done", "refused", "created_at", "started_at",
             "finished_at")  # fmt: skip
    known = {name: getattr(row, name) for name in names}
    result = None
    if with_result and row.state == TaskState.DONE:
        truncated = row.result["cases_changed"] > len(row.result["cases"])
        result = ResultView.model_validate({**row.result, "truncated": truncated})
    return SimulationView.model_validate({**known, **row.parameters, "result": result})


# --- doing it ----------------------------------------------------------------------------------------------


async def work(sessions: Sessions, references: References, *, batch: int = BATCH) -> SimulationView | None:
    """Do one batch of the oldest simulation that nobody else works on; None if there is nothing to do."""
    async with sessions.begin() as session:
        await release_when_idle(session, seconds=IDLE_SECONDS)
        task = await queries.claim_simulation(session)
        if task is None:
            return None
        try:
            async with session.begin_nested():
                await _batch(session, task, references, batch)
        except Exception as error:
            if is_away(error):
                raise
            await _give_up(session, task, error)
        return _view(task, with_result=False)


async def _batch(session: AsyncSession, task: Simulation, references: References, batch: int) -> None:
    first, end = period(task.parameters)
    if task.total is None:
        total = await queries.count_reports(session, first, end, published_only=_published_only(task))
        started_at = await clocks.now(session)
        await queries.advance(session, task, total=total, state=TaskState.RUNNING, started_at=started_at)
    named = await queries.reports(
        session, first, end, published_only=_published_only(task), after=task.position, limit=batch
    )
    histories = await events.histories(session, named)
    trial = await _trial(session, task, await references.current(session))
    # In a thread, so that the monitor answers and sweeps meanwhile.
    refused = await asyncio.to_thread(trial.take, named, histories)
    progress = {
        "done": task.done + len(named),
        "refused": task.refused + refused,
        "position": list(named)[-1] if named else task.position,
        "result": trial.totals.as_json(),
    }
    last = len(named) < batch
    ending = {"state": TaskState.DONE, "finished_at": await clocks.now(session)} if last else {}
    await queries.advance(session, task, **progress, **ending)


async def _give_up(session: AsyncSession, task: Simulation, error: Exception) -> None:
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    logger.warning("simulation failed", extra={"simulation": str(task.id), "error": code})
    await queries.advance(session, task, state=TaskState.FAILED, finished_at=await clocks.now(session))


def period(parameters: Mapping[str, Any]) -> tuple[datetime, datetime]:
    first, last = (datetime.fromisoformat(parameters[name]).date() for name in ("received_from", "received_to"))
    zone = ZoneInfo(DEFAULT_ZONE)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


async def _trial(session: AsyncSession, task: Simulation, current: Reference) -> "_Trial":
    parameters, rules = task.parameters, task.rules
    agencies = None if parameters["agency"] is None else await known_subtree(session, parameters["agency"])
    in_force = drafts.from_json(rules["in_force"])
    return _Trial(
        current,
        in_force,
        None if rules["policy"] is None else drafts.policy(rules["policy"]),
        in_force if rules["calendar"] is None else drafts.from_json(rules["calendar"]),
        Chosen(None if agencies is None else frozenset(agencies), parameters["stage"]),
        Totals.of(task.result),
        task.as_of,
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    current: Reference
    in_force: Calendar
    policy: Policy | None
    calendar: Calendar
    chosen: Chosen
    totals: Totals
    as_of: datetime

    def take(self, named: Mapping[UUID, str], histories: Mapping[UUID, Sequence[Event]]) -> int:
        """Add these reports; how many could not be computed."""
        refused = 0
        limits = self.current.local_limits
        for report_id, number in named.items():
            try:
                history = histories[report_id]
                policy = self.current.policy_of(history)
                self.totals.take(
                    {"report_id": str(report_id), "tracking_number": number},
                    history,
                    Ruling(policy, self.in_force, limits),
                    Ruling(self.policy or policy, self.calendar, limits),
                    self.chosen,
                    as_of=self.as_of,
                )
            except Exception:  # as a recomputation counts it
                refused += 1
        return refused
