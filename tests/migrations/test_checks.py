"""The CHECK of a column of codes takes what its enum has: Alembic compares tables and columns, and no CHECKs."""

import re

from sqlalchemy import Enum, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Model


async def test_the_check_of_a_column_of_codes_takes_the_codes_of_its_enum(session: AsyncSession) -> None:
    wanted = {
        (table.name, column.name): set(column.type.enums)
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum)
    }
    found = await session.execute(
        text(
            """
            SELECT t.relname, a.attname, pg_get_constraintdef(c.oid)
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid AND t.relnamespace = 'public'::regnamespace
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
            WHERE c.contype = 'c' AND cardinality(c.conkey) = 1
            """
        )
    )
    stored = {
        (table, column): codes
        for table, column, definition in found
        if (table, column) in wanted and (codes := set(re.findall(r"'([^']+)'", definition)))
    }

    assert stored == wanted
