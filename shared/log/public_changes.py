"""How often what the public reads of a report has changed.

It is the version that everybody gets. The report's own version counts every fact: whoever watched that one would learn
when a note is written, when the reporter replies, and when the identity of the reporter is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import PUBLIC_GROUP, PublicGroup, Status, is_public
from shared.log import parts
from shared.log.events import Event, EventType
from shared.log.payloads import code

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


class _Step(NamedTuple):
    type: EventType
    status: Status | None
    agency: str | None


async def of_report(session: AsyncSession, report_id: UUID) -> int:
    """Receipt counts one. Reads of the log what can change it, and of that no more than it needs."""
    rows = await parts.public_steps(session, report_id)
    return _count(_Step(code(EventType, row.type), row.status and code(Status, row.status), row.agency) for row in rows)


def count(history: Iterable[Event]) -> int:
    """The same of events that were read: all of the report, in order. Pure."""
    return _count(_step(event) for event in history)


def _step(event: Event) -> _Step:
    placed = event.placed
    return _Step(event.type, *((None, None) if placed is None else (placed.status, placed.agency)))


def _count(steps: Iterable[_Step]) -> int:
    changes, published, face = 0, False, None
    for step in steps:
        if step.type is EventType.REPORT_APPEALED:
            published = False
        published = published or step.type in _PUBLISHING
        after = _after(face or _Face(), step, published=published)
        if after != face or (after.open and _says_something(step.type)):
            changes += 1
        face = after
    return changes


def _after(face: _Face, step: _Step, *, published: bool) -> _Face:
    if step.status is None:
        return face
    is_open = is_public(step.status, secret=False, published=published)
    group = PUBLIC_GROUP.get(step.status, face.group)  # a newer release may have other statuses
    return replace(face, group=group, open=is_open, agency=step.agency if is_open else None)


def _says_something(type: EventType) -> bool:
    return type.startswith("report.") and type not in _INTERNAL
