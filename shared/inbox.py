"""The receiving end of delivery: `POST /internal/events` of a service that follows events."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared import web
from shared.auth import ServiceClient
from shared.wire import Answer, Storable

logger = logging.getLogger(__name__)

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
LARGEST_BATCH = 1000

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


class Receipt(Answer):
    """What became of one event."""

    id: UUID
    outcome: Outcome
    detail: str | None = None


class Receipts(Answer):
    results: list[Receipt]


Handler = Callable[[Request, Sequence[CloudEvent]], Awaitable[Sequence[Receipt]]]


def router(handle: Handler) -> APIRouter:
    """The inbox of a service. `handle` answers for each event; it acts at most once however often it is asked."""
    inbox = APIRouter(tags=["internal"])

    @inbox.post("/internal/events", responses=web.errors_of(extra=(413,)))
    async def receive_events(
        events: Annotated[list[CloudEvent], Field(min_length=1, max_length=LARGEST_BATCH)],
        request: Request,
        _client: ServiceClient,
    ) -> Receipts:
        """Take a batch of CloudEvents; each is acknowledged for itself. Only the services call this."""
        return Receipts(results=list(await handle(request, events)))

    return inbox
