"""The receiving end of delivery: `POST /internal/events` of a service that follows events.

A sender says how long it waits. A receiver works portion by portion, answers `later` for what it has no time for, and
stops as soon as nobody waits: work whose answer is lost would be asked for again, and slow down what is asked for next.
"""

import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.errors import DomainError
from shared.http import web
from shared.http.auth import ServiceClient
from shared.http.wire import Answer, Storable

logger = logging.getLogger(__name__)

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
LARGEST_BATCH = 1000
#: Between portions a receiver looks at the clock, and whether anybody still waits.
PORTION = 50

#: How many seconds a receiver may take; the rest is answered `later`. A sender of before does not say it.
BUDGET_HEADER = "X-Lapor-Budget"
SHORTEST_BUDGET_SECONDS = 0.05

_Line = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]


class EventReference(BaseModel):
    """Which event; the receiver reads the log itself, not the payload."""

    model_config = ConfigDict(frozen=True)

    report_id: UUID
    seq: int = Field(ge=1, le=2**31 - 1)


class CloudEvent(BaseModel):
    """CloudEvents 1.0, JSON format. Fields that we do not know are ignored."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: _Line
    type: _Line
    subject: _Line
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: EventReference


class Outcome(StrEnum):
    DONE = auto()
    RETRY = auto()
    LATER = auto()  #: not looked at, or somebody holds the report just now: ask again soon, no attempt is counted


class Receipt(Answer):
    """What became of one event."""

    id: UUID
    outcome: Outcome
    detail: str | None = None


class Receipts(Answer):
    results: list[Receipt]


Handler = Callable[[Request, Sequence[CloudEvent]], Awaitable[Sequence[Receipt]]]


class Busy(DomainError):
    """A sender of this kind is being served; its relay takes the same rows along with its next batch."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "inbox_busy"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


@dataclass(slots=True)
class Inbox:
    """Takes one batch at a time of each kind of sender. `handle` acts at most once however often it is asked."""

    handle: Handler
    monotonic: Callable[[], float] = time.monotonic
    _serving: set[str] = field(default_factory=set)

    async def take(
        self, request: Request, events: Sequence[CloudEvent], sender: str, budget: float | None
    ) -> list[Receipt]:
        """Answers for each event; raises Busy. Without a budget nothing is put off: the sender does not know how."""
        if sender in self._serving:
            raise Busy("Another batch of this service is being taken; send this one again in a second.")
        self._serving.add(sender)
        try:
            return await self._take(request, events, math.inf if budget is None else self.monotonic() + budget)
        finally:
            self._serving.discard(sender)

    async def _take(self, request: Request, events: Sequence[CloudEvent], until: float) -> list[Receipt]:
        receipts: list[Receipt] = []
        for start in range(0, len(events), PORTION):
            if start and (self.monotonic() >= until or await request.is_disconnected()):
                left = events[start:]
                logger.info("batch cut short", extra={"taken": start, "left": len(left)})
                return [*receipts, *(Receipt(id=event.id, outcome=Outcome.LATER) for event in left)]
            receipts += await self.handle(request, events[start : start + PORTION])
        return receipts


def router(handle: Handler, *, monotonic: Callable[[], float] = time.monotonic) -> APIRouter:
    """The inbox of a service."""
    inbox = Inbox(handle, monotonic)
    routes = APIRouter(tags=["internal"])

    @routes.post("/internal/events", include_in_schema=False, responses=web.errors_of(extra=(413, 429)))
    async def receive_events(
        events: Annotated[list[CloudEvent], Field(min_length=1, max_length=LARGEST_BATCH)],
        request: Request,
        client: ServiceClient,
        budget: Annotated[float | None, Header(alias=BUDGET_HEADER, ge=SHORTEST_BUDGET_SECONDS, le=3600)] = None,
    ) -> Receipts:
        """Take a batch of CloudEvents; each is acknowledged for itself. Only the services call this."""
        return Receipts(results=await inbox.take(request, events, client.sub, budget))

    return routes
