"""The work list as a page: the same list as `GET /v1/reports`, with its filters, its order and its cursors."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.pages import options, queries
from routing_service.pages.boxes import Light, light
from routing_service.report.reading.schemas import WorkItem, WorkListParams
from routing_service.report.reading.work_list import service as work_list
from shared.clients import OFFICERS, Role
from shared.database import Session
from shared.domain.codes import CLASSIFICATIONS
from shared.domain.dates import day
from shared.domain.lifecycle import LABELS
from shared.domain.regions import time_zone_of
from shared.errors import DomainError, Invalid
from shared.http import field_errors
from shared.http.web import Now
from shared.pages import answers, places
from shared.pages.seat import Seat, Seated

WORK = f"{places.ROOT}/work"
ROWS = 50
#: What a form of this page says; anything else is no filter of it.
_FIELDS = (
    "status", "agency", "holder", "tracking_number", "q", "classification", "region", "overdue", "sort", "cursor",
)  # fmt: skip
_DAY = "due_on"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Row:
    item: WorkItem
    light: Light
    agency: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    rows: list[Row] = field(default_factory=list)
    next_cursor: str | None = None
    wrong: str | None = None


@router.get(WORK)
async def show_work_list(seat: Seated, session: Session, now: Now) -> Response:
    seat.allow(*OFFICERS, Role.SUPERVISOR)
    asked = {name: value for name, value in seat.request.query_params.items() if value.strip()}
    zone = await queries.zone_of_agency(session, seat.client.agency) or time_zone_of(None)
    try:
        async with session.begin_nested():
            listed = await _list(session, seat, asked, zone, now)
    except DomainError as error:
        listed = Listed(wrong=answers.sentence(error, seat.language))
    filters = {name: value for name, value in asked.items() if name in (*_FIELDS, _DAY) and name != "cursor"}
    response: Response = seat.request.app.state.look.page(
        seat.request, "work.html", now=now, zone=zone, listed=listed, filters=filters, first="cursor" not in asked,
        status=200 if listed.wrong is None else 422, statuses=options.labelled(LABELS, seat.language),
        classes=options.labelled(CLASSIFICATIONS, seat.language),
        due=day(now.date() + timedelta(days=7), seat.language),
    )  # fmt: skip
    return response


async def _list(session: AsyncSession, seat: Seat, asked: dict[str, str], zone: str, now: datetime) -> Listed:
    """Raises Invalid, Forbidden."""
    page = await work_list.work_list(session, _params(asked, zone), seat.client, now=now)
    names = await queries.names_of_agencies(session, {item.holder.agency for item in page.items})
    regions = await queries.regions_named(session, {item.region for item in page.items})
    clocks = await queries.first_clocks(session, [item.id for item in page.items])
    begun = {id: clock.started_at for id, clock in clocks.items()}
    rows = [
        Row(
            item,
            light(begun.get(item.id), item.due_at, now),
            names.get(item.holder.agency or ""),
            regions.get(item.region or ""),
        )
        for item in page.items
    ]
    return Listed(rows, page.next_cursor)


def _params(asked: dict[str, str], zone: str) -> WorkListParams:
    """A day that is asked for is meant whole, where whoever asks sits. Raises Invalid."""
    values: dict[str, Any] = {name: asked[name] for name in _FIELDS if name in asked} | {"limit": ROWS}
    if "status" in values:
        values["status"] = [values["status"]]
    if _DAY in asked:
        values["due_before"] = _end_of(asked[_DAY], zone)
    try:
        return WorkListParams.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        sentence = field_errors.told({**first, "loc": ("query", *first["loc"])}, WorkListParams)["message"]
        raise Invalid(sentence, pointer=f"query/{name}") from None


def _end_of(said: str, zone: str) -> datetime:
    try:
        on = datetime.strptime(said, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, and no instant
        return datetime.combine(on + timedelta(days=1), time(), ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise Invalid("Write a day such as 2026-03-31.", pointer="query/due_on") from None
