"""Simulations: what a form asks for, and what came of it, by stage and by report."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.states import TaskState
from shared.errors import Invalid, NotFound
from shared.http.wire import PageParams
from shared.pages.bodies import body_of, filled, number_in
from sla_monitor.pages import queries
from sla_monitor.pages.rules.stages import in_order_of_life
from sla_monitor.pages.today import Looking
from sla_monitor.policies import service as policies
from sla_monitor.policies.schemas import PolicyView
from sla_monitor.reference.service import References
from sla_monitor.simulations import service
from sla_monitor.simulations.schemas import CaseView, ResultView, SimulationRequest, SimulationView

#: Simulations on the page of all; agencies and cases on the page of one.
MOST_SIMULATIONS, MOST_AGENCIES, MOST_SHOWN, MOST_POLICIES = 20, 15, 50, 50
#: A limit that is tried stands in for those of its stage; of more than these nobody would see the end.
MOST_LIMIT = 3_650

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Share:
    """Deadlines of a stage, or of an agency, and how many were late: by the rules in force, and by what is tried."""

    name: str
    clocks: int
    breaches: int
    clocks_under_draft: int
    breaches_under_draft: int
    cases_changed: int

    @property
    def before(self) -> float | None:
        return self.breaches / self.clocks if self.clocks else None

    @property
    def after(self) -> float | None:
        return self.breaches_under_draft / self.clocks_under_draft if self.clocks_under_draft else None


@dataclass(frozen=True, slots=True)
class ShownSimulation:
    simulation: SimulationView
    stages: Sequence[Share] = ()
    agencies: Sequence[Share] = ()  #: those with the most deadlines that end otherwise
    more_agencies: int = 0
    cases: Sequence[CaseView] = ()
    names: Mapping[str, str] | None = None

    @property
    def is_waiting(self) -> bool:
        return self.simulation.state in (TaskState.PENDING, TaskState.RUNNING)


async def ask_for(session: AsyncSession, form: Form, looking: Looking, references: References) -> SimulationView:
    """Raises DomainError."""
    values: dict[str, Any] = filled(form, "policy", "from", "to", "agency", "stage")
    if form.get("calendar", "").strip():
        values["calendar"] = number_in(form, "calendar")
    if form.get("limit_stage", "").strip() or form.get("limit_days", "").strip():
        values["policy"] = await _with_limit(session, form, looking, references)
    body = body_of(SimulationRequest, values)
    return await service.request(session, body, looking.client, references, now=looking.now)


async def _with_limit(session: AsyncSession, form: Form, looking: Looking, references: References) -> dict[str, Any]:
    """The document of the policy that was chosen, or else of the one in force, with another limit of a stage."""
    stage, days = form.get("limit_stage", "").strip(), number_in(form, "limit_days")
    if days is None or not 1 <= days <= MOST_LIMIT:
        raise Invalid(f"Write the days of the limit that is tried: 1 to {MOST_LIMIT}.", pointer="/limit_days")
    code = form.get("policy", "").strip() or (await references.current(session)).policy_for(looking.now).code
    try:
        document = copy.deepcopy((await policies.get_policy(session, code)).document)
    except NotFound as error:
        raise Invalid(error.detail, pointer="/policy", code="unknown_policy") from None
    if stage not in document.get("stages", {}):
        raise Invalid("Choose the stage whose limit is tried; the policy has no such stage.", pointer="/limit_stage")
    limits = document["stages"][stage]["limits"]
    document["stages"][stage]["limits"] = [{**one, "days": days} for one in limits]
    return {**document, "code": f"{code}{_WITH}{stage}{_WITH}{days}"[:64]}


#: Between policy, stage and days in the code of a policy with another limit.
_WITH = "..."


def tried(simulation: SimulationView, labels: Mapping[str, str], other_limit: str) -> str:
    """What was tried, in words. `other_limit`: how a limit is said, with {stage} and {days}."""
    code, _, limit = (simulation.policy or "").partition(_WITH)
    stage, _, days = limit.partition(_WITH)
    other = other_limit.format(stage=labels.get(stage, stage), days=days) if limit else ""
    return ", ".join(one for one in (code, other, simulation.calendar) if one)


async def simulations(
    session: AsyncSession, looking: Looking, cursor: str | None
) -> tuple[Sequence[SimulationView], str | None]:
    """The newest first. Raises Invalid."""
    params = PageParams(limit=MOST_SIMULATIONS, cursor=cursor)
    page = await service.page_of_simulations(session, params, looking.client)
    return page.items, page.next_cursor


async def known_policies(session: AsyncSession) -> Sequence[PolicyView]:
    return (await policies.page_of_policies(session, PageParams(limit=MOST_POLICIES))).items


def last_months(today: date) -> tuple[date, date]:
    """Three months until today, as most people ask for."""
    return today - timedelta(days=90), today


async def shown_simulation(session: AsyncSession, id: UUID, looking: Looking) -> ShownSimulation:
    """Raises NotFound."""
    simulation = await service.get_simulation(session, id, looking.client)
    result = simulation.result
    if result is None:
        return ShownSimulation(simulation)
    agencies = sorted(_added_up(result, "agency"), key=lambda one: -one.cases_changed)
    shown, cases = agencies[:MOST_AGENCIES], result.cases[:MOST_SHOWN]
    codes = {one.name for one in shown} | {one.agency for one in cases if one.agency}
    names = await queries.agency_names(session, sorted(codes))
    stages = {one.name: one for one in _added_up(result, "stage")}
    return ShownSimulation(
        simulation, [stages[name] for name in in_order_of_life(stages)], shown, len(agencies) - len(shown), cases, names
    )  # fmt: skip


def _added_up(result: ResultView, by: str) -> list[Share]:
    numbers = ("clocks", "breaches", "clocks_under_draft", "breaches_under_draft", "cases_changed")
    sums: dict[str, list[int]] = {}
    for group in result.groups:
        line = sums.setdefault(getattr(group, by) or "", [0] * len(numbers))
        for place, name in enumerate(numbers):
            line[place] += getattr(group, name)
    return [Share(name, *line) for name, line in sums.items()]
