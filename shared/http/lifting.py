"""An operator lifts a limit: `POST /v1/limits/lifts` of each service, for what that service counts."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from shared.clients import Client, Role
from shared.errors import Invalid
from shared.http import web
from shared.http.auth import allow
from shared.http.idempotency import Idempotent
from shared.http.limits import subjects
from shared.http.limits.counters import Counters
from shared.http.limits.rules import Limit
from shared.http.raising import raises
from shared.http.wire import Answer, Schema

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/limits", tags=["limits"])

Operator = Annotated[Client, Depends(allow(Role.OPERATOR))]


class LimitToLift(Schema):
    """Whose limit begins anew. What is named here is stored nowhere."""

    limit: Limit = Field(description="Which limit, as `RateLimit` names it.")
    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Whom it counts: an account, a client, a reporter's reference, a tracking number or an address."
    )
    client: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="For `submissions-reporter` and `wrong-codes-client`: the client that sends for them."
    )


class LiftedLimit(Answer):
    limit: Limit = Field(description="Which limit, as `RateLimit` names it.")
    lifted: bool = Field(description="Whether anything had been counted.")


@router.post("/lifts", response_model=LiftedLimit, responses=web.errors_of(extra=(409, 413)))
@raises(422, "client_missing", "client_not_allowed", "unknown_limit")
async def lift_limit(body: LimitToLift, request: Request, operator: Operator, once: Idempotent) -> Response:
    """Let a count of this service begin anew, for an account, a client, a reporter, a report or an address.

    Every copy of the service notices within two seconds. `lifted` is false where nothing was counted.
    """
    counters: Counters = request.app.state.counters
    if body.limit not in counters.rules:
        known = ", ".join(sorted(counters.rules)) or "none"
        detail = f"This service does not count that; it counts: {known}."
        raise Invalid(detail, pointer="/limit", code="unknown_limit")
    if body.limit in subjects.OF_A_CLIENT and body.client is None:
        detail = "Name the client, too: this limit holds for something at a client."
        raise Invalid(detail, pointer="/client", code="client_missing")
    if body.limit not in subjects.OF_A_CLIENT and body.client is not None:
        detail = "Leave the client out: this limit holds for what `name` names alone."
        raise Invalid(detail, pointer="/client", code="client_not_allowed")
    lifted = await counters.lift_count(body.limit, subjects.subject_of(body.limit, body.name, body.client))
    logger.info("limit lifted", extra={"limit": body.limit.value, "by": operator.actor})
    return await once.answer(LiftedLimit(limit=body.limit, lifted=lifted))
