"""SQL of reprimands. A case is a step that was carried out and is addressed to the regional head."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.agency_names import name_at
from shared.schema import Agency, Reprimand
from shared.wire import Instant
from sla_monitor.clocks.queries import bound


class Place(NamedTuple):
    """Where a page ended."""

    compiled_at: Instant
    id: UUID


# A case belongs to the period in which it was recorded, by the time of the instansi: so it belongs to one, also if it
# was entered late. The wide bounds are for the index. A historical import reprimands nobody.
#
# UNIQUE (agency_code, first_day, last_day): two who compile at once make one, and one mail to each regional head.
_COMPILE = text(
    """
    WITH RECURSIVE found AS MATERIALIZED (
        SELECT e.id, e.report_id, e.stage, e.opened_seq, e.agency_code, e.step_at, e.recorded_at
        FROM escalations e JOIN reports r ON r.id = e.report_id
        WHERE e.recipients LIKE '%regional_head%' AND 'regional_head' = ANY(string_to_array(e.recipients, ','))
          AND e.revoked_at IS NULL AND NOT r.imported AND e.agency_code IS NOT NULL
          AND e.recorded_at >= CAST(:first_day AS date) - 1 AND e.recorded_at < CAST(:last_day AS date) + 2
    ), line (start, code, depth) AS (
        SELECT DISTINCT agency_code, agency_code, 0 FROM found
        UNION ALL
        SELECT l.start, a.parent_code, l.depth + 1 FROM line l JOIN agencies a ON a.code = l.code
        WHERE a.parent_code IS NOT NULL AND l.depth < 20  -- a loop in the data ends
    ), cases AS (
        SELECT root.code AS instansi, f.*, r.tracking_number, r.received_at, r.status,
               coalesce(c.due_at, f.step_at) AS due_at, c.stopped_at,
               h.seq AS head_seq, h.hash AS head_hash, opened.id AS opened_id, opened.hash AS opened_hash,
               told.seq AS told_seq, told.type AS told_type, told.hash AS told_hash
        FROM found f JOIN line l ON l.start = f.agency_code
        JOIN agencies root ON root.code = l.code AND root.parent_code IS NULL
        JOIN reports r ON r.id = f.report_id JOIN chains h ON h.report_id = f.report_id
        JOIN events opened ON opened.report_id = f.report_id AND opened.seq = 1
        JOIN events told ON told.id = f.id
        LEFT JOIN clocks c
            ON c.report_id = f.report_id AND c.stage = f.stage AND c.opened_seq = f.opened_seq
        WHERE (CAST(:agency AS text) IS NULL OR root.code = :agency)
          AND f.recorded_at >= CAST(CAST(:first_day AS date) AS timestamp) AT TIME ZONE root.time_zone
          AND f.recorded_at < CAST(CAST(:last_day AS date) + 1 AS timestamp) AT TIME ZONE root.time_zone
          AND NOT EXISTS (
            SELECT FROM reprimands p
            WHERE p.agency_code = root.code AND p.first_day = :first_day AND p.last_day = :last_day
          )
    ), made AS (
        INSERT INTO reprimands (id, agency_code, first_day, last_day, compiled_at, compiled_by, cases)
        SELECT new_event_id(), instansi, :first_day, :last_day, :now, :actor,
               jsonb_agg(jsonb_build_object(
                   'report_id', report_id, 'tracking_number', tracking_number, 'agency', agency_code,
                   'status', status, 'received_at', received_at, 'due_at', due_at, 'answered_at', stopped_at,
                   'recorded_at', recorded_at,
                   'proof', jsonb_build_object(
                       'head', jsonb_build_object('seq', head_seq, 'hash', encode(head_hash, 'hex')),
                       'events', jsonb_build_array(
                           jsonb_build_object('id', opened_id, 'seq', 1, 'type', 'report.received',
                                              'hash', encode(opened_hash, 'hex')),
                           jsonb_build_object('id', id, 'seq', told_seq, 'type', told_type,
                                              'hash', encode(told_hash, 'hex'))
                       )
                   )
               ) ORDER BY due_at, tracking_number)
        FROM cases GROUP BY instansi
        ON CONFLICT (agency_code, first_day, last_day) DO NOTHING
        RETURNING id, agency_code
    ), told AS (
        INSERT INTO notifications (id, officer_id, reprimand_id, digest, next_attempt_at, created_at)
        SELECT new_event_id(), o.id, made.id, false, :now, :now
        FROM made JOIN officers o ON o.agency_code = made.agency_code AND o.role = 'regional_head' AND o.active
    )
    SELECT id FROM made
    """
)


async def compile_period(
    session: AsyncSession, agency: str | None, first_day: date, last_day: date, *, actor: str, now: datetime
) -> Sequence[UUID]:
    """Compile what is not there yet, for one instansi or for all, and have the regional heads told; the new ones."""
    parameters = {"agency": agency, "first_day": first_day, "last_day": last_day, "actor": actor, "now": now}
    return (await session.scalars(_COMPILE, parameters)).all()


def _statement(*more: Any) -> Select[Any]:
    return select(
        Reprimand.id, Reprimand.agency_code, Reprimand.first_day, Reprimand.last_day, Reprimand.compiled_at,
        Reprimand.compiled_by, name_at(Reprimand.compiled_at).label("agency_name"), Agency.time_zone, *more,
    ).join(Agency, Agency.code == Reprimand.agency_code)  # fmt: skip


async def reprimand(session: AsyncSession, reprimand_id: UUID) -> Row[Any] | None:
    return (await session.execute(_statement(Reprimand.cases).where(Reprimand.id == reprimand_id))).one_or_none()


async def of_period(session: AsyncSession, agency: str, first_day: date, last_day: date) -> UUID | None:
    found: UUID | None = await session.scalar(
        select(Reprimand.id).where(
            Reprimand.agency_code == agency, Reprimand.first_day == first_day, Reprimand.last_day == last_day
        )
    )
    return found


async def reprimands(
    session: AsyncSession, agency: str | None, *, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """The newest first, without their cases but with how many there are."""
    order = (Reprimand.compiled_at, Reprimand.id)
    statement = (
        _statement(func.jsonb_array_length(Reprimand.cases).label("case_count"))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if agency is not None:
        statement = statement.where(Reprimand.agency_code == agency)
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*map(bound, order, after)))
    return (await session.execute(statement)).all()


async def agency(session: AsyncSession, code: str) -> Agency | None:
    return await session.get(Agency, code)
