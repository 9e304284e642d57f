"""What whoever handed reports in hears of them: what their reporters see, by the feed of intake_api and by webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import to_the_minute
from shared.domain.lifecycle import Status
from shared.http.wire import Answer
from shared.log.events import EventType
from shared.log.feed import Position

#: Not internal notes, and not the monitor's reminders; but that somebody looked at the identity.
HIDDEN = frozenset(
    {
        EventType.REPORT_NOTED,
        EventType.REPORT_MASKED,
        *(type for type in EventType if type.startswith("clock.")),
    }
)
#: Steps of officials that every reporter of the matter may follow.
FOLLOWED = frozenset(
    {
        EventType.REPORT_FORWARDED,
        EventType.REPORT_ASSIGNED,
        EventType.REPORT_REDIRECTED,
        EventType.REPORT_RETURNED,
        EventType.REPORT_HELD,
        EventType.REPORT_RESUMED,
        EventType.REPORT_RESPONDED,
        EventType.REPORT_ANSWERED,
        EventType.REPORT_REOPENED,
        EventType.REPORT_CLOSED,
    }
)


class Matter(StrEnum):
    """Whose timeline a reporter asks for."""

    REPORT = "report"  #: their own report's
    MERGED = "merged"  #: that of the report that theirs was merged into, as far as they may follow it


class OwnFeedEvent(Answer):
    """Something that the reporter of a report of yours can see. What was said is in the report itself."""

    id: UUID = Field(description="Of the event; it comes once for each of your reports that it is told for.")
    type: EventType = Field(description="What happened; new types may be added.")
    tracking_number: str = Field(description="Of your report.")
    of: Matter = Field(
        description="`report`: it happened to your report. `merged`: to the one that it was merged into, as far as the "
        "reporter of yours may follow it; the instants are then to the minute."
    )
    external_reference: str | None = Field(description="Your own number of the report, as you gave it.")
    status: Status | None = Field(description="The status of the report from then on; null: it did not change.")
    version: int = Field(description="The version of the report from then on, as in its own view.")
    occurred_at: datetime = Field(description="When it counts from.")
    changed_at: datetime = Field(description="When it was written down.")


# The first event says in which role a report was submitted: another client may have the same name. What happened to a
# report that others were merged into is told for each of these, by the partial index on merged_into; UNION ends a loop
# in the data. All that one event is told for stands on one page: a page ends between events.
_TOLD = """
    WITH RECURSIVE followed AS MATERIALIZED (
        SELECT e.id, e.transaction_id, e.type, e.occurred_at, e.recorded_at, e.report_id FROM events e
        WHERE {among} AND e.type = ANY (CAST(:steps AS text[]))
          AND EXISTS (SELECT FROM reports m WHERE m.merged_into = e.report_id)
    ), below (survivor, id, since) AS (
        SELECT s.report_id, m.id, m.merged_at
        FROM (SELECT DISTINCT report_id FROM followed) s JOIN reports m ON m.merged_into = s.report_id
        UNION
        SELECT b.survivor, m.id, greatest(m.merged_at, b.since) FROM below b JOIN reports m ON m.merged_into = b.id
    ), told AS (
        SELECT e.id, e.transaction_id, e.type, e.seq, e.occurred_at, e.recorded_at, e.report_id,
               coalesce(e.data ->> 'to', e.data ->> 'status') AS status, false AS merged
        FROM events e JOIN reports r ON r.id = e.report_id AND r.client_id = :sub
        WHERE {among} AND e.type <> ALL (CAST(:hidden AS text[]))
        UNION ALL
        SELECT e.id, e.transaction_id, e.type, c.fact_seq, e.occurred_at, e.recorded_at, b.id, NULL, true
        FROM followed e JOIN below b ON b.survivor = e.report_id AND e.recorded_at >= b.since
        JOIN reports r ON r.id = b.id AND r.client_id = :sub JOIN chains c ON c.report_id = b.id
    )
    SELECT t.*, r.tracking_number, r.external_reference
    FROM told t JOIN reports r ON r.id = t.report_id
    JOIN events f ON f.report_id = t.report_id AND f.seq = 1 AND f.actor = :actor
    ORDER BY t.transaction_id, t.id FETCH FIRST :limit ROWS WITH TIES
"""
_WINDOW = """
    (e.transaction_id, e.id) > (:transaction_id, CAST(:event_id AS uuid))
    AND (e.transaction_id, e.id) <= (:last_transaction_id, CAST(:last_event_id AS uuid)) AND e.recorded_at >= :since
"""
_PAGE = text(_TOLD.format(among=_WINDOW))
_SOME = text(_TOLD.format(among="e.id = ANY (CAST(:event_ids AS uuid[]))"))
_NO_LIMIT = 2**31 - 1


async def page_of_own_feed(
    session: AsyncSession, *, sub: str, actor: str, after: Position, to: Position, since: datetime, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """What happened to the reports of a client, or to those that they were merged into, after one place, up to another.

    `actor`: the client as the log names it.
    """
    window = {
        "transaction_id": after.transaction_id, "event_id": after.event_id, "last_transaction_id": to.transaction_id,
        "last_event_id": to.event_id, "since": since, "limit": limit,
    }  # fmt: skip
    return await _told(session, _PAGE, sub, actor, window)


async def own_events(session: AsyncSession, event_ids: Sequence[UUID], *, sub: str, actor: str) -> Sequence[Row[Any]]:
    """What these events are told for, in the same order."""
    return await _told(session, _SOME, sub, actor, {"event_ids": event_ids, "limit": _NO_LIMIT})


async def _told(
    session: AsyncSession, statement: TextClause, sub: str, actor: str, among: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    kinds = {"hidden": [type.value for type in HIDDEN], "steps": [type.value for type in FOLLOWED]}
    return (await session.execute(statement, {"sub": sub, "actor": actor, **kinds, **among})).all()


def own_event(row: Row[Any]) -> OwnFeedEvent:
    """Of a report of another the instants are told to the minute, as everybody is told them."""
    at = to_the_minute if row.merged else _exactly
    return OwnFeedEvent(
        id=row.id, type=row.type, tracking_number=row.tracking_number, external_reference=row.external_reference,
        of=Matter.MERGED if row.merged else Matter.REPORT, status=row.status, version=row.seq,
        occurred_at=at(row.occurred_at), changed_at=at(row.recorded_at),
    )  # fmt: skip


def _exactly(instant: datetime) -> datetime:
    return instant
