"""An event as systems outside read it: CloudEvents 1.0, the same as a webhook would carry."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from shared.http.wire import Answer, Code, PageParams
from shared.log.events import EventType

#: The version of `data`; it is raised when its meaning changes, not when it grows.
DATA_VERSION = 1


def _known(types: str) -> str:
    for one in types.split(","):
        EventType(one)  # a ValueError, that is a 422, for an unknown type
    return types


EventTypes = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, pattern=r"^[a-z]+\.[a-z]+(,[a-z]+\.[a-z]+)*$"),
    AfterValidator(_known),
]


class FeedParams(PageParams):
    types: EventTypes | None = Field(None, description="Only these types, joined by commas.")
    agency: Code | None = Field(None, description="Only what concerns this agency or one below it.")


class EventData(Answer):
    """`details` are those of the type: codes and ids, never anybody's words."""

    version: int = DATA_VERSION
    report_id: UUID
    tracking_number: str
    seq: int
    recorded_at: datetime
    actor: str
    details: dict[str, Any]


class FeedEvent(Answer):
    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: EventData


class Feed(Answer):
    """`next_cursor` is always given: ask again with it, at any time; no event is missed, and none comes twice."""

    items: list[FeedEvent]
    next_cursor: str
