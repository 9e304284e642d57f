from datetime import datetime
from uuid import UUID

from pydantic import Field

from intake_api.reporters.schemas import Matter
from shared.domain.lifecycle import Status
from shared.http.wire import Answer, PageParams
from shared.log.events import EventType


class OwnFeedParams(PageParams):
    """In the order in which things were written down."""


class OwnFeedEvent(Answer):
    """Something that the reporter of a report of yours can see. What was said is in the report itself."""

    id: UUID = Field(description="Of the event; it comes once for each of your reports that it is told for.")
    type: EventType = Field(description="What happened; new types may be added.")
    tracking_number: str = Field(description="Of your report.")
    of: Matter = Field(
        description="`report`: it happened to your report. `merged`: to the one that it was merged into, as far as the "
        "reporter of yours may follow it; the instants are then to the minute."
    )
    external_reference: str | None = Field(description="Your own number of the report, as you gave it.")
    status: Status | None = Field(description="The status of the report from then on; null: it did not change.")
    version: int = Field(description="The version of the report from then on, as in its own view.")
    occurred_at: datetime = Field(description="When it counts from.")
    changed_at: datetime = Field(description="When it was written down.")


class OwnFeed(Answer):
    """`next_cursor` is always given: ask again with it, at any time; no event is missed, and none comes twice."""

    items: list[OwnFeedEvent] = Field(
        description="The oldest first; more than `limit` where one event is told for several of your reports."
    )
    next_cursor: str = Field(description="For the next request, whether anything was found or not.")
    more: bool = Field(description="Whether there may be more already: ask at once, else whenever you like.")
