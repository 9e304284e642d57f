import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service import queries as common
from routing_service.decide import Registry, Rule, Subject, prefixes
from shared.ids import new_id
from shared.schema import Event, RoutingDecision, RoutingRule

_CATEGORY_LINES = text(
    """
    WITH RECURSIVE line AS (
        SELECT code, parent_code FROM categories WHERE code = ANY(CAST(:codes AS text[]))
        UNION
        SELECT c.code, c.parent_code FROM categories c JOIN line l ON c.code = l.parent_code
    ) SELECT code, parent_code FROM line
    """
)


async def registry(session: AsyncSession, subjects: Sequence[Subject]) -> Registry:
    """What `decide` needs for these subjects: three statements, however many there are."""
    categories = sorted({subject.category for subject in subjects if subject.category is not None})
    parents: dict[str, str | None] = {}
    if categories:
        lines = await session.execute(_CATEGORY_LINES, {"codes": categories})
        parents = {row.code: row.parent_code for row in lines}
    regions = {prefix for subject in subjects for prefix in prefixes(subject.region)}
    rules = await _rules(session, parents, regions) if parents else {}
    named = (code for subject in subjects for code in (subject.target_agency, subject.within))
    ruled = (rule.agency for found in rules.values() for rule in found)
    return Registry(parents, rules, await common.tree(session, [*named, *ruled]))


async def _rules(session: AsyncSession, categories: Iterable[str], regions: Iterable[str]) -> dict[str, list[Rule]]:
    columns = (
        RoutingRule.id,
        RoutingRule.category_code,
        RoutingRule.region_prefix,
        RoutingRule.agency_code,
        RoutingRule.note,
    )
    statement = select(*columns).where(
        RoutingRule.category_code.in_(sorted(categories)), RoutingRule.region_prefix.in_(sorted(regions))
    )
    found: dict[str, list[Rule]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.category_code, []).append(Rule(*row))
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """A decision to be stored."""

    report_id: UUID
    event_id: UUID
    actor: str
    automatic: bool
    agency: str | None
    explanation: Mapping[str, Any]


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


async def store(session: AsyncSession, records: Sequence[Record], *, now: datetime) -> None:
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
            "explanations": [json.dumps(record.explanation, ensure_ascii=False) for record in records],
        },
    )


async def decisions(session: AsyncSession, report_id: UUID) -> Sequence[Row[Any]]:
    """Those on one report, in the order of its history."""
    columns = (
        RoutingDecision.decided_at,
        RoutingDecision.actor,
        RoutingDecision.automatic,
        RoutingDecision.agency_code,
        RoutingDecision.explanation,
    )
    statement = (
        select(*columns)
        .join(Event, Event.id == RoutingDecision.event_id)
        .where(RoutingDecision.report_id == report_id)
        .order_by(Event.seq)
    )
    return (await session.execute(statement)).all()
