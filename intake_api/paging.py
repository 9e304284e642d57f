"""Keyset pages of reports: newest first, from where the page before ended."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import AwareDatetime

from shared.errors import Invalid
from shared.http.wire import Instant, TrackingNumber, decode_cursor

Place = tuple[datetime, UUID]
#: Whoever gets a cursor can read it: in a list of reports of others it holds nothing but what the list shows of them.
PublicPlace = tuple[datetime, str]


def place_of(cursor: str | None) -> Place | None:
    """Where the page before ended. Raises Invalid for a cursor that we did not make."""
    if cursor is None:
        return None
    received_at, report_id = decode_cursor(cursor, tuple[AwareDatetime, UUID])
    try:
        return received_at.astimezone(UTC), report_id
    except OverflowError:
        raise Invalid(
            "The cursor is not one that this list gave out.", pointer="query/cursor", code="bad_cursor"
        ) from None


def public_place_of(cursor: str | None) -> PublicPlace | None:
    """The same in a list of reports of others."""
    return None if cursor is None else decode_cursor(cursor, tuple[Instant, TrackingNumber])
