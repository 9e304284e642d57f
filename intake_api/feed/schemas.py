from pydantic import Field

from shared.http.wire import Answer, PageParams
from shared.log.own_feed import OwnFeedEvent


class OwnFeedParams(PageParams):
    """In the order in which things were written down."""


class OwnFeed(Answer):
    """`next_cursor` is always given: ask again with it, at any time; no event is missed, and none comes twice."""

    items: list[OwnFeedEvent] = Field(
        description="The oldest first; more than `limit` where one event is told for several of your reports."
    )
    next_cursor: str = Field(description="For the next request, whether anything was found or not.")
    more: bool = Field(description="Whether there may be more already: ask at once, else whenever you like.")
