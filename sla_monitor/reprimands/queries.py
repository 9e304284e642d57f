"""SQL of reprimands. A case is a step that was carried out and is addressed to the regional head."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import HIDDEN
from shared.http.wire import Instant
from shared.queries.agency_names import name_at
from shared.queries.lines import lines_of
from shared.schema import Agency, PublicText, Report, Reprimand
from sla_monitor.clocks.queries import bound


class Position(NamedTuple):
    """Where a page ended."""

    compiled_at: Instant
    id: UUID


_ON_THEM = "SELECT agency_code FROM found UNION SELECT sits_on_it FROM found WHERE sits_on_it IS NOT NULL"

# A case belongs to the period in which it was recorded, by the time of the instansi: so it belongs to one, also if it
# was entered late. The wide bounds are for the index. A historical import reprimands nobody.
#
# The holder is whoever sits on the report by now, if that is one of the same instansi; else whoever did then.
_CASES = f"""
    found AS MATERIALIZED (
        SELECT e.id, e.report_id, e.stage, e.opened_seq, e.agency_code, e.step_at, e.recorded_at,
               coalesce(r.agency_code, r.holder_agency_code) AS sits_on_it
        FROM escalations e JOIN reports r ON r.id = e.report_id
        WHERE e.recipients LIKE '%regional_head%' AND 'regional_head' = ANY(string_to_array(e.recipients, ','))
          AND e.revoked_at IS NULL AND NOT r.imported AND e.agency_code IS NOT NULL
          AND e.recorded_at >= CAST(:first_day AS date) - 1 AND e.recorded_at < CAST(:last_day AS date) + 2
    ), {lines_of(_ON_THEM)}, cases AS (
        SELECT root.code AS instansi, f.*, r.tracking_number, r.received_at, r.status,
               coalesce(c.due_at, f.step_at) AS due_at, c.stopped_at, coalesce((
                   SELECT f.sits_on_it FROM line own WHERE own.start = f.sits_on_it AND own.code = root.code
               ), f.agency_code) AS holder,
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
    )
"""

_PROOF = """
    jsonb_build_object(
        'head', jsonb_build_object('seq', head_seq, 'hash', encode(head_hash, 'hex')),
        'events', jsonb_build_array(
            jsonb_build_object('id', opened_id, 'seq', 1, 'type', 'report.received',
                               'hash', encode(opened_hash, 'hex')),
            jsonb_build_object('id', id, 'seq', told_seq, 'type', told_type, 'hash', encode(told_hash, 'hex'))
        )
    )
"""
_CASE = f"""
    jsonb_build_object(
        'report_id', report_id, 'tracking_number', tracking_number, 'agency', agency_code, 'holder', holder,
        'status', status, 'received_at', received_at, 'due_at', due_at, 'answered_at', stopped_at,
        'recorded_at', recorded_at, 'proof', {_PROOF}
    )
"""

# UNIQUE (agency_code, first_day, last_day): two who compile at once make one, and one mail to each regional head.
_COMPILE = text(
    f"""
    WITH RECURSIVE {_CASES}, made AS (
        INSERT INTO reprimands (id, agency_code, first_day, last_day, compiled_at, compiled_by, cases)
        SELECT new_event_id(), instansi, :first_day, :last_day, :now, :actor,
               jsonb_agg({_CASE} ORDER BY due_at, tracking_number)
        FROM cases WHERE NOT EXISTS (
            SELECT FROM reprimands p
            WHERE p.agency_code = instansi AND p.first_day = :first_day AND p.last_day = :last_day
        )
        GROUP BY instansi
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


_PREVIEW = text(f"WITH RECURSIVE {_CASES} SELECT {_CASE} FROM cases ORDER BY due_at, tracking_number")


async def preview_cases(session: AsyncSession, agency: str, first_day: date, last_day: date) -> list[dict[str, Any]]:
    """The cases that a reprimand of the period would hold by now; nothing is stored."""
    parameters = {"agency": agency, "first_day": first_day, "last_day": last_day}
    return list((await session.scalars(_PREVIEW, parameters)).all())


# By the index on the next instants of the ladders.
_COMING = text(
    """
    SELECT r.id AS report_id, r.tracking_number, r.status, r.received_at, c.due_at,
           coalesce(r.agency_code, r.holder_agency_code) AS holder
    FROM clocks c JOIN reports r ON r.id = c.report_id
    WHERE c.next_step_at < :before AND c.state = 'running' AND NOT c.imported
      AND c.agency_code = ANY(CAST(:agencies AS text[]))
      AND 'regional_head' = ANY(string_to_array(c.step_recipients[c.next_step], ','))
    ORDER BY c.next_step_at, r.tracking_number LIMIT :limit
    """
)


async def coming(session: AsyncSession, agencies: Sequence[str], *, before: datetime, limit: int) -> Sequence[Row[Any]]:
    """Reports that will be cases unless somebody responds to them first, the first ones first."""
    return (await session.execute(_COMING, {"agencies": agencies, "before": before, "limit": limit})).all()


async def public_titles(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of those that everybody may read, with the people in them masked."""
    statement = (
        select(Report.id, PublicText.title)
        .join(PublicText, PublicText.report_id == Report.id)
        .where(
            Report.id.in_(report_ids),
            Report.published_at.is_not(None),
            Report.secret.is_(False),
            Report.status.not_in(HIDDEN),
        )
    )
    return dict((await session.execute(statement)).tuples().all())


async def names(session: AsyncSession, codes: Collection[str], at: datetime) -> dict[str, str]:
    """What agencies were called then."""
    statement = select(Agency.code, name_at(at)).where(Agency.code.in_(codes))
    return dict((await session.execute(statement)).tuples().all())


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


_ONE_CASE = func.jsonb_array_elements(Reprimand.cases).table_valued("value")
_OPEN_CASES = (
    select(func.count())
    .select_from(_ONE_CASE.join(Report, cast(cast(_ONE_CASE.c.value, JSONB)["report_id"].astext, Uuid) == Report.id))
    .where(Report.secret.is_(False))
    .correlate(Reprimand)
    .scalar_subquery()
)


async def reprimands(
    session: AsyncSession, agencies: Sequence[str] | None, *, with_secret: bool, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """The newest first, without their cases but with how many there are.

    Unless `with_secret` those of secret reports are not counted, and a reprimand that has no others is left out.
    """
    order = (Reprimand.compiled_at, Reprimand.id)
    count = func.jsonb_array_length(Reprimand.cases) if with_secret else _OPEN_CASES
    statement = _statement(count.label("case_count")).order_by(*(column.desc() for column in order)).limit(limit)
    if not with_secret:
        statement = statement.where(_OPEN_CASES > 0)
    if agencies is not None:
        statement = statement.where(Reprimand.agency_code.in_(agencies))
    if after is not None:
        statement = statement.where(tuple_(*order) < tuple_(*map(bound, order, after)))
    return (await session.execute(statement)).all()


async def secret(session: AsyncSession, report_ids: Collection[UUID]) -> set[UUID]:
    statement = select(Report.id).where(Report.id.in_(report_ids), Report.secret)
    return set((await session.scalars(statement)).all())


async def agency(session: AsyncSession, code: str) -> Agency | None:
    return await session.get(Agency, code)
