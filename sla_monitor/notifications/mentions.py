"""SQL of mentions: whom a note names, they are told of it, by the machinery and the choices of all other news."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from sla_monitor.notifications.addressing import NOW, PLANNED, Manner, parameters

# Whether somebody may read the report was asked when the note was written, and is asked again when the mail is.
_TELL = text(
    f"""
    WITH moment AS (SELECT {NOW} AS now),
    reached AS MATERIALIZED (  -- one person in two roles gets one mail
        SELECT DISTINCT ON (v.id, lower(o.email)) v.id, o.id AS officer_id
        FROM events v JOIN reports r ON r.id = v.report_id,
             json_array_elements_text(v.data->'mentions') AS named (id) JOIN officers o ON o.id = CAST(named.id AS uuid)
        WHERE v.id = ANY(CAST(:ids AS uuid[])) AND v.type = 'report.noted' AND NOT r.imported AND o.active
          AND (o.subject IS NULL OR v.actor <> concat(o.role, ':', o.subject))
        ORDER BY v.id, lower(o.email), o.id
    ), {PLANNED}
    INSERT INTO notifications (id, officer_id, event_id, digest, next_attempt_at, created_at)
    SELECT new_event_id(), p.officer_id, mentioned.id, p.digest OR o.news = 'digest',
           CASE WHEN p.digest OR o.news = 'digest' THEN p.morning ELSE coalesce(p.opening, moment.now) END, moment.now
    FROM planned p CROSS JOIN unnest(p.ids) AS mentioned (id) JOIN officers o ON o.id = p.officer_id, moment
    ON CONFLICT (event_id, officer_id) DO NOTHING
    """
)


async def tell_mentioned(
    session: AsyncSession, event_ids: Collection[UUID], manner: Manner, *, now: datetime | None
) -> None:
    """Make the notifications of those of these events that mention somebody; told again, they are told once."""
    await session.execute(_TELL, parameters(manner, now=now) | {"ids": list(event_ids)})
