"""SQL of what becomes news: the log read on from where it was read to, and the clocks that end a report by silence.

Each row says at once how its reporter will be told, or why not; whoever sends looks again. UNIQUE (report, event,
kind): read again, it is made once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.feed import Position

READER = "reporters"
NOW = "coalesce(CAST(:now AS timestamptz), now())"

#: What the feed of an app, and so its webhook, does not tell of: the clocks of a report.
_OF_CLOCKS = "('closing_soon', 'escalated', 'consent_asked')"


def way(*, type: str, kind: str) -> str:
    """SQL: by what the reporter of `r` can be told: what they chose, else the app that speaks to them, else an address
    of theirs, else the way that they came. `way.reason`: why not; null: they can. `type` and `kind` say how the
    statement calls those of the news; a null type is any.
    """
    return f"""
    LEFT JOIN news_choices c ON c.report_id = r.id
    LEFT JOIN reporters p ON p.id = r.reporter_id
    CROSS JOIN LATERAL (
        SELECT {kind} NOT IN {_OF_CLOCKS} AND EXISTS (
                   SELECT FROM webhooks h JOIN events f ON f.report_id = r.id AND f.seq = 1
                       AND f.actor = concat(h.role, ':', h.owner)
                   WHERE h.owner = r.client_id AND h.about = 'brought' AND h.state = 'active'
                     AND (h.types IS NULL OR {type} IS NULL OR {type} = ANY(h.types))
               ) AS subscribed,
               num_nonnulls(p.email, p.sealed_email) > 0 AS has_email,
               num_nonnulls(p.phone, p.sealed_phone) > 0 AS has_phone
    ) AS known
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.channel IS NOT NULL THEN c.channel WHEN subscribed THEN 'webhook'
                    WHEN has_email THEN 'email' WHEN r.channel IN ('sms', 'whatsapp') THEN r.channel END AS channel
    ) AS wanted
    CROSS JOIN LATERAL (
        SELECT CASE WHEN wanted.channel = 'webhook' OR NOT r.anonymous AND wanted.channel <> 'none'
                    THEN wanted.channel END AS channel,  -- whether somebody anonymous gave an address is told nobody
               CASE WHEN wanted.channel = 'none' THEN 'declined'
                    WHEN wanted.channel = 'webhook' THEN CASE WHEN NOT subscribed THEN 'no_channel' END
                    WHEN r.anonymous THEN 'anonymous'
                    WHEN wanted.channel IS NULL THEN 'no_contact'
                    WHEN NOT CASE wanted.channel WHEN 'email' THEN has_email ELSE has_phone END THEN 'no_contact'
                    WHEN wanted.channel <> ALL(CAST(:set_up AS text[])) THEN 'no_channel'
                    WHEN wanted.channel = 'email'
                         AND EXISTS (SELECT FROM mail_stops s WHERE s.address_index = p.email_index) THEN 'stopped'
               END AS reason
    ) AS way
    """


_LOCK = text(
    """
    SELECT transaction_id, event_id, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
           greatest(transaction_id, (SELECT max(transaction_id) FROM events))
               >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ahead
    FROM news_position WHERE reader = :reader FOR UPDATE SKIP LOCKED
    """
)
_MOVE = text(
    f"""
    UPDATE news_position SET transaction_id = :transaction_id, event_id = :event_id, read_at = {NOW}
    WHERE reader = :reader
    """
)

# Of a step of a clock those that somebody is told of: what came late all at once tells of one.
_KIND = """
    CASE e.type
        WHEN 'report.received' THEN 'received'
        WHEN 'report.verified' THEN 'verified'
        WHEN 'report.forwarded' THEN 'passed_on'
        WHEN 'report.assigned' THEN 'passed_on'
        WHEN 'report.redirected' THEN 'passed_on'
        WHEN 'report.held' THEN 'question'
        WHEN 'report.responded' THEN 'answered'
        WHEN 'report.answered' THEN 'answered'
        WHEN 'report.closed' THEN 'closed'
        WHEN 'report.archived' THEN 'archived'
        WHEN 'report.merged' THEN 'merged'
        WHEN 'identity.viewed' THEN 'identity_viewed'
        WHEN 'evidence.refused' THEN 'evidence_refused'
        WHEN 'evidence.quarantined' THEN 'evidence_refused'
        WHEN 'clock.escalated' THEN CASE
            WHEN e.data ->> 'notify' IS DISTINCT FROM 'true' THEN NULL
            WHEN CAST(e.data -> 'recipients' AS jsonb) ? 'reporter' THEN 'consent_asked'
            ELSE 'escalated' END
    END
"""
#: What the reporters of reports that were merged into another one follow of it.
_FOLLOWED = "('passed_on', 'answered', 'closed')"

# What stands in `reports` of an erased one has no salt: nobody is told of it any more.
_MADE = f"""
    INSERT INTO reporter_notifications (id, report_id, event_id, kind, state, channel, reason, next_attempt_at,
                                        created_at, settled_at)
    SELECT new_event_id(), r.id, w.event_id, w.kind,
           CASE WHEN way.reason IS NOT NULL THEN 'not_told' WHEN way.channel = 'webhook' THEN 'told' ELSE 'pending' END,
           way.channel, way.reason, moment.now + make_interval(secs => :gather), moment.now,
           CASE WHEN way.reason IS NOT NULL OR way.channel = 'webhook' THEN moment.now END
    FROM whom w JOIN reports r ON r.id = w.report_id {way(type="w.type", kind="w.kind")}, moment
    WHERE NOT r.imported AND r.salt <> ''::bytea
    ON CONFLICT (report_id, event_id, kind) DO NOTHING
    RETURNING state
"""
_READ = text(
    f"""
    WITH RECURSIVE moment AS (SELECT {NOW} AS now),
    page AS MATERIALIZED (
        SELECT transaction_id, id, report_id, type, data, recorded_at FROM events
        WHERE (transaction_id, id) > (:transaction_id, CAST(:event_id AS uuid)) AND transaction_id < :horizon
        ORDER BY transaction_id, id LIMIT :batch
    ), news AS MATERIALIZED (
        SELECT * FROM (
            SELECT e.id, e.report_id, e.type, e.data, e.recorded_at, {_KIND} AS kind FROM page e
        ) k WHERE kind IS NOT NULL AND (kind <> 'evidence_refused' OR EXISTS (  -- files of officials are their own news
            SELECT FROM evidence f WHERE f.id = CAST(k.data ->> 'evidence' AS uuid)
              AND (f.added_by = 'reporter' OR f.added_by LIKE 'reporter:%')
        ))
    ), below (survivor, id, since) AS (
        SELECT m.merged_into, m.id, m.merged_at
        FROM (SELECT DISTINCT report_id FROM news WHERE kind IN {_FOLLOWED}) s
        JOIN reports m ON m.merged_into = s.report_id
        UNION
        SELECT b.survivor, m.id, greatest(m.merged_at, b.since) FROM below b JOIN reports m ON m.merged_into = b.id
    ), whom AS (
        SELECT id AS event_id, type, kind, report_id FROM news
        UNION
        SELECT n.id, n.type, n.kind, b.id
        FROM news n JOIN below b ON b.survivor = n.report_id AND n.recorded_at >= b.since
        WHERE n.kind IN {_FOLLOWED}
    ), made AS ({_MADE})
    SELECT (SELECT count(*) FROM page) AS read, (SELECT count(*) FROM made WHERE state = 'pending') AS pending,
           last.transaction_id, last.id
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT transaction_id, id FROM page ORDER BY transaction_id DESC, id DESC LIMIT 1) AS last ON true
    """
)

# The clock's opening is its event: when the due instant moves, nobody is told a second time. By the index of running
# clocks on their due instant.
_CLOSING = text(
    f"""
    WITH moment AS (SELECT {NOW} AS now),
    whom AS (
        SELECT e.id AS event_id, e.type, 'closing_soon' AS kind, k.report_id
        FROM clocks k JOIN events e ON e.report_id = k.report_id AND e.seq = k.opened_seq, moment
        WHERE k.state = 'running' AND k.on_due IN ('close', 'archive') AND NOT k.imported
          AND k.due_at > moment.now AND k.due_at <= moment.now + make_interval(hours => :hours)
          AND NOT EXISTS (
              SELECT FROM reporter_notifications n
              WHERE n.report_id = k.report_id AND n.event_id = e.id AND n.kind = 'closing_soon'
          )
    ), made AS ({_MADE})
    SELECT count(*) FROM made
    """
)


@dataclass(frozen=True, slots=True)
class Ways:
    """By what we can tell reporters today: the channels that are set up. What an app tells them, its webhooks say."""

    set_up: Collection[str]

    def parameters(self) -> dict[str, Any]:
        return {"set_up": list(self.set_up)}


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a reader stands whose turn it is, and how far it may read."""

    position: Position
    horizon: int
    ahead: bool  #: the log, of anything that this server has written: it was restored from another one


async def lock_position(session: AsyncSession) -> Reading | None:
    """None: another copy reads."""
    row = (await session.execute(_LOCK, {"reader": READER})).one_or_none()
    if row is None:
        return None
    position = Position(row.transaction_id, row.event_id)
    return Reading(position, row.horizon, row.ahead)


async def move_position(session: AsyncSession, position: Position, *, now: datetime | None) -> None:
    await session.execute(_MOVE, {**position._asdict(), "reader": READER, "now": now})


@dataclass(frozen=True, slots=True)
class Read:
    events: int
    pending: int
    last: Position | None


async def read_news(
    session: AsyncSession, reading: Reading, ways: Ways, *, batch: int, gather: float, now: datetime | None
) -> Read:
    """Make the news of the next events below the horizon, by the index on (transaction_id, id)."""
    given = {**reading.position._asdict(), "horizon": reading.horizon, "batch": batch, "gather": gather, "now": now}
    row = (await session.execute(_READ, given | ways.parameters())).one()
    last = None if row.transaction_id is None else Position(row.transaction_id, row.id)
    return Read(row.read, row.pending, last)


async def find_closing(session: AsyncSession, ways: Ways, *, hours: int, now: datetime | None) -> int:
    """Make the news of reports that end by silence so soon; how many."""
    given = {"hours": hours, "gather": 0.0, "now": now}
    return int((await session.execute(_CLOSING, given | ways.parameters())).scalar_one())
