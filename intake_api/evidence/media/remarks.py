"""What a verifier should look at: a photo that was taken elsewhere, or long ago. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import asin, cos, radians, sin, sqrt

from intake_api.evidence.media.tasks import CameraSaid
from shared.domain.evidence import Remark

FAR_KILOMETRES = 300.0
LONG = timedelta(days=365)
_EARTH_KILOMETRES = 6_371.0
#: What a camera writes without an offset is taken to be the time of the middle one of the country's three zones.
_SOMEWHERE = timezone(timedelta(hours=8))
Place = tuple[float, float]


def remarks_on(said: CameraSaid, *, place: Place | None, received_at: datetime) -> Iterator[Remark]:
    """`place`: the latitude and longitude that the report names."""
    if said.is_garbled:
        yield Remark.TAGS_UNREADABLE
    taken = None if said.latitude is None or said.longitude is None else (said.latitude, said.longitude)
    if place is not None and taken is not None and kilometres(place, taken) >= FAR_KILOMETRES:
        yield Remark.TAKEN_FAR_AWAY
    if said.taken_at is not None and received_at - instant(said.taken_at) >= LONG:
        yield Remark.TAKEN_LONG_BEFORE


def instant(taken_at: str) -> datetime:
    taken = datetime.fromisoformat(taken_at)
    return (taken if taken.tzinfo is not None else taken.replace(tzinfo=_SOMEWHERE)).astimezone(UTC)


def kilometres(one: Place, other: Place) -> float:
    """Along the surface of a sphere."""
    (north, east), (to_north, to_east) = (map(radians, place) for place in (one, other))
    part = sin((to_north - north) / 2) ** 2 + cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return 2 * _EARTH_KILOMETRES * asin(min(1.0, sqrt(part)))
