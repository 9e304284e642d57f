from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.merged import queries as merged
from shared.domain.clocks import ClockState
from shared.domain.messages import INTERNAL
from shared.log.own_feed import HIDDEN
from shared.log.parts import STEPS
from shared.queries.agency_names import name_at
from shared.queries.talks import Talk
from shared.schema import Agency, Chain, Clock, EventRow, Message, Region, Report, Reporter


async def find_by_number(session: AsyncSession, tracking_number: str) -> tuple[Report, int] | None:
    """A report and its version, by the unique index on the tracking number."""
    return await _one_with_version(session, Report.tracking_number == tracking_number)


async def find_proven(
    session: AsyncSession, tracking_number: str, proofs: Sequence[bytes], *, by_code: bool
) -> tuple[Report, int] | None:
    """The same, if one of these digests is that of its access code, or of its account. A wrong one and a number that
    nobody has both find no row, so that neither takes longer: nothing of a report is read before its proof fits.
    """
    digest = Report.access_code_hash if by_code else Report.reporter_reference_hash
    return await _one_with_version(session, Report.tracking_number == tracking_number, digest.in_(proofs))


async def _one_with_version(session: AsyncSession, *conditions: ColumnElement[bool]) -> tuple[Report, int] | None:
    statement = (
        select(Report, Chain.fact_seq)
        .join(Chain, Chain.report_id == Report.id)
        .where(*conditions)
        .execution_options(populate_existing=True)  # it may have been read before its chain was locked
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


# When something last happened that the reporter sees; backwards by the unique index on (report_id, seq).
_HAPPENED_AT = (
    select(EventRow.recorded_at)
    .where(EventRow.report_id == Report.id, EventRow.type.not_in(sorted(HIDDEN)))
    .order_by(EventRow.seq.desc())
    .limit(1)
    .correlate(Report)
    .scalar_subquery()
)
#: The same, or when a deadline that they see was last set: by the primary key of clocks.
_CHANGED_ITSELF_AT = func.greatest(
    _HAPPENED_AT,
    select(func.max(Clock.changed_at))
    .where(Clock.report_id == Report.id, Clock.state != ClockState.CANCELLED)
    .correlate(Report)
    .scalar_subquery(),
)
_CHANGED_AT = func.greatest(_CHANGED_ITSELF_AT, merged.SURVIVOR_CHANGED_AT).label("changed_at")


async def changed_at(session: AsyncSession, report_id: UUID) -> datetime:
    """When what its reporter sees of a report has changed last."""
    found: datetime = (await session.execute(select(_CHANGED_AT).where(Report.id == report_id))).scalar_one()
    return found


def _is_one_of(column: Any, hashes: Sequence[bytes]) -> ColumnElement[bool]:
    """With one of them, which is most of the time, the index gives the rows in their order."""
    found: ColumnElement[bool] = column == hashes[0] if len(hashes) == 1 else column.in_(hashes)
    return found


async def of_reference(
    session: AsyncSession, reference_hashes: Sequence[bytes], *, external_reference: str | None,
    updated_since: datetime | None,
    before: tuple[datetime, UUID] | None, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Reports of an app's account with the names of their agencies, newest first."""
    statement = (
        select(Report, name_at(Report.received_at).label("agency_name"), Chain.fact_seq, _CHANGED_AT)
        .join(Chain, Chain.report_id == Report.id)
        .join(Agency, Agency.code == Report.agency_code, isouter=True)
        .where(_is_one_of(Report.reporter_reference_hash, reference_hashes))
        .order_by(Report.received_at.desc(), Report.id.desc())
        .limit(limit)
    )
    if external_reference is not None:
        statement = statement.where(Report.external_reference == external_reference)
    if updated_since is not None:
        minute = func.date_trunc("minute", updated_since)
        statement = statement.where(or_(updated_since <= _CHANGED_ITSELF_AT, minute <= merged.SURVIVOR_CHANGED_AT))
    if before is not None:
        statement = statement.where(tuple_(Report.received_at, Report.id) < before)
    return (await session.execute(statement)).all()


def talk(report_id: UUID) -> Talk:
    """What the reporter reads of what was said about their report."""
    return Talk([and_(Message.report_id == report_id, Message.kind.not_in(sorted(INTERNAL)))], Message.body)


_LATELY = text(
    """
    SELECT recorded_at FROM events
    WHERE report_id = :report_id AND type = ANY(CAST(:types AS text[])) AND recorded_at > :since
    ORDER BY recorded_at DESC OFFSET :number - 1 LIMIT 1
    """
)


async def latest_but(
    session: AsyncSession, report_id: UUID, types: Iterable[str], *, number: int, since: datetime
) -> datetime | None:
    """When the `number`-th last event of these types was recorded, if that was after an instant."""
    parameters = {"report_id": report_id, "types": list(types), "since": since, "number": number}
    found: datetime | None = await session.scalar(_LATELY, parameters)
    return found


_ACTED = text(
    """
    SELECT EXISTS (
        SELECT FROM events WHERE report_id = :report_id AND actor = ANY(CAST(:actors AS text[]))
           AND type NOT LIKE 'reporter.%' AND type <> ALL (ARRAY['report.received', 'slip.made'])
    )
    """
)


async def worked_on(session: AsyncSession, report_id: UUID, actors: Iterable[str]) -> bool:
    """Whether one of these did anything about a report but type it in, or hand it over to its reporter."""
    return bool(await session.scalar(_ACTED, {"report_id": report_id, "actors": list(actors)}))


# Since what moved the report last; a withdrawal is carried out whatever was done in between. By the index on
# (report_id, seq) and `events_steps_idx`.
_ASKED = text(
    f"""
    SELECT r.id FROM reports r WHERE r.id = ANY(CAST(:ids AS uuid[])) AND r.status <> 'withdrawn' AND EXISTS (
        SELECT FROM events e WHERE e.report_id = r.id AND (
            e.type = 'reporter.withdrew' OR (
                (e.type = ANY(ARRAY['reporter.rated', 'reporter.reopened', 'reporter.appealed'])
                 OR (e.type = 'reporter.replied' AND r.status = ANY(ARRAY['answered', 'awaiting_reporter'])))
                AND e.seq > coalesce((
                    SELECT max(seq) FROM events WHERE report_id = r.id AND {STEPS}
                    AND data ->> 'to' IS DISTINCT FROM data ->> 'from'), 0)
            )
        )
    )
    """
)


async def that_were_asked_for_something(session: AsyncSession, report_ids: Collection[UUID]) -> set[UUID]:
    """The reports of which it may not be carried out yet."""
    return set((await session.scalars(_ASKED, {"ids": list(report_ids)})).all())


_ENDS_BY_ITSELF = text(
    """
    SELECT min(due_at) FROM clocks
    WHERE report_id = :report_id AND state = 'running' AND on_due = ANY (ARRAY['close', 'archive'])
    """
)


async def ends_by_itself_at(session: AsyncSession, report_id: UUID) -> datetime | None:
    """When a report is closed or archived if its reporter stays silent."""
    ends_at: datetime | None = await session.scalar(_ENDS_BY_ITSELF, {"report_id": report_id})
    return ends_at


async def contact(session: AsyncSession, reporter_id: UUID) -> Reporter | None:
    return await session.get(Reporter, reporter_id)


async def region_names(session: AsyncSession, codes: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(codes))
    rows = await session.execute(select(Region.code, Region.name).where(Region.code.in_(wanted))) if wanted else ()
    return {row.code: row.name for row in rows}


async def region_name(session: AsyncSession, code: str) -> str | None:
    name: str | None = await session.scalar(select(Region.name).where(Region.code == code))
    return name


# Weekends alone are left out while no calendar is loaded. A hundred days hold far more working days than any limit.
_WORKING_DAY = text(
    """
    SELECT CAST(d.day AS date) FROM generate_series(
        CAST(:start AS date) + 1, CAST(:start AS date) + 100, interval '1 day') AS d (day)
    LEFT JOIN calendars c ON c.active
    WHERE NOT extract(isodow FROM d.day) = ANY(coalesce(c.weekend, ARRAY[6, 7]::smallint[]))
      AND NOT EXISTS (
        SELECT FROM calendar_days f
        WHERE f.calendar_id = c.id AND f.day = CAST(d.day AS date) AND f.province = ANY(CAST(:places AS text[]))
      )
    ORDER BY d.day OFFSET CAST(:number AS int) - 1 LIMIT 1
    """
)


async def working_day(session: AsyncSession, start: date, number: int, *, places: Iterable[str | None]) -> date:
    """The n-th working day after a day, by the active calendar, with the days off of these places."""
    parameters = {"start": start, "number": number, "places": ["", *filter(None, places)]}
    day: date = (await session.execute(_WORKING_DAY, parameters)).scalar_one()
    return day
