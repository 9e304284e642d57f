import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Text, Uuid, and_, any_, bindparam, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.work.decisions.explanation import Explanation
from shared.domain.messages import MessageKind
from shared.domain.wording import Wording
from shared.ids import new_id
from shared.schema import Category, EventRow, Message, Report, RoutingDecision

# Built once: making a statement, and the key that its compiled text is cached by, costs more than running it.
_WRITTEN = select(
    Report.id, Report.body, Report.channel, Report.location_text, Report.latitude, Report.longitude
).where(Report.id == any_(bindparam("ids", type_=ARRAY(Uuid))))


async def stored_decisions(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """What the reporters wrote. Nobody changes it, so that it may be read before the locks are taken."""
    return {row.id: row for row in await session.execute(_WRITTEN, {"ids": list(report_ids)})}


@dataclass(frozen=True, slots=True)
class Record:
    """A decision to be stored."""

    report_id: UUID
    event_id: UUID
    actor: str
    automatic: bool
    agency: str | None
    explanation: Explanation


_STORE = text(
    """
    INSERT INTO routing_decisions (id, report_id, event_id, decided_at, actor, automatic, agency_code, explanation)
    SELECT id, report_id, event_id, :decided_at, actor, automatic, agency, explanation::jsonb FROM unnest(
        CAST(:ids AS uuid[]), CAST(:report_ids AS uuid[]), CAST(:event_ids AS uuid[]), CAST(:actors AS text[]),
        CAST(:automatic AS bool[]), CAST(:agencies AS text[]), CAST(:explanations AS text[])
    ) AS d (id, report_id, event_id, actor, automatic, agency, explanation)
    ON CONFLICT (report_id, event_id) DO NOTHING
    """
)


async def store_decisions(session: AsyncSession, records: Sequence[Record], *, now: datetime) -> None:
    """One decision for each event, however often the event is delivered (ON CONFLICT)."""
    if not records:
        return
    await session.execute(
        _STORE,
        {
            "decided_at": now,
            "ids": [new_id() for _ in records],
            "report_ids": [record.report_id for record in records],
            "event_ids": [record.event_id for record in records],
            "actors": [record.actor for record in records],
            "automatic": [record.automatic for record in records],
            "agencies": [record.agency for record in records],
            "explanations": [json.dumps(record.explanation.as_data(), ensure_ascii=False) for record in records],
        },
    )


# A village that was given says as much as can be found.
_WITHOUT_REGION = """
    FROM reports WHERE found_region_code IS NULL AND set_region_code IS NULL
    AND (region_code IS NULL OR length(region_code) < 13)
"""
_COUNT_WITHOUT_REGION = text(f"SELECT count(*) {_WITHOUT_REGION}")
_NEXT_WITHOUT_REGION = text(f"SELECT id {_WITHOUT_REGION} AND id > :after ORDER BY id LIMIT :limit")


async def count_without_region(session: AsyncSession) -> int:
    return int(await session.scalar(_COUNT_WITHOUT_REGION) or 0)


async def without_region(session: AsyncSession, *, after: UUID, limit: int) -> Sequence[UUID]:
    """The next reports for which nobody has found a region, in the order of their ids."""
    return (await session.scalars(_NEXT_WITHOUT_REGION, {"after": after, "limit": limit})).all()


async def category_labels(session: AsyncSession, codes: Sequence[str]) -> dict[str, Wording]:
    rows = await session.execute(
        select(Category.code, Category.label_id, Category.label_en).where(Category.code.in_(codes))
    )
    return {row.code: (row.label_id, row.label_en) for row in rows}


async def newest_decisions(
    session: AsyncSession, report_id: UUID, *, before: int | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Those on one report, from the end of its history on, each with the note that was left with it. `before`: the
    place of an event in that history.
    """
    columns = (
        RoutingDecision.decided_at,
        RoutingDecision.actor,
        RoutingDecision.automatic,
        RoutingDecision.agency_code,
        RoutingDecision.explanation,
        Message.body.label("note"),
        EventRow.seq,
    )
    noted = and_(
        Message.report_id == report_id,
        Message.kind == MessageKind.NOTE.value,
        cast(Message.id, Text) == EventRow.data["message"].as_string(),
    )
    statement = (
        select(*columns)
        .join(EventRow, EventRow.id == RoutingDecision.event_id)
        .join(Message, noted, isouter=True)
        .where(RoutingDecision.report_id == report_id)
        .order_by(EventRow.seq.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(EventRow.seq < before)
    return (await session.execute(statement)).all()


async def count_decisions(session: AsyncSession, report_id: UUID) -> int:
    statement = select(func.count()).select_from(RoutingDecision).where(RoutingDecision.report_id == report_id)
    return (await session.execute(statement)).scalar_one()
