from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, literal_column, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.events import Event, EventType, event_of

#: Of a survivor: what its officials write and do for themselves alone.
_UNSEEN = ", ".join(
    f"'{type}'"
    for type in (
        EventType.REPORT_NOTED, EventType.REPORT_ENTRUSTED, EventType.REPORT_JOINED, EventType.REPORT_PARTED,
    )
)  # fmt: skip
#: Of each row of `reports`: when what its reporter sees of the report that it was merged into changed last, a deadline
#: and a mask included. To the minute, as everybody is told of a report of another. Null: it is not merged.
SURVIVOR_CHANGED_AT = literal_column(
    f"""
    CASE WHEN reports.status = 'merged' THEN (
        WITH RECURSIVE trail AS (
            SELECT reports.merged_into AS id, reports.merged_at AS since, 1 AS depth
            UNION ALL
            SELECT r.merged_into, greatest(r.merged_at, t.since), t.depth + 1
            FROM trail t JOIN reports r ON r.id = t.id WHERE r.merged_into IS NOT NULL AND t.depth < 100
        )
        SELECT date_trunc('minute', max(greatest(
            (SELECT e.recorded_at FROM events e
             WHERE e.report_id = t.id AND starts_with(e.type, 'report.') AND e.type NOT IN ({_UNSEEN})
               AND (NOT r.secret OR e.recorded_at >= t.since) ORDER BY e.seq DESC LIMIT 1),
            (SELECT max(c.changed_at) FROM clocks c
             WHERE c.report_id = t.id AND c.state <> 'cancelled' AND (NOT r.secret OR c.started_at >= t.since)),
            (SELECT p.renewed_at FROM public_texts p WHERE p.report_id = t.id AND NOT r.secret)
        ))) FROM trail t JOIN reports r ON r.id = t.id
    ) END
    """,
    DateTime(timezone=True),
)

# A survivor may be merged itself; `depth` ends a loop in the data.
_TRAILS = text(
    """
    WITH RECURSIVE trail AS (
        SELECT id AS start, merged_into AS id, merged_at AS since, 1 AS depth FROM reports
        WHERE id = ANY(CAST(:ids AS uuid[])) AND merged_into IS NOT NULL
        UNION ALL
        SELECT t.start, r.merged_into, greatest(r.merged_at, t.since), t.depth + 1
        FROM trail t JOIN reports r ON r.id = t.id WHERE r.merged_into IS NOT NULL AND t.depth < 100
    )
    SELECT t.start, t.id, t.since, r.tracking_number, r.status, r.secret, r.agency_code, r.published_at
    FROM trail t JOIN reports r ON r.id = t.id ORDER BY t.start, t.depth
    """
)


_STEPS = """
    SELECT e.id, e.report_id, e.seq, e.type, e.occurred_at, e.recorded_at, e.actor, e.data
    FROM unnest(CAST(:ids AS uuid[]), CAST(:since AS timestamptz[])) AS t (report_id, since)
    JOIN events e ON e.report_id = t.report_id
    WHERE e.type = ANY(CAST(:types AS text[])) AND (t.since IS NULL OR e.recorded_at >= t.since)
"""
_PAGE = text(
    f"""
    SELECT * FROM ({_STEPS}) steps
    WHERE CAST(:before_id AS uuid) IS NULL OR (occurred_at, report_id, seq)
        < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid), CAST(:before_seq AS int))
    ORDER BY occurred_at DESC, report_id DESC, seq DESC LIMIT :limit
    """
)
_COUNT = text(f"SELECT count(*) FROM ({_STEPS}) steps")

#: When a step counts, of which report it is, and its place there.
StepPlace = tuple[datetime, UUID, int]


@dataclass(frozen=True, slots=True)
class Steps:
    """What of a trail somebody may follow. `since`: by report, of a secret one when it was recorded at the earliest."""

    since: Mapping[UUID, datetime | None]
    types: Collection[str]

    def _parameters(self) -> dict[str, Any]:
        return {"ids": list(self.since), "since": list(self.since.values()), "types": list(self.types)}

    async def page(self, session: AsyncSession, *, before: StepPlace | None = None, limit: int) -> Sequence[Event]:
        """Newest first, whichever report of the trail it happened to."""
        at, report_id, seq = before or (None, None, None)
        place = {"before_at": at, "before_id": report_id, "before_seq": seq, "limit": limit}
        return [event_of(row) for row in await session.execute(_PAGE, self._parameters() | place)]

    async def count(self, session: AsyncSession) -> int:
        return int((await session.execute(_COUNT, self._parameters())).scalar_one())


async def trails(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, list[Row[Any]]]:
    """For each report that is merged: the reports that it follows, the one that is worked on last."""
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await session.execute(_TRAILS, {"ids": list(report_ids)}):
        found.setdefault(row.start, []).append(row)
    return found
