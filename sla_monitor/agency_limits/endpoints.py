"""Local limits over HTTP. Operators write, and an instansi those of its own agencies; others read."""

from typing import Annotated

from fastapi import APIRouter, Path

from shared.database import Session
from shared.http import web
from shared.http.auth import ManagingClient
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Code
from sla_monitor.agency_limits import service
from sla_monitor.agency_limits.schemas import LimitBody, LimitChanged, LimitList
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.roles import LimitsReader

router = APIRouter(prefix="/v1/agencies", tags=["policies"])

AgencyCode = Annotated[Code, Path(description="The agency's code.")]
StageName = Annotated[Code, Path(description="The stage of the policy, such as first_response.")]


@router.get("/{code}/limits", responses=web.errors_of(reads=True))
@raises(403, "not_any_more", "outside_of_instansi")
async def list_limits(code: AgencyCode, client: LimitsReader, session: Session) -> LimitList:
    """The limits that an agency has set itself; an instansi reads those of its own."""
    return await service.of_agency(session, code, client)


@router.put("/{code}/limits/{stage}", responses=web.errors_of(reads=True, extra=(413,)))
@raises(422, "limit_not_stricter", "policy_invalid", "unknown_stage")
@raises(503, "no_reference_data")
@raises(403, "not_any_more", "outside_of_instansi")
async def put_limit(
    code: AgencyCode,
    stage: StageName,
    body: LimitBody,
    client: ManagingClient,
    session: Session,
    rules: Rules,
    now: Now,
) -> LimitChanged:
    """Set a limit stricter than the policy's; its open clocks are recomputed in the background. Operators; an
    instansi for its own agencies.
    """
    return await service.put(session, code, stage, body, client, rules, now=now)


@router.delete("/{code}/limits/{stage}", responses=web.errors_of(reads=True))
@raises(403, "not_any_more", "outside_of_instansi")
async def withdraw_limit(code: AgencyCode, stage: StageName, client: ManagingClient, session: Session) -> LimitChanged:
    """Withdraw it, so that the policy holds again. Operators; an instansi for its own agencies."""
    return await service.withdraw(session, code, stage, client)
