"""SQL of notifications: claimed per officer, settled with the mail that carried them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import release_when_idle
from shared.domain.officers import NotificationState
from shared.queries.lines import line_of
from shared.schema import Notification
from sla_monitor.notifications.letters import Reprimanded, ReprimandedCase

_CLAIMING = 0x6C61706F72_02  # "lapor", and which of its locks
LARGEST_DIGEST = 1000
#: Longer than any conversation with a mail server lasts. A monitor that is suspended in one loses its claim.
IDLE_SECONDS = 120

_NOW = "coalesce(CAST(:now AS timestamptz), now())"

_WAITING = text(
    f"""
    SELECT officer_id FROM notifications WHERE state = 'pending' AND next_attempt_at <= {_NOW}
    GROUP BY officer_id ORDER BY min(next_attempt_at) LIMIT :limit
    """
)

# A step is asked of nobody once its clock has ended: the report was answered, passed on, withdrawn. Nor is it of
# officers whose agency does not stand in the line of whoever holds the report by now.
_CLAIM = text(
    f"""
    SELECT n.id, n.digest, n.attempts, n.escalation_id, n.reprimand_id, n.created_at, o.active, o.name, o.email,
           o.language, r.id AS report_id, e.stage, e.opened_seq, e.kind, r.tracking_number, r.secret,
           CASE v.type WHEN 'reporter.replied' THEN 'reply' WHEN 'report.noted' THEN 'mention'
                ELSE v.data->>'cause' END AS cause,
           o.agency_code IS NOT DISTINCT FROM r.holder_agency_code AND o.role = CASE r.holder_level
               WHEN 'agency' THEN 'liaison_officer' WHEN 'coordinator' THEN 'coordinator' ELSE 'national_admin'
           END AS holds,
           CASE WHEN n.escalation_id IS NOT NULL THEN e.revoked_at IS NULL AND coalesce(c.state = 'running', false)
                WHEN v.type <> 'report.noted'
                THEN r.status NOT IN ('answered', 'closed', 'archived', 'withdrawn', 'merged')
                ELSE true END AS asked,
           n.reprimand_id IS NOT NULL OR o.agency_code IS NULL OR EXISTS (
               WITH RECURSIVE {line_of("r.holder_agency_code")} SELECT FROM line WHERE line.code = o.agency_code
           ) AS concerned
    FROM notifications n JOIN officers o ON o.id = n.officer_id
    LEFT JOIN escalations e ON e.id = n.escalation_id LEFT JOIN events v ON v.id = n.event_id
    LEFT JOIN reports r ON r.id = coalesce(e.report_id, v.report_id)
    LEFT JOIN clocks c ON c.report_id = e.report_id AND c.stage = e.stage AND c.opened_seq = e.opened_seq
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


async def claim_notifications(session: AsyncSession, officer_id: UUID, *, now: datetime | None) -> Sequence[Row[Any]]:
    """What is due for an officer, locked; nothing while another monitor writes to them, so that a digest stays one."""
    key = func.hashtextextended(str(officer_id), _CLAIMING)
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


# Titles are those that everybody may read by now.
_REPRIMANDED = text(
    """
    SELECT a.name, r.first_day, r.last_day, (
        SELECT json_agg(json_build_array(one->>'tracking_number', coalesce(h.name, ''), p.title) ORDER BY place)
        FROM jsonb_array_elements(r.cases) WITH ORDINALITY AS cases (one, place)
        LEFT JOIN agencies h ON h.code = coalesce(one->>'holder', one->>'agency')
        LEFT JOIN reports o ON o.id = CAST(one->>'report_id' AS uuid) AND o.published_at IS NOT NULL AND NOT o.secret
            AND o.status NOT IN ('archived', 'withdrawn', 'merged')
        LEFT JOIN public_texts p ON p.report_id = o.id
    ) AS cases
    FROM reprimands r JOIN agencies a ON a.code = r.agency_code WHERE r.id = :id
    """
)


async def reprimanded(session: AsyncSession, reprimand_id: UUID) -> Reprimanded:
    name, first_day, last_day, cases = (await session.execute(_REPRIMANDED, {"id": reprimand_id})).one()
    return Reprimanded(name, first_day, last_day, [ReprimandedCase(*case) for case in cases])


async def resend_parked(session: AsyncSession) -> int:
    """Try again what was refused to the end; the number of notifications."""
    return int((await session.execute(_RESEND)).rowcount)  # type: ignore[attr-defined]


async def counts(session: AsyncSession) -> dict[str, int]:
    """Those that are neither sent nor dropped, by state."""
    statement = (
        select(Notification.state, func.count())
        .where(Notification.state.in_((NotificationState.PENDING, NotificationState.PARKED)))
        .group_by(Notification.state)
    )
    return {state.value: number for state, number in (await session.execute(statement)).tuples()}
