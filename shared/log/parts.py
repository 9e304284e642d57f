"""Parts of a report's log, for code that does not need all of it.

A report may have tens of thousands of events, of an agency's system that notes, asks or looks without an end.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.events import COLUMNS, Event, EventType, event_of
from shared.log.payloads.codes import Purpose

#: So many events stand in the view of a report; the others are asked for by pages.
SHOWN = 50

#: Word for word the predicate of `events_steps_idx`: what moves a report, or changes what is known of it. The receipt
#: is always the first event, and stays out of the index, so that a submission does not pay for it.
STEPS = (
    "type LIKE 'report.%' AND type <> ALL (ARRAY['report.received', 'report.noted', 'report.joined', 'report.parted'])"
)

#: Nothing is decided by these, however many there are.
QUIET = frozenset(
    {
        EventType.REPORT_NOTED,
        EventType.REPORT_MASKED,
        EventType.REPORT_JOINED,
        EventType.REPORT_PARTED,
        EventType.IDENTITY_REQUESTED,
        EventType.IDENTITY_APPROVED,
        EventType.IDENTITY_VIEWED,
        EventType.REPORTER_CONSENTED,
        *(type for type in EventType if type.startswith("evidence.") and type is not EventType.EVIDENCE_ADDED),
        *(type for type in EventType if type.startswith("clock.") and type is not EventType.CLOCK_ELAPSED),
    }
)

LATEST_MOVE = text(
    f"""
    SELECT * FROM (
        (SELECT {COLUMNS} FROM events WHERE report_id = :report_id AND {STEPS} AND data ->> 'to' IS NOT NULL
         ORDER BY seq DESC LIMIT 1)
        UNION ALL
        (SELECT {COLUMNS} FROM events WHERE report_id = :report_id AND seq = 1)
    ) moves ORDER BY seq DESC LIMIT 1
    """
)


async def latest_move(session: AsyncSession, report_id: UUID) -> Event:
    """The last event that speaks of the status: it opened, or carried on, the stage that the report is in."""
    return event_of((await session.execute(LATEST_MOVE, {"report_id": report_id})).one())


_STEPS_OF = text(
    f"""
    SELECT {COLUMNS} FROM events
    WHERE report_id = :report_id AND {STEPS} AND type = ANY(CAST(:types AS text[])) ORDER BY seq
    """
)


async def steps(session: AsyncSession, report_id: UUID, *types: EventType) -> list[Event]:
    """What happened of these types, in order."""
    rows = await session.execute(_STEPS_OF, {"report_id": report_id, "types": [type.value for type in types]})
    return [event_of(row) for row in rows]


_OF_TYPES = text(
    f"""
    SELECT {COLUMNS} FROM events
    WHERE report_id = :report_id AND seq > :after AND type = ANY(CAST(:types AS text[])) ORDER BY seq
    """
)


async def of_types(
    session: AsyncSession, report_id: UUID, types: Collection[EventType], *, after: int = 0
) -> list[Event]:
    """The same of any types, since an event; reads past all others."""
    parameters = {"report_id": report_id, "types": [type.value for type in types], "after": after}
    return [event_of(row) for row in await session.execute(_OF_TYPES, parameters)]


_COUNTED = text(
    f"""
    SELECT report_id, type, coalesce(data ->> 'to', data ->> 'status') AS status, data ->> 'agency' AS agency,
           recorded_at, t.made_at, t.renewals, t.renewed_at
    FROM (
        (SELECT report_id, seq, type, data, recorded_at FROM events
         WHERE report_id = ANY (CAST(:report_ids AS uuid[])) AND seq = 1)
        UNION ALL
        (SELECT report_id, seq, type, data, recorded_at FROM events
         WHERE report_id = ANY (CAST(:report_ids AS uuid[])) AND {STEPS})
    ) steps LEFT JOIN public_texts t USING (report_id) ORDER BY report_id, seq
    """
)


async def public_steps(session: AsyncSession, report_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Type, status, agency and instant of every event that can change what the public reads, report by report; with
    each when its text was made and renewed, of which no event tells.
    """
    return (await session.execute(_COUNTED, {"report_ids": list(report_ids)})).all()


_ABOUT_CONSENTS = text(
    f"""
    SELECT {COLUMNS} FROM events
    WHERE report_id = :report_id AND (
        type = ANY (ARRAY['reporter.withdrew', 'report.withdrawn', 'clock.reinstated'])
        OR type LIKE 'clock.%' AND data::text LIKE '%"reporter"%'
        OR type = 'reporter.consented' AND seq = (
            SELECT max(seq) FROM events WHERE report_id = :report_id AND type = 'reporter.consented'
               AND data ->> 'purpose' = :purpose
        )
    ) ORDER BY seq
    """
)


async def about_consents(session: AsyncSession, report_id: UUID) -> list[Event]:
    """What says how the reporter's consent to the Ombudsman stands: the last answer, and whether it was asked for."""
    rows = await session.execute(_ABOUT_CONSENTS, {"report_id": report_id, "purpose": Purpose.OMBUDSMAN.value})
    return [event_of(row) for row in rows]


_PAGE = text(
    f"""
    SELECT {COLUMNS} FROM events
    WHERE report_id = :report_id AND seq < coalesce(CAST(:before AS int), 2147483647)
      AND (CAST(:hidden AS text[]) IS NULL OR type <> ALL (CAST(:hidden AS text[])))
    ORDER BY seq DESC LIMIT :limit
    """
)


async def page_of_events(
    session: AsyncSession, report_id: UUID, *, before: int | None = None, limit: int = SHOWN,
    without: Collection[EventType] = (),
) -> list[Event]:  # fmt: skip
    """Newest first, those before the event with this seq; by the unique index on (report_id, seq)."""
    hidden = [type.value for type in without] or None
    rows = await session.execute(_PAGE, {"report_id": report_id, "before": before, "limit": limit, "hidden": hidden})
    return [event_of(row) for row in rows]


_COUNT = text("SELECT count(*) FROM events WHERE report_id = :report_id AND type <> ALL (CAST(:hidden AS text[]))")


async def count_events(session: AsyncSession, report_id: UUID, *, without: Collection[EventType]) -> int:
    found: int = (
        await session.execute(_COUNT, {"report_id": report_id, "hidden": [type.value for type in without]})
    ).scalar_one()
    return found
