"""Where a page of reports ended: newest first, in the order of receipt."""

from datetime import datetime
from uuid import UUID

from shared.http.wire import Instant, PageParams, TrackingNumber

Position = tuple[datetime, UUID]
#: Whoever gets a cursor can read it: in a list of reports of others it holds nothing but what the list shows of them.
PublicPosition = tuple[datetime, str]


def position_of(params: PageParams) -> Position | None:
    return params.position(tuple[Instant, UUID])


def public_position_of(params: PageParams) -> PublicPosition | None:
    """The same in a list of reports of others."""
    return params.position(tuple[Instant, TrackingNumber])
