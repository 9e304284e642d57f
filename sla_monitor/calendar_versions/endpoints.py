"""Calendar versions over HTTP. Operators write; national administrators and supervisors read."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from shared.database import Session
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page
from shared.queries.reach import knows_published_only
from sla_monitor.calendar_versions import files, service
from sla_monitor.calendar_versions.schemas import (
    Activated,
    Activation,
    CalendarDetail,
    CalendarDraft,
    CalendarParams,
    CalendarPreview,
    CalendarView,
    DayChanges,
)
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.recomputations.schemas import PreviewParams
from sla_monitor.roles import Operator, RulesReader

router = APIRouter(prefix="/v1/calendars", tags=["calendars"])

CalendarId = Annotated[int, Path(alias="id", ge=1, le=2**31 - 1)]

_CHANGES = web.errors_of(reads=True, extra=(409, 413))
_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "action,date,kind,province,name_id,name_en\n"
                "remove,2026-03-20,cuti_bersama,,,\n"
                "add,2026-01-09,regional,64,Hari Jadi Kalimantan Timur,Anniversary of East Kalimantan\n",
            }
        },
    }
}


@router.get("", responses=web.errors_of())
async def list_calendars(
    params: Annotated[CalendarParams, Query()], _client: RulesReader, session: Session
) -> Page[CalendarView]:
    """Versions of the calendar of working days, the newest first."""
    return await service.page_of_calendars(session, params)


@router.post("", status_code=HTTPStatus.CREATED, response_model=CalendarDetail,
             responses=web.errors_of(extra=(409, 413)), dependencies=[makes("/v1/calendars/{id}")])  # fmt: skip
@raises(400, "calendar_invalid")
@raises(409, "name_taken")
@raises(422, "unknown_calendar")
async def draft_calendar(body: CalendarDraft, client: Operator, session: Session, once: Idempotent) -> Response:
    """Make a draft from a version, with years from the installed `holidays` package if wanted. Only operators."""
    return await once.answer(await service.draft(session, body, client), status=HTTPStatus.CREATED)


@router.get("/{id}", responses=web.errors_of(reads=True))
async def get_calendar(id: CalendarId, _client: RulesReader, session: Session) -> CalendarDetail:
    """One version with its days off."""
    return await service.get_calendar(session, id)


@router.post("/{id}/days", response_model=CalendarDetail, responses=_CHANGES)
@raises(409, "calendar_not_draft")
@raises(422, "days_invalid")
async def amend_calendar(
    id: CalendarId, body: DayChanges, _client: Operator, session: Session, once: Idempotent
) -> Response:
    """Add days off to a draft and remove others. Only operators."""
    return await once.answer(await service.amend(session, id, body))


@router.post("/{id}/days/csv", response_model=CalendarDetail, responses=_CHANGES, openapi_extra=_CSV)
@raises(409, "calendar_not_draft")
@raises(422, "days_invalid")
async def amend_calendar_by_csv(
    id: CalendarId, request: Request, _client: Operator, session: Session, once: Idempotent
) -> Response:
    """The same from a CSV or XLSX file; errors name line and column. Only operators."""
    changes, places = await asyncio.to_thread(files.read_days, await request.body())
    return await once.answer(await service.amend(session, id, changes, places=places))


@router.post("/{id}/preview", response_model=CalendarPreview, responses=_CHANGES)
@raises(409, "calendar_year_missing", "no_policy")
@raises(422, "policy_invalid")
@raises(503, "no_reference_data")
async def preview_calendar(
    id: CalendarId, params: Annotated[PreviewParams, Query()], client: RulesReader, session: Session, rules: Rules,
    now: Now, once: Idempotent,
) -> Response:  # fmt: skip
    """Which open clocks this version would move, by how much, and which would become or cease to be late."""
    found = await service.preview_calendar(
        session, id, rules, now=now, limit=params.limit, published_only=knows_published_only(client)
    )
    return await once.computed(found)


@router.post(
    "/{id}/activation",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Activated,
    responses=_CHANGES,
    dependencies=[makes("/v1/recomputations/{recomputation[id]}")],
)
@raises(409, "calendar_not_draft", "calendar_replaced", "calendar_years_missing")
async def activate_calendar(
    id: CalendarId, body: Activation, client: Operator, session: Session, now: Now, once: Idempotent
) -> Response:
    """Put a draft in force; its open clocks are recomputed in the background. Only operators."""
    activated = await service.activate_calendar(session, id, body, client, now=now)
    return await once.answer(activated, status=HTTPStatus.ACCEPTED)
