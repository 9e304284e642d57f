"""How often what the public reads of a report has changed.

It is the version that everybody gets. The report's own version counts every fact: whoever watched that one would learn
when a note is written, when the reporter replies, and when the identity of the reporter is looked at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import PUBLIC_GROUP, PublicGroup, Status, is_public
from shared.domain.newer import code
from shared.log import parts
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


class _Step(NamedTuple):
    type: EventType
    status: Status | None
    agency: str | None
    at: datetime


#: When what everybody may read of its words changed without an event, and how often.
_Made = Sequence[tuple[datetime | None, int | None]]


class Changes(NamedTuple):
    version: int  #: how many; receipt is one
    latest: datetime | None  #: when the last of them was written down; None: there is no such report


async def of_report(session: AsyncSession, report_id: UUID) -> int:
    """Reads of the log what can change it, and of that no more than it needs."""
    return (await of_reports(session, (report_id,)))[report_id].version


async def of_reports(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, Changes]:
    """The same of many, in one statement."""
    steps: dict[UUID, list[_Step]] = {report_id: [] for report_id in report_ids}
    made: dict[UUID, _Made] = {}
    for row in await parts.public_steps(session, report_ids):
        status = row.status and code(Status, row.status)
        steps[row.report_id].append(_Step(code(EventType, row.type), status, row.agency, row.recorded_at))
        made[row.report_id] = ((row.made_at, 1), (row.renewed_at, row.renewals))
    return {report_id: _changes(found, made.get(report_id, ())) for report_id, found in steps.items()}


def count_public_changes(history: Iterable[Event]) -> int:
    """The same of events that were read: all of the report, in order. Pure."""
    return _changes(_step(event) for event in history).version


def _step(event: Event) -> _Step:
    placed = event.placed
    status, agency = (None, None) if placed is None else (placed.status, placed.agency)
    return _Step(event.type, status, agency, event.recorded_at)


def _changes(steps: Iterable[_Step], made: _Made = ()) -> Changes:
    changes, latest, published, face, opened_at = 0, None, False, None, None
    for step in steps:
        if step.type is EventType.REPORT_APPEALED:
            published = False
        published = published or step.type in _PUBLISHING
        after = _after(face or _Face(), step, published=published)
        if after != face or (after.open and _says_something(step.type)):
            changes, latest = changes + 1, step.at
        face = after
        opened_at = opened_at or (step.at if after.open else None)
    for at, many in made:
        if at is not None and opened_at is not None and at > opened_at:
            changes, latest = changes + (many or 0), max(at, latest or at)
    return Changes(changes, latest)


def _after(face: _Face, step: _Step, *, published: bool) -> _Face:
    if step.status is None:
        return face
    is_open = is_public(step.status, secret=False, published=published)
    group = PUBLIC_GROUP.get(step.status, face.group)  # a newer release may have other statuses
    return replace(face, group=group, open=is_open, agency=step.agency if is_open else None)


def _says_something(type: EventType) -> bool:
    return type.startswith("report.") and type not in _INTERNAL
