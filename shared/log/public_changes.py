"""How often what the public reads of a report has changed. Pure.

It is the version that everybody gets. The report's own version counts every fact: whoever watched that one would learn
when a note is written, when the reporter replies, and when the identity of the reporter is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.domain.lifecycle import PUBLIC_GROUP, PublicGroup, Status, is_public
from shared.log.events import Event, EventType

#: Sent on: from then on title, region and agency are public.
_PUBLISHING = frozenset({EventType.REPORT_FORWARDED, EventType.REPORT_ASSIGNED, EventType.REPORT_REDIRECTED})
#: Of the events of routing_service those that change nothing that the public reads, unless they move the status.
_INTERNAL = frozenset(
    {
        EventType.REPORT_ENTRUSTED,
        EventType.REPORT_NOTED,
        EventType.REPORT_JOINED,
        EventType.REPORT_PARTED,
        EventType.REPORT_HELD,
        EventType.REPORT_RESUMED,
    }
)


@dataclass(frozen=True, slots=True)
class _Face:
    """What the public sees of the state of a report."""

    group: PublicGroup = PUBLIC_GROUP[Status.RECEIVED]
    open: bool = False  #: whether more than the group is shown
    agency: str | None = None


def count(history: Iterable[Event]) -> int:
    """`history`: all events of a report, in order. Receipt counts one."""
    changes, published, face, agency = 0, False, None, None
    for event in history:
        to = event.data.get("to") or event.data.get("status")
        status = None if to is None else Status(to)
        if event.type is EventType.REPORT_APPEALED:
            published = False
        published = published or event.type in _PUBLISHING
        agency = event.data.get("agency") if status is not None else agency
        after = _after(face or _Face(), status, agency, published=published)
        if after != face or (after.open and _says_something(event.type)):
            changes += 1
        face = after
    return changes


def _after(face: _Face, status: Status | None, agency: str | None, *, published: bool) -> _Face:
    if status is None:
        return face
    is_open = is_public(status, secret=False, published=published)
    return replace(face, group=PUBLIC_GROUP[status], open=is_open, agency=agency if is_open else None)


def _says_something(type: EventType) -> bool:
    return type.startswith("report.") and type not in _INTERNAL
