"""Simulations over HTTP, for those who read the rules."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from shared.database import Session
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page, PageParams
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.roles import RulesReader
from sla_monitor.simulations import service
from sla_monitor.simulations.schemas import SimulationRequest, SimulationView

router = APIRouter(prefix="/v1/simulations", tags=["rules"])


# 409: too many wait.
@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=SimulationView,
    dependencies=[makes("/v1/simulations/{id}")],
    responses=web.errors_of(extra=(409, 413)),
)
@raises(409, "too_many_simulations")
@raises(
    422, "days_invalid", "period_reversed", "policy_invalid", "unknown_agency", "unknown_calendar", "unknown_policy"
)
@raises(503, "no_reference_data")
async def simulate(
    body: SimulationRequest,
    client: RulesReader,
    session: Session,
    rules: Rules,
    once: Idempotent,
    now: Now,
) -> Response:
    """Try a draft policy, another calendar or both on the reports of a period. It runs in the background."""
    view = await service.request(session, body, client, rules, now=now)
    return await once.answer(view, status=HTTPStatus.ACCEPTED)


@router.get("", responses=web.errors_of())
async def list_simulations(
    params: Annotated[PageParams, Query()], client: RulesReader, session: Session
) -> Page[SimulationView]:
    """Simulations without their results, the newest first."""
    return await service.page_of_simulations(session, params, client)


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_simulation(id: Annotated[UUID, Path()], client: RulesReader, session: Session) -> SimulationView:
    """How far a simulation is, and what it found."""
    return await service.get_simulation(session, id, client)
