"""SQL of news: an office that has just got a report is told at once, not only when it is late."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.events import EventType
from sla_monitor.notifications.addressing import (
    INSTEAD,
    LANES,
    NOW,
    PLANNED,
    Addressed,
    Manner,
    gaps_of,
    parameters,
)

#: What gives a report to somebody, or back to them: passing it on, and what its reporter says.
#: A reply that moves the report is told as what it moves it to, a moment later.
TYPES = frozenset(
    {
        EventType.REPORT_ENTRUSTED,
        EventType.REPORT_FORWARDED,
        EventType.REPORT_ASSIGNED,
        EventType.REPORT_REDIRECTED,
        EventType.REPORT_RETURNED,
        EventType.REPORT_REOPENED,
        EventType.REPORT_RESUMED,
        EventType.REPORTER_REPLIED,
    }
)

# Only of the last of them: who has passed the report on meanwhile need not hear that they had it. A hold that ran out
# is no news of the reporter. Whoever did it themselves knows.
_TELL = text(
    f"""
    WITH RECURSIVE moment AS (SELECT {NOW} AS now),
    aimed_at AS MATERIALIZED (
        SELECT v.id, coalesce(r.holder_agency_code, '') AS lane, owners.role AS owner, true AS owner_too
        FROM events v JOIN reports r ON r.id = v.report_id
        JOIN unnest(CAST(:levels AS text[]), CAST(:owners AS text[])) AS owners (level, role)
            ON owners.level = r.holder_level
        WHERE v.id = ANY(CAST(:ids AS uuid[])) AND NOT r.imported
          AND CASE v.type
              WHEN 'reporter.replied' THEN r.status IN ('received', 'verified', 'assigned', 'in_progress')
                  AND NOT EXISTS (
                      SELECT FROM events m WHERE m.report_id = v.report_id AND m.seq > v.seq
                        AND m.type IN ('report.resumed', 'report.reopened') AND m.data->>'cause' = 'reply'
                  )
              ELSE (v.type <> 'report.resumed' OR v.data->>'cause' = 'reply')
                  AND v.data->'holder'->>'agency' IS NOT DISTINCT FROM r.holder_agency_code
                  AND v.data->'holder'->>'level' = r.holder_level
              END
    ), {LANES}, wanted AS (
        SELECT id, lane, owner AS role FROM aimed_at
    ), {INSTEAD}, {PLANNED}, made AS (
        INSERT INTO notifications (id, officer_id, event_id, digest, next_attempt_at, created_at)
        SELECT new_event_id(), p.officer_id, v.id, p.digest OR o.news = 'digest',
               CASE WHEN p.digest OR o.news = 'digest' THEN p.morning
                    ELSE coalesce(p.opening, moment.now) END, moment.now
        FROM planned p CROSS JOIN unnest(p.ids) AS r (id) JOIN events v ON v.id = r.id
        JOIN officers o ON o.id = p.officer_id, moment
        WHERE o.subject IS NULL OR v.actor <> concat(o.role, ':', o.subject)
        ON CONFLICT (event_id, officer_id) DO NOTHING
        RETURNING event_id
    )
    SELECT (SELECT count(*) FROM aimed_at) AS picked, (SELECT count(*) FROM made) AS made,
           (SELECT count(*) FROM missed) AS unreachable,
           (SELECT json_agg(json_build_object('instansi', instansi, 'role', role, 'count', count)) FROM gaps) AS gaps
    """
)


async def tell(
    session: AsyncSession, event_ids: Collection[UUID], manner: Manner, *, now: datetime | None
) -> Addressed:
    """Make the notifications of these events. UNIQUE (event_id, officer_id): told again, they are told once."""
    given = parameters(manner, now=now) | {"ids": list(event_ids)}
    row = (await session.execute(_TELL, given)).one()
    return Addressed(row.picked, row.made, row.unreachable, gaps_of(row.gaps))
