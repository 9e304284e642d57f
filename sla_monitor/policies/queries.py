"""SQL of policies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import cast, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.reach import PUBLISHED
from shared.schema import Policy, Report


async def page_of_policies(session: AsyncSession, *, after: str | None, limit: int) -> Sequence[Policy]:
    statement = select(Policy).order_by(Policy.code).limit(limit)
    if after is not None:
        statement = statement.where(Policy.code > after)
    return (await session.scalars(statement)).all()


async def get_policy(session: AsyncSession, code: str) -> Policy | None:
    return await session.get(Policy, code)


async def lock_policy(session: AsyncSession, code: str) -> Policy | None:
    statement = select(Policy).where(Policy.code == code).with_for_update(key_share=True)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def active(session: AsyncSession) -> Sequence[Policy]:
    return (await session.scalars(select(Policy).where(Policy.active).order_by(Policy.code))).all()


async def add_policy(session: AsyncSession, row: Mapping[str, Any]) -> Policy | None:
    """A draft; None if there is a policy of that code. A slot that nobody has filled in yet is filled."""
    statement = upsert(Policy).values(**row)
    filled = {name: statement.excluded[name] for name in row if name != "code"}
    statement = statement.on_conflict_do_update(
        index_elements=[Policy.code],
        set_=filled,
        where=~Policy.active & (Policy.document["stages"] == cast({}, JSONB)),
    )
    return (await session.scalars(statement.returning(Policy), execution_options={"populate_existing": True})).first()


async def activate_policy(session: AsyncSession, policy: Policy, *, effective_from: date, now: datetime) -> None:
    """Two of the same day collide at policies_effective_from_key."""
    await session.execute(
        update(Policy)
        .where(Policy.code == policy.code)
        .values(active=True, effective_from=effective_from, activated_at=now)
    )
    await session.refresh(policy)


async def reports(
    session: AsyncSession, ids: Iterable[UUID], numbers: Iterable[str], *, published_only: bool = False
) -> dict[str, UUID]:
    """The ids of reports by what they were asked for by."""
    statement = select(Report.id, Report.tracking_number).where(
        or_(Report.id.in_(list(ids)), Report.tracking_number.in_(list(numbers)))
    )
    if published_only:
        statement = statement.where(PUBLISHED)
    found: dict[str, UUID] = {}
    for id, number in (await session.execute(statement)).tuples():
        found[str(id)] = found[number] = id
    return found
