from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import OPEN
from shared.schema import Agency, AgencyName, Report

_AGENCY = select(
    Agency.name, Agency.short_name, Agency.time_zone, Agency.active, Agency.valid_from, Agency.valid_until,
    Agency.successor_code,
)  # fmt: skip


async def find_agency(session: AsyncSession, code: str) -> Row[Any] | None:
    return (await session.execute(_AGENCY.where(Agency.code == code))).one_or_none()


async def lock_agency(session: AsyncSession, code: str) -> Row[Any] | None:
    """The agency, locked until the transaction ends.

    FOR UPDATE, unlike elsewhere: it waits for reports that are just being given to the agency (their foreign key locks
    the row), so that the open reports counted after it are all there are.
    """
    return (await session.execute(_AGENCY.where(Agency.code == code).with_for_update())).one_or_none()


async def former_names(session: AsyncSession, code: str) -> Sequence[Row[Any]]:
    columns = (AgencyName.name, AgencyName.short_name, AgencyName.valid_from, AgencyName.valid_to)
    statement = select(*columns).where(AgencyName.agency_code == code).order_by(AgencyName.valid_to.desc())
    return (await session.execute(statement)).all()


async def keep_name(
    session: AsyncSession, code: str, *, name: str, short_name: str | None, first: date | None, last: date
) -> None:
    await session.execute(
        insert(AgencyName).values(agency_code=code, name=name, short_name=short_name, valid_from=first, valid_to=last)
    )


async def update_agency(session: AsyncSession, code: str, **values: Any) -> None:
    await session.execute(update(Agency).where(Agency.code == code).values(**values))


_SUCCESSORS = text(
    """
    WITH RECURSIVE line AS (
        SELECT code, successor_code FROM agencies WHERE code = :code
        UNION
        SELECT a.code, a.successor_code FROM agencies a JOIN line l ON a.code = l.successor_code
    ) SELECT code FROM line
    """
)


async def successors(session: AsyncSession, code: str) -> set[str]:
    """The agency and who took over from it, from that one, and so on."""
    return set((await session.scalars(_SUCCESSORS, {"code": code})).all())


async def units_in_service(session: AsyncSession, code: str, *, after: date) -> Sequence[str]:
    """Agencies directly below this one that go on after a day."""
    statement = (
        select(Agency.code)
        .where(Agency.parent_code == code, Agency.active, func.coalesce(Agency.valid_until > after, True))
        .order_by(Agency.code)
    )
    return (await session.scalars(statement)).all()


async def open_reports(session: AsyncSession, code: str) -> tuple[int, bool]:
    """How many open reports that are not secret the agency holds, or its coordinator; and whether any at all."""
    told = func.count().filter(Report.secret.is_(False))
    held = select(told, func.count() > 0).where(Report.holder_agency_code == code, Report.status.in_(sorted(OPEN)))
    return (await session.execute(held)).one()._tuple()
