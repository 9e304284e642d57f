from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Row, bindparam, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.domain.officers import NewsChoice, OfficerRole
from shared.schema import Officer

#: Who acted after it counts as active in the last month.
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_COLUMNS = (
    Officer.id,
    Officer.agency_code.label("agency"),
    Officer.role,
    Officer.name,
    Officer.email,
    Officer.language,
    Officer.subject,
    Officer.news,
    Officer.active,
    Officer.last_active_at,
    func.coalesce(Officer.last_active_at > _SINCE, False).label("active_in_last_month"),
    Officer.created_at,
)


async def officer(session: AsyncSession, officer_id: UUID, *, since: datetime) -> Row[Any] | None:
    statement = select(*_COLUMNS).where(Officer.id == officer_id)
    return (await session.execute(statement, {"since": since})).one_or_none()


async def officers(
    session: AsyncSession,
    agency: str | None,
    *,
    role: OfficerRole | None,
    active: bool | None,
    active_in_last_month: bool | None,
    since: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Those of one agency, or the national ones, in the order in which they were registered."""
    order = (Officer.created_at, Officer.id)
    statement = select(*_COLUMNS).where(Officer.agency_code.is_not_distinct_from(agency)).order_by(*order).limit(limit)
    if role is not None:
        statement = statement.where(Officer.role == role)
    if active is not None:
        statement = statement.where(Officer.active == active)
    if active_in_last_month is not None:
        statement = statement.where(func.coalesce(Officer.last_active_at > _SINCE, False) == active_in_last_month)
    if after is not None:
        statement = statement.where(tuple_(*order) > after)
    return (await session.execute(statement, {"since": since})).all()


async def add_officer(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False: the address is there in this role already. ON CONFLICT, so that two requests at once add one officer."""
    statement = insert(Officer).values(**values).on_conflict_do_nothing().returning(Officer.id)
    return await session.scalar(statement) is not None


async def change_officer(session: AsyncSession, officer_id: UUID, values: Mapping[str, Any]) -> bool:
    """False: somebody else of the agency has the address in this role."""
    try:
        async with session.begin_nested():
            await session.execute(update(Officer).where(Officer.id == officer_id).values(**values))
    except IntegrityError:
        return False
    return True


# SKIP LOCKED: nobody waits for the row of an officer, and who holds its lock writes the same.
_ACTED = text(
    """
    UPDATE officers SET last_active_at = :now WHERE id IN (
        SELECT id FROM officers
        WHERE subject = :subject AND role = :role AND agency_code IS NOT DISTINCT FROM CAST(:agency AS text) AND active
          AND (last_active_at IS NULL OR last_active_at <= :before)
        FOR NO KEY UPDATE SKIP LOCKED
    )
    """
)


async def acted(
    session: AsyncSession, *, subject: str, role: str, agency: str | None, now: datetime, before: datetime
) -> None:
    """Note that an officer acts, unless that was noted after `before`; by the index on the subject."""
    values = {"subject": subject, "role": role, "agency": agency, "now": now, "before": before}
    await session.execute(_ACTED, values)


def _theirs(client: Client) -> tuple[ColumnElement[bool], ...]:
    return (
        Officer.subject == client.sub,
        Officer.role == client.role.value,
        Officer.agency_code.is_not_distinct_from(client.agency),
        Officer.active.is_(True),
    )


async def news_of(session: AsyncSession, client: Client) -> NewsChoice | None:
    """What an officer has chosen. None: the registry does not know them."""
    return (await session.scalars(select(Officer.news).where(*_theirs(client)).limit(1))).one_or_none()


async def choose_news(session: AsyncSession, client: Client, choice: NewsChoice) -> bool:
    """Whether there is such an officer."""
    changed = update(Officer).where(*_theirs(client)).values(news=choice).returning(Officer.id)
    return bool((await session.scalars(changed)).all())
