"""SQL of rule sets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.rules.apply import NO_RULE_SET, RuleSet
from routing_service.rules.rule import rule
from shared.schema import StoredRule, StoredRuleSet

_RULE_COLUMNS = (
    StoredRule.id, StoredRule.position, StoredRule.conditions, StoredRule.result, StoredRule.note,
    StoredRule.legal_basis,
)  # fmt: skip
ACTIVE = "active"
_ACTIVE_ID = select(StoredRuleSet.id).where(StoredRuleSet.state == ACTIVE)


async def active_id(session: AsyncSession) -> int | None:
    """Which set is in force. Its rules never change: whoever has that set in memory needs no other."""
    found: int | None = await session.scalar(_ACTIVE_ID)
    return found


async def active(session: AsyncSession) -> RuleSet:
    """The set in force, without rules where there is none."""
    id = await active_id(session)
    return NO_RULE_SET if id is None else await rule_set(session, id)


async def rule_set(session: AsyncSession, id: int) -> RuleSet:
    return RuleSet(id, [rule(*row[:4], note=row.note, legal_basis=row.legal_basis) for row in await rules(session, id)])


async def rules(session: AsyncSession, id: int) -> Sequence[Row[Any]]:
    statement = select(*_RULE_COLUMNS).where(StoredRule.rule_set_id == id).order_by(StoredRule.position)
    return (await session.execute(statement)).all()
