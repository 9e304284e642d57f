from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.evidence import EvidenceState, Variant
from shared.schema import Category, Evidence, EvidenceReview, MessageEvidence, Rendition

_ANSWERS = (
    select(func.array_agg(MessageEvidence.message_id))
    .where(MessageEvidence.evidence_id == Evidence.id)
    .correlate(Evidence)
    .scalar_subquery()
)
_SHOWN = (
    select(
        Evidence.id, Evidence.media_type, Evidence.size, Rendition.width, Rendition.height, Evidence.agency_code,
        Evidence.added_by, Evidence.added_at, Evidence.state, Evidence.reason, Evidence.remarks,
        Evidence.told_taken_at, Evidence.told_latitude, Evidence.told_longitude,
        Evidence.covering.label("made_with"), func.coalesce(EvidenceReview.released, False).label("released"),
        func.coalesce(EvidenceReview.covered, text("'[]'::jsonb")).label("covered"),
        func.coalesce(EvidenceReview.covering, 0).label("covering"),
        func.coalesce(_ANSWERS, text("'{}'::uuid[]")).label("answers"),
    )
    .outerjoin(EvidenceReview, EvidenceReview.evidence_id == Evidence.id)
    .outerjoin(Rendition, and_(Rendition.evidence_id == Evidence.id, Rendition.variant == Variant.CLEAN))
)  # fmt: skip


async def files_of_report(session: AsyncSession, report_id: UUID) -> Sequence[Row[Any]]:
    """In the order in which they came. By evidence_report_id_idx."""
    statement = _SHOWN.where(Evidence.report_id == report_id).order_by(Evidence.added_at, Evidence.id)
    return (await session.execute(statement)).all()


async def find(session: AsyncSession, report_id: UUID, evidence_id: UUID) -> Row[Any] | None:
    statement = _SHOWN.where(Evidence.report_id == report_id, Evidence.id == evidence_id)
    return (await session.execute(statement)).one_or_none()


async def is_needed(session: AsyncSession, category: str | None) -> bool:
    statement = select(Category.needs_evidence).where(Category.code == category)
    return bool(await session.scalar(statement)) if category is not None else False


_ADDED_BY_REPORTER = or_(Evidence.added_by == "reporter", Evidence.added_by.like("reporter:%"))


async def is_there(session: AsyncSession, report_id: UUID) -> bool:
    """Whether the reporter has added a file that may prove something."""
    usable = Evidence.state.in_((EvidenceState.WAITING, EvidenceState.READY))
    statement = select(exists().where(Evidence.report_id == report_id, usable, _ADDED_BY_REPORTER))
    return bool(await session.scalar(statement))


async def store_review(
    session: AsyncSession, report_id: UUID, evidence_id: UUID, values: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """The chain of the report is locked."""
    row = {**values, "changed_by": by, "changed_at": now}
    statement = upsert(EvidenceReview).values(evidence_id=evidence_id, report_id=report_id, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=["evidence_id"], set_=row))


async def show_with(session: AsyncSession, report_id: UUID, message_id: UUID, evidence_ids: Collection[UUID]) -> None:
    rows = [{"report_id": report_id, "message_id": message_id, "evidence_id": one} for one in evidence_ids]
    await session.execute(insert(MessageEvidence), rows)


# Along reports_status_received_at_idx: what is still being verified, and was never held.
_LACKING = text(
    """
    SELECT r.id FROM reports r JOIN categories c ON c.code = r.category_code AND c.needs_evidence
    WHERE r.status IN ('received', 'verified') AND NOT r.imported AND r.recorded_at <= :before
      AND NOT EXISTS (SELECT FROM events e WHERE e.report_id = r.id AND e.type = 'report.held')
      AND NOT EXISTS (
          SELECT FROM evidence v WHERE v.report_id = r.id AND v.state IN ('waiting', 'ready')
             AND (v.added_by = 'reporter' OR v.added_by LIKE 'reporter:%'))
    ORDER BY r.received_at LIMIT :limit
    """
)


async def lacking(session: AsyncSession, *, recorded_before: datetime, limit: int) -> Sequence[UUID]:
    """Reports of a category that needs evidence that have had time to get some, and have none."""
    return (await session.scalars(_LACKING, {"before": recorded_before, "limit": limit})).all()
