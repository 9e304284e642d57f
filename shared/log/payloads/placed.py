"""Where events leave a report: read without the rest of a payload, since everything that is computed asks for it. Pure.

Only `report.received` (as `status`) and status events (as `to`) speak of it; facts do not.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from shared.domain.lifecycle import Holder, Level, Status
from shared.domain.newer import code
from shared.log.payloads.parts import Json


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
    get = data.get
    status = get("to") or get("status")
    if status is None:
        return None
    before, holder = get("from"), data["holder"]
    return Placed(
        None if before is None else _STATUSES.get(before) or code(Status, before),
        _STATUSES.get(status) or code(Status, status),
        _holder(holder["level"], holder["agency"]),
        get("agency"),
        get("time_zone"),
        get("province"),
        get("regency"),
    )


_STATUSES = {status.value: status for status in Status}


@lru_cache(maxsize=10_000)  # clocks are computed by the million, of reports of a few thousand agencies
def _holder(level: str, agency: str | None) -> Holder:
    return Holder(code(Level, level), agency)


NEW = Placed(None, Status.RECEIVED, Holder(Level.NATIONAL, None), None, None, None, None)


def fold(places: Iterable[Placed | None]) -> tuple[Status, Holder]:
    """Status and holder as the events leave them, in the order of `seq`."""
    last = NEW
    for place in places:
        last = place or last
    return last.status, last.holder
