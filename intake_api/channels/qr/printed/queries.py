from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.agency_names import day_there
from shared.queries.terms import is_in_service
from shared.schema import Agency, Category, QrCode, Region

#: Rows of one statement.
_CHUNK = 500


async def page_of_codes(
    session: AsyncSession, *, agencies: Collection[str] | None, kind: str | None, revoked: bool | None,
    reference: str | None, before: tuple[datetime, str] | None, limit: int,
) -> Sequence[QrCode]:  # fmt: skip
    """The newest first. `agencies` None: of all of them."""
    newest = QrCode.created_at.desc(), QrCode.code.desc()
    statement = select(QrCode).order_by(*newest).limit(limit)
    if agencies is not None:
        statement = statement.where(QrCode.agency_code.in_(agencies))
    if kind is not None:
        statement = statement.where(QrCode.kind == kind)
    if revoked is not None:
        statement = statement.where(QrCode.revoked_at.is_not(None) if revoked else QrCode.revoked_at.is_(None))
    if reference is not None:
        statement = statement.where(QrCode.reference == reference)
    if before is not None:
        statement = statement.where(tuple_(QrCode.created_at, QrCode.code) < before)
    return (await session.scalars(statement)).all()


async def find_code(session: AsyncSession, code: str) -> QrCode | None:
    return await session.get(QrCode, code, populate_existing=True)


async def add_codes(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The codes that were added: of two at once with the same reference one is."""
    added: set[str] = set()
    for start in range(0, len(rows), _CHUNK):
        statement = insert(QrCode).values(rows[start : start + _CHUNK]).on_conflict_do_nothing().returning(QrCode.code)
        added |= set(await session.scalars(statement))
    return added


async def mark_revoked(session: AsyncSession, code: str, by: str, now: datetime) -> None:
    """Whoever was first stays named."""
    still = update(QrCode).where(QrCode.code == code, QrCode.revoked_at.is_(None))
    await session.execute(still.values(revoked_by=by, revoked_at=now))


async def with_reference(session: AsyncSession, agencies: Collection[str]) -> set[tuple[str, str]]:
    """Agency and reference of the codes in use."""
    known = select(QrCode.agency_code, QrCode.reference).where(
        QrCode.agency_code.in_(agencies), QrCode.reference.is_not(None), QrCode.revoked_at.is_(None)
    )
    return {(agency, reference) for agency, reference in await session.execute(known) if reference is not None}


async def serving_agencies(session: AsyncSession, codes: Collection[str], now: datetime) -> dict[str, str]:
    """Their names, of those that are in service where they sit."""
    serving = select(Agency.code, Agency.name).where(Agency.code.in_(codes), is_in_service(Agency, day_there(now)))
    return {row.code: row.name for row in await session.execute(serving)}


async def categories_in_service(session: AsyncSession, codes: Collection[str], on: date) -> set[str]:
    found = select(Category.code).where(Category.code.in_(codes), is_in_service(Category, on))
    return set(await session.scalars(found))


async def known_regions(session: AsyncSession, codes: Collection[str]) -> set[str]:
    return set(await session.scalars(select(Region.code).where(Region.code.in_(codes))))


async def names_of_agencies(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    found = select(Agency.code, Agency.name).where(Agency.code.in_(codes))
    return {row.code: row.name for row in await session.execute(found)}
