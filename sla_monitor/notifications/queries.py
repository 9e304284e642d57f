"""SQL of notifications: derived from escalations, claimed per officer, settled with the mail that carried them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import release_when_idle
from shared.officers import RECIPIENTS
from shared.schema import Notification
from sla_monitor.notifications.letters import Reprimanded

_ADDRESSING = 0x6C61706F72_02  # "lapor", and which of its locks
LARGEST_DIGEST = 1000
#: Longer than any conversation with a mail server lasts. A monitor that is suspended in one loses its claim.
IDLE_SECONDS = 120

_NOW = "coalesce(CAST(:now AS timestamptz), now())"

# Whoever works in a role for the agency of the clock, else for the nearest above it that has somebody in that role; the
# roles of an instansi are registered at the root. One person in two roles gets one mail.
#
# Those who would get more than :most mails on this day of theirs get the rest of them in one, at their next :hour.
_ADDRESS = text(
    f"""
    WITH RECURSIVE moment AS (SELECT {_NOW} AS now),
    picked AS MATERIALIZED (
        SELECT id, agency_code, recipients FROM escalations
        WHERE notify AND addressed_at IS NULL AND revoked_at IS NULL
        ORDER BY recorded_at, id LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
    ), line (start, code, depth) AS (
        SELECT DISTINCT agency_code, agency_code, 0 FROM picked WHERE agency_code IS NOT NULL
        UNION ALL
        SELECT l.start, a.parent_code, l.depth + 1 FROM line l JOIN agencies a ON a.code = l.code
        WHERE a.parent_code IS NOT NULL AND l.depth < 20  -- a loop in the data ends
    ), wanted AS (
        SELECT p.id, p.agency_code, known.role
        FROM picked p, unnest(string_to_array(p.recipients, ',')) AS named (recipient)
        JOIN unnest(CAST(:recipients AS text[]), CAST(:roles AS text[])) AS known (recipient, role) USING (recipient)
    ), near AS (
        SELECT w.id, o.id AS officer_id, o.email, rank() OVER (PARTITION BY w.id, w.role ORDER BY l.depth) AS nearness
        FROM wanted w JOIN line l ON l.start = w.agency_code
        JOIN officers o ON o.agency_code = l.code AND o.role = w.role AND o.active
        UNION ALL
        SELECT w.id, o.id, o.email, 1 FROM wanted w
        JOIN officers o ON o.agency_code IS NULL AND o.role = w.role AND o.active
    ), reached AS MATERIALIZED (
        SELECT DISTINCT ON (id, lower(email)) id, officer_id FROM near WHERE nearness = 1
        ORDER BY id, lower(email), officer_id
    ), busy AS (
        SELECT o.id AS officer_id, count(*) AS more, coalesce(a.time_zone, 'Asia/Jakarta') AS zone
        FROM reached r JOIN officers o ON o.id = r.officer_id LEFT JOIN agencies a ON a.code = o.agency_code
        GROUP BY o.id, a.time_zone
    ), planned AS MATERIALIZED (  -- counted once for an officer, not for each of his mails
        SELECT officer_id, more + (
                   SELECT count(*) FROM notifications n
                   WHERE n.officer_id = busy.officer_id AND NOT n.digest
                     AND n.created_at >= date_trunc('day', moment.now AT TIME ZONE zone) AT TIME ZONE zone
               ) > :most AS digest,
               (date_trunc('day', (moment.now AT TIME ZONE zone) - make_interval(hours => :hour))
                + make_interval(days => 1, hours => :hour)) AT TIME ZONE zone AS digest_at
        FROM busy, moment
    ), made AS (
        INSERT INTO notifications (id, officer_id, escalation_id, digest, next_attempt_at, created_at)
        SELECT new_event_id(), r.officer_id, r.id, p.digest,
               CASE WHEN p.digest THEN p.digest_at ELSE moment.now END, moment.now
        FROM reached r JOIN planned p USING (officer_id), moment
        ON CONFLICT (escalation_id, officer_id) DO NOTHING
        RETURNING escalation_id
    ), marked AS (
        UPDATE escalations SET addressed_at = moment.now FROM picked, moment WHERE escalations.id = picked.id
    )
    SELECT (SELECT count(*) FROM picked) AS picked, (SELECT count(*) FROM made) AS made,
           (SELECT count(DISTINCT id) FROM wanted) - (SELECT count(DISTINCT id) FROM reached) AS unreachable
    """
)


@dataclass(frozen=True, slots=True)
class Addressed:
    picked: int = 0
    made: int = 0
    unreachable: int = 0  # steps for which no officer is registered


async def address(session: AsyncSession, *, batch: int, most: int, hour: int, now: datetime | None) -> Addressed:
    """Make the notifications of the oldest escalations that have none yet, and mark these.

    One monitor at a time, so that nobody's mails of the day are counted twice; the others pass by. The lock is taken in
    a statement of its own: what the one before has counted is seen by the next.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_ADDRESSING))):
        return Addressed()
    parameters = {
        "now": now,
        "batch": batch,
        "most": most,
        "hour": hour,
        "recipients": list(RECIPIENTS),
        "roles": [role.value for role in RECIPIENTS.values()],
    }
    return Addressed(*(await session.execute(_ADDRESS, parameters)).one())


_WAITING = text(
    f"""
    SELECT officer_id FROM notifications WHERE state = 'pending' AND next_attempt_at <= {_NOW}
    GROUP BY officer_id ORDER BY min(next_attempt_at) LIMIT :limit
    """
)

_CLAIM = text(
    f"""
    SELECT n.id, n.digest, n.attempts, n.reprimand_id, n.created_at, o.active, o.name, o.email, o.language,
           e.report_id, e.stage, e.opened_seq, e.kind, e.revoked_at, r.tracking_number, r.secret
    FROM notifications n JOIN officers o ON o.id = n.officer_id
    LEFT JOIN escalations e ON e.id = n.escalation_id LEFT JOIN reports r ON r.id = e.report_id
    WHERE n.officer_id = :officer AND n.state = 'pending' AND n.next_attempt_at <= {_NOW}
    ORDER BY n.created_at, n.id LIMIT :limit FOR NO KEY UPDATE OF n SKIP LOCKED
    """
)

_SETTLE = text(
    f"""
    UPDATE notifications SET state = :state, settled_at = {_NOW}, attempts = attempts + :attempts, last_error = :error
    WHERE id = ANY(CAST(:ids AS uuid[]))
    """
)
_POSTPONE = text(
    f"""
    UPDATE notifications SET attempts = attempts + 1, last_error = :error,
           next_attempt_at = {_NOW} + make_interval(secs => :wait)
    WHERE id = ANY(CAST(:ids AS uuid[]))
    """
)
_RESEND = text(
    """
    UPDATE notifications SET state = 'pending', attempts = 0, next_attempt_at = now(), settled_at = NULL
    WHERE state = 'parked'
    """
)


async def waiting(session: AsyncSession, *, now: datetime | None, limit: int) -> Sequence[UUID]:
    """The officers whom something is due to be sent to, the longest waiting first."""
    return (await session.scalars(_WAITING, {"now": now, "limit": limit})).all()


async def claim(session: AsyncSession, officer_id: UUID, *, now: datetime | None) -> Sequence[Row[Any]]:
    """What is due for an officer, locked; nothing while another monitor writes to him, so that a digest stays one."""
    key = func.hashtextextended(str(officer_id), _ADDRESSING)
    await release_when_idle(session, seconds=IDLE_SECONDS)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(key))):
        return ()
    parameters = {"officer": officer_id, "now": now, "limit": LARGEST_DIGEST}
    return (await session.execute(_CLAIM, parameters)).all()


async def settle(
    session: AsyncSession,
    ids: Collection[UUID],
    state: str,
    *,
    now: datetime | None,
    attempts: int = 0,
    error: str | None = None,
) -> None:
    parameters = {"ids": list(ids), "state": state, "now": now, "attempts": attempts, "error": error}
    await session.execute(_SETTLE, parameters)


async def postpone(
    session: AsyncSession, ids: Collection[UUID], *, wait: float, error: str, now: datetime | None
) -> None:
    await session.execute(_POSTPONE, {"ids": list(ids), "wait": wait, "error": error, "now": now})


_REPRIMANDED = text(
    """
    SELECT a.name, r.first_day, r.last_day,
           ARRAY(SELECT one->>'tracking_number' FROM jsonb_array_elements(r.cases) AS one) AS numbers
    FROM reprimands r JOIN agencies a ON a.code = r.agency_code WHERE r.id = :id
    """
)


async def reprimanded(session: AsyncSession, reprimand_id: UUID) -> Reprimanded:
    return Reprimanded(*(await session.execute(_REPRIMANDED, {"id": reprimand_id})).one())


async def resend_parked(session: AsyncSession) -> int:
    """Try again what was refused to the end; the number of notifications."""
    return int((await session.execute(_RESEND)).rowcount)  # type: ignore[attr-defined]


async def counts(session: AsyncSession) -> dict[str, int]:
    """Those that are neither sent nor dropped, by state."""
    statement = (
        select(Notification.state, func.count())
        .where(Notification.state.in_(("pending", "parked")))
        .group_by(Notification.state)
    )
    return {state.value: number for state, number in (await session.execute(statement)).tuples()}
