"""Where events leave a report: read without the rest of a payload, since everything that is computed asks for it. Pure.

Only `report.received` (as `status`) and status events (as `to`) speak of it; facts do not.
"""

from collections.abc import Iterable
from typing import NamedTuple

from shared.domain.lifecycle import Holder, Level, Status
from shared.log.payloads.parts import Json, code


class Placed(NamedTuple):
    """Where an event leaves the report, and the place whose days and midnights count from then on."""

    came_from: Status | None  #: None: it has just been received
    status: Status
    holder: Holder
    agency: str | None  #: that it is assigned to
    time_zone: str | None
    province: str | None
    regency: str | None


def placed(data: Json) -> Placed | None:
    """None: the event does not speak of it. Raises KeyError, AttributeError, TypeError for what is no payload."""
    status = data.get("to") or data.get("status")
    if status is None:
        return None
    before, holder = data.get("from"), data["holder"]
    return Placed(
        None if before is None else code(Status, before),
        code(Status, status),
        Holder(code(Level, holder["level"]), holder["agency"]),
        data.get("agency"),
        data.get("time_zone"),
        data.get("province"),
        data.get("regency"),
    )


NEW = Placed(None, Status.RECEIVED, Holder(Level.NATIONAL, None), None, None, None, None)


def fold(places: Iterable[Placed | None]) -> tuple[Status, Holder]:
    """Status and holder as the events leave them, in the order of `seq`."""
    last = NEW
    for place in places:
        last = place or last
    return last.status, last.holder
