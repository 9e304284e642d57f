"""What a file is checked against, and how it is stored: few statements, however long the file is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, bindparam, select, text
from sqlalchemy import Row as SqlRow
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.imports.columns import ImportKind
from routing_service.registry.imports.plan import Row
from routing_service.registry.imports.plans import OfficerKey
from shared.domain.lifecycle import OPEN, Level
from shared.ids import new_id
from shared.schema import Agency, Category, Officer, Region, Report

CHUNK = 5_000  # lines in one statement

_AGENCY_COLUMNS = (
    Agency.code, Agency.name, Agency.short_name, Agency.kind, Agency.level, Agency.parent_code, Agency.region_code,
    Agency.time_zone, Agency.duties, Agency.contacts, Agency.valid_from, Agency.valid_until, Agency.successor_code,
    Agency.active, Agency.own_verification, Agency.automatic_assignment,
)  # fmt: skip
_CATEGORY_COLUMNS = (
    Category.code, Category.parent_code, Category.label_id, Category.label_en, Category.needs_evidence,
    Category.valid_from, Category.valid_until, Category.active,
)  # fmt: skip
_OFFICER_COLUMNS = (
    Officer.agency_code, Officer.role, Officer.name, Officer.email, Officer.language, Officer.subject, Officer.active,
)  # fmt: skip


async def stored_agencies(session: AsyncSession, codes: Sequence[str]) -> dict[str, Row]:
    rows = await session.execute(select(*_AGENCY_COLUMNS).where(Agency.code == _any_of(codes)))
    return {row.code: dict(row._mapping) for row in rows}


async def tree(session: AsyncSession) -> Sequence[SqlRow[Any]]:
    """All agencies: code, name, parent_code, time_zone, successor_code."""
    return (
        await session.execute(
            select(Agency.code, Agency.name, Agency.parent_code, Agency.time_zone, Agency.successor_code)
        )
    ).all()


async def parents(session: AsyncSession) -> dict[str, str | None]:
    rows = await session.execute(select(Agency.code, Agency.parent_code))
    return {row.code: row.parent_code for row in rows}


async def known_regions(session: AsyncSession, codes: Iterable[str]) -> frozenset[str]:
    return frozenset(await session.scalars(select(Region.code).where(Region.code == _any_of(sorted(set(codes))))))


async def coordinating(session: AsyncSession, codes: Sequence[str]) -> frozenset[str]:
    """Those instansi whose coordinator holds open reports."""
    statement = (
        select(Report.holder_agency_code)
        .where(Report.holder_agency_code == _any_of(codes), Report.holder_level == Level.COORDINATOR)
        .where(Report.status.in_(sorted(OPEN)))
        .distinct()
    )
    return frozenset(code for code in await session.scalars(statement) if code is not None)


async def stored_categories(session: AsyncSession) -> dict[str, Row]:
    rows = await session.execute(select(*_CATEGORY_COLUMNS))
    return {row.code: dict(row._mapping) for row in rows}


async def stored_officers(session: AsyncSession, agencies: Sequence[str], *, national: bool) -> dict[OfficerKey, Row]:
    """Those of these agencies; and the national ones, if wanted."""
    wanted = Officer.agency_code == _any_of(agencies)
    statement = select(*_OFFICER_COLUMNS).where(wanted | Officer.agency_code.is_(None) if national else wanted)
    rows = await session.execute(statement)
    return {(row.agency_code, row.role, row.email.lower()): dict(row._mapping) for row in rows}


_ALL = {
    ImportKind.AGENCIES: select(*_AGENCY_COLUMNS).order_by(Agency.code),
    ImportKind.CATEGORIES: select(*_CATEGORY_COLUMNS).order_by(Category.code),
    ImportKind.OFFICERS: select(*_OFFICER_COLUMNS).order_by(
        Officer.agency_code.nulls_first(), Officer.role, Officer.email
    ),
}
_OF = {ImportKind.AGENCIES: Agency.code, ImportKind.OFFICERS: Officer.agency_code}


async def everything(session: AsyncSession, kind: ImportKind, *, of: Iterable[str] | None) -> Sequence[Row]:
    """`of`: only what belongs to these agencies; categories belong to none."""
    statement = _ALL[kind]
    if of is not None and kind in _OF:
        statement = statement.where(_OF[kind] == _any_of(sorted(of)))
    return [dict(row._mapping) for row in await session.execute(statement)]


def _any_of(codes: Sequence[str]) -> Any:
    return any_(bindparam("codes", list(codes), type_=ARRAY(Text), unique=True))


# One statement for a chunk. What a line names may stand in the same chunk: foreign keys are checked at the end of it.
_AGENCIES = text(
    """
    INSERT INTO agencies (
        code, name, short_name, kind, level, parent_code, region_code, time_zone, duties, contacts, valid_from,
        valid_until, active, own_verification, automatic_assignment
    )
    SELECT code, name, short_name, kind, level, parent_code, region_code, time_zone, duties, contacts, valid_from,
           valid_until, active, own_verification, automatic_assignment
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        code text, name text, short_name text, kind text, level text, parent_code text, region_code text,
        time_zone text, duties text[], contacts jsonb, valid_from date, valid_until date, active bool,
        own_verification bool, automatic_assignment bool
    )
    ON CONFLICT (code) DO UPDATE SET
        name = excluded.name, short_name = excluded.short_name, kind = excluded.kind, level = excluded.level,
        parent_code = excluded.parent_code, region_code = excluded.region_code, time_zone = excluded.time_zone,
        duties = excluded.duties, contacts = excluded.contacts, valid_from = excluded.valid_from,
        valid_until = excluded.valid_until, active = excluded.active,
        own_verification = excluded.own_verification, automatic_assignment = excluded.automatic_assignment
    """
)
# After all of them are there: a successor may come later in the file.
_SUCCESSORS = text(
    """
    UPDATE agencies SET successor_code = r.successor_code
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (code text, successor_code text)
    WHERE agencies.code = r.code AND agencies.successor_code IS DISTINCT FROM r.successor_code
    """
)
_CATEGORIES = text(
    """
    INSERT INTO categories (code, parent_code, label_id, label_en, needs_evidence, valid_from, valid_until, active)
    SELECT code, parent_code, label_id, label_en, needs_evidence, valid_from, valid_until, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        code text, parent_code text, label_id text, label_en text, needs_evidence bool, valid_from date,
        valid_until date, active bool
    )
    ON CONFLICT (code) DO UPDATE SET
        parent_code = excluded.parent_code, label_id = excluded.label_id, label_en = excluded.label_en,
        needs_evidence = excluded.needs_evidence, valid_from = excluded.valid_from,
        valid_until = excluded.valid_until, active = excluded.active
    """
)
_OFFICERS = text(
    """
    INSERT INTO officers (id, agency_code, role, name, email, language, subject, active)
    SELECT id, agency_code, role, name, email, language, subject, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        id uuid, agency_code text, role text, name text, email text, language text, subject text, active bool
    )
    ON CONFLICT (coalesce(agency_code, ''), role, lower(email)) DO UPDATE SET
        name = excluded.name, email = excluded.email, language = excluded.language, subject = excluded.subject,
        active = excluded.active
    """
)


async def store_agencies(session: AsyncSession, rows: Sequence[Row]) -> None:
    await session.execute(_AGENCIES, {"rows": _json(rows)})


async def look_anew(session: AsyncSession) -> None:
    """Have the server see how large the tree has become.

    Else it goes on checking each parent by reading the whole table, as is best while there are a few agencies in it.
    """
    await session.execute(text("ANALYZE agencies"))
    await session.execute(text("ANALYZE categories"))


async def store_successors(session: AsyncSession, rows: Sequence[Row]) -> None:
    named = [{"code": row["code"], "successor_code": row["successor_code"]} for row in rows]
    await session.execute(_SUCCESSORS, {"rows": _json(named)})


async def store_categories(session: AsyncSession, rows: Sequence[Row]) -> None:
    await session.execute(_CATEGORIES, {"rows": _json(rows)})


async def store_officers(session: AsyncSession, rows: Sequence[Row]) -> None:
    """An officer who is there keeps their id."""
    await session.execute(_OFFICERS, {"rows": _json([{**row, "id": new_id()} for row in rows])})


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)
