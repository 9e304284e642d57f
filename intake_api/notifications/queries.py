"""SQL of news on its way: claimed report by report, settled with the message that carried it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.gathering import Ways, way
from shared.database import release_when_idle
from shared.domain.news import NewsState, Untold
from shared.queries.regions import ABOUT_OF_R
from shared.schema import MailStop, NewsChoice, Reporter, ReporterNotification

_CLAIMING = 0x6C61706F72_03  # "lapor", and which of its locks
#: A process that is suspended while it claims loses its claim.
IDLE_SECONDS = 30

_WAITING = text(
    """
    SELECT report_id FROM reporter_notifications WHERE state = 'pending' AND next_attempt_at <= :now
    GROUP BY report_id ORDER BY min(next_attempt_at) LIMIT :limit
    """
)

# `gone`: what made it news holds no more. A question was answered, a clock runs no longer or is due otherwise, a step
# was taken back, and whoever withdrew their report wants to hear no more of it.
_CLAIM = text(
    f"""
    SELECT n.id, n.kind, n.message_id, n.attempts, n.next_attempt_at, n.created_at, n.event_id, way.channel, way.reason,
           c.language, r.id AS report_id, r.tracking_number, r.reporter_id,
           {ABOUT_OF_R} AS region_code, r.secret OR v.secret AS secret,
           coalesce(v.agency_code, v.holder_agency_code) AS held_by,
           e.report_id AS of_report_id, e.seq, e.type, e.occurred_at, e.recorded_at, e.actor, e.data,
           CASE WHEN NOT s.secret THEN s.tracking_number END AS survivor, k.due_at, k.on_due, k.time_zone,
           r.status = 'withdrawn' OR CASE n.kind
               WHEN 'question' THEN r.status <> 'awaiting_reporter'
               WHEN 'closing_soon' THEN k.due_at IS NULL OR k.due_at <= CAST(:now AS timestamptz)
                    OR k.due_at > CAST(:now AS timestamptz) + make_interval(hours => :hours)
               WHEN 'escalated' THEN x.revoked_at IS NOT NULL
               WHEN 'consent_asked' THEN x.revoked_at IS NOT NULL
               WHEN 'merged' THEN r.status <> 'merged'
               ELSE false END AS gone
    FROM reporter_notifications n
    JOIN reports r ON r.id = n.report_id JOIN events e ON e.id = n.event_id JOIN reports v ON v.id = e.report_id
    LEFT JOIN reports s ON s.id = r.merged_into
    LEFT JOIN escalations x ON x.id = n.event_id
    LEFT JOIN clocks k ON n.kind = 'closing_soon' AND k.report_id = e.report_id AND k.opened_seq = e.seq
        AND k.state = 'running' AND k.on_due IN ('close', 'archive')
    {way(type="e.type", kind="n.kind")}
    WHERE n.report_id = :report_id AND n.state = 'pending' ORDER BY n.created_at, e.recorded_at, e.seq, n.id
    FOR NO KEY UPDATE OF n SKIP LOCKED
    """
)

_TAKE = text(
    """
    UPDATE reporter_notifications SET message_id = :message_id, next_attempt_at = :until
    WHERE id = ANY(CAST(:ids AS uuid[]))
    """
)
_PUT_OFF = text(
    """
    UPDATE reporter_notifications SET next_attempt_at = :until, attempts = attempts + :attempts,
           last_error = coalesce(:error, last_error)
    WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'pending'
    """
)
_SETTLE = text(
    """
    UPDATE reporter_notifications SET state = :state, reason = :reason, settled_at = :now,
           channel = coalesce(:channel, channel), template = coalesce(t.template, reporter_notifications.template),
           attempts = attempts + :attempts, last_error = coalesce(:error, last_error)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:templates AS text[])) AS t (id, template)
    WHERE reporter_notifications.id = t.id AND reporter_notifications.state = 'pending'
    """
)


async def reports_waiting(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[UUID]:
    """The reports of which something is due to be told, the longest waiting first."""
    return (await session.scalars(_WAITING, {"now": now, "limit": limit})).all()


async def claim_news(
    session: AsyncSession, report_id: UUID, ways: Ways, *, hours: int, now: datetime
) -> Sequence[Row[Any]]:
    """All that waits to be told of a report, locked, in order; nothing while another copy claims of it."""
    key = func.hashtextextended(str(report_id), _CLAIMING)
    await release_when_idle(session, seconds=IDLE_SECONDS)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(key))):
        return ()
    given = {"report_id": report_id, "hours": hours, "now": now}
    return (await session.execute(_CLAIM, given | ways.parameters())).all()


async def reporter_of(session: AsyncSession, reporter_id: UUID) -> Reporter | None:
    return await session.get(Reporter, reporter_id)


async def is_stopped(session: AsyncSession, indexes: Sequence[bytes]) -> bool:
    """Whether nothing goes to an address any more, under whichever key that is known by."""
    return bool(await session.scalar(select(select(MailStop).where(MailStop.address_index.in_(indexes)).exists())))


async def begin_message(session: AsyncSession, ids: Collection[UUID], message_id: UUID, *, until: datetime) -> None:
    """They go out with this message, however often; nobody else takes them up before."""
    await session.execute(_TAKE, {"ids": list(ids), "message_id": message_id, "until": until})


async def put_off_news(
    session: AsyncSession, ids: Collection[UUID], *, until: datetime, attempts: int = 0, error: str | None = None
) -> None:
    await session.execute(_PUT_OFF, {"ids": list(ids), "until": until, "attempts": attempts, "error": error})


async def settle_news(
    session: AsyncSession, templates: dict[UUID, str | None], *, why: Untold | str | None, channel: str | None = None,
    now: datetime, attempts: int = 0, error: str | None = None,
) -> None:  # fmt: skip
    """`templates`: what each was written by. `why`: not told; None: told."""
    given = {
        "ids": list(templates), "templates": list(templates.values()), "reason": why, "channel": channel, "now": now,
        "state": (NewsState.TOLD if why is None else NewsState.NOT_TOLD).value, "attempts": attempts, "error": error,
    }  # fmt: skip
    await session.execute(_SETTLE, given)


_STOP = text(
    """
    INSERT INTO mail_stops (address_index, reason, code, stopped_at)
    SELECT email_index, :reason, :code, :now FROM reporters WHERE id = :reporter_id AND email_index IS NOT NULL
    ON CONFLICT (address_index) DO NOTHING
    """
)


async def stop_mail_to(
    session: AsyncSession, reporter_id: UUID, *, reason: str, reply: str | None, now: datetime
) -> None:
    """Nothing goes to the address of this reporter any more, whichever report it is about."""
    await session.execute(_STOP, {"reporter_id": reporter_id, "reason": reason, "code": reply, "now": now})


async def forget_news(session: AsyncSession, report_id: UUID) -> None:
    """What its reporter was told of, and how they wanted to be: all that we keep of it."""
    for model in (ReporterNotification, NewsChoice):
        await session.execute(delete(model).where(model.report_id == report_id))


async def purge_news(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete a batch of what was settled long ago; what another copy is deleting is passed over."""
    old = (
        select(ReporterNotification.id)
        .where(ReporterNotification.created_at < before, ReporterNotification.state != NewsState.PENDING)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = delete(ReporterNotification).where(ReporterNotification.id.in_(old)).returning(ReporterNotification.id)
    return len((await session.execute(statement)).all())


_FIGURES = text(
    """
    SELECT count(*) AS pending, extract(epoch FROM now() - min(created_at)) AS oldest,
           count(*) FILTER (WHERE attempts > 0) AS failed,
           (SELECT extract(epoch FROM now() - read_at) FROM news_position WHERE reader = :reader) AS behind
    FROM reporter_notifications WHERE state = 'pending'
    """
)


async def news_figures(session: AsyncSession, reader: str) -> Row[Any]:
    return (await session.execute(_FIGURES, {"reader": reader})).one()


_UNTOLD = text(
    """
    SELECT reason, count(*) AS number FROM reporter_notifications
    WHERE created_at > now() - interval '1 day' AND state = 'not_told' GROUP BY reason
    """
)


async def untold_lately(session: AsyncSession) -> dict[str, int]:
    """Of the last day, by the summaries of pages on `created_at`; a reason without any is 0."""
    found = {row.reason: row.number for row in await session.execute(_UNTOLD)}
    return {reason.value: found.get(reason.value, 0) for reason in Untold}
