"""SQL that keeps what is counted. Everything here runs under the locks of the reports' chains."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import Chain, CountedBefore, CountedReport, CountedStep

#: What reports and their deadlines are asked for by: columns of both.
ATTRIBUTES = (
    "received_on", "channel", "classification", "category", "region", "agency", "held_by", "secret",
)  # fmt: skip
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
_REPORT, _BEFORE, _STEP = (model.__table__ for model in (CountedReport, CountedBefore, CountedStep))


def _types(table: Any) -> str:
    return ", ".join(f'"{column.name}" {column.type.compile(_POSTGRESQL)}' for column in table.columns)


def _names(table: Any, prefix: str = "") -> str:
    return ", ".join(f"{prefix}{column.name}" for column in table.columns)


def _taken(table: Any, source: str) -> str:
    """INSERT of the rows of a source; one that is there as it is stays untouched."""
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    stored, new = (", ".join(f"{prefix}.{name}" for name in others) for prefix in (table.name, "excluded"))
    return f"""
        INSERT INTO {table.name} ({_names(table)}) SELECT {_names(table)} FROM {source}
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {changed} WHERE ({stored}) IS DISTINCT FROM ({new})
    """


def _vanished(table: Any, source: str) -> str:
    same = " AND ".join(f"s.{column.name} = {table.name}.{column.name}" for column in table.primary_key)
    return f"""
        DELETE FROM {table.name} WHERE report_id = ANY(CAST(:report_ids AS uuid[]))
        AND NOT EXISTS (SELECT FROM {source} s WHERE {same})
    """


# One statement for any number of reports. The day of receipt never changes: their months say which sums are others now.
_REPLACE = text(
    f"""
    WITH spells AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:spells AS json)) AS s ({_types(_BEFORE)})
    ), steps AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:steps AS json)) AS s ({_types(_STEP)})
    ), past AS MATERIALIZED (SELECT * FROM spells WHERE valid_until IS NOT NULL),
    present AS MATERIALIZED (SELECT * FROM spells WHERE valid_until IS NULL),
    gone AS ({_vanished(_BEFORE, "past")}), gone_steps AS ({_vanished(_STEP, "steps")}),
    kept AS ({_taken(_BEFORE, "past")}), kept_steps AS ({_taken(_STEP, "steps")}),
    marked AS (
        INSERT INTO figure_marks (first_day)
        SELECT DISTINCT CAST(date_trunc('month', received_on) AS date) FROM present
    )
    {_taken(_REPORT, "present")}
    """
)


async def replace(
    session: AsyncSession, report_ids: Iterable[UUID], spells: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """These reports are counted so, and not otherwise."""
    parameters = {"report_ids": list(report_ids), "spells": _json(spells), "steps": _json(steps)}
    await session.execute(_REPLACE, parameters)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=str, separators=(",", ":"))


async def reports_after(session: AsyncSession, after: UUID | None, *, limit: int) -> Sequence[UUID]:
    """The next reports in the order of their ids."""
    statement = select(Chain.report_id).order_by(Chain.report_id).limit(limit)
    if after is not None:
        statement = statement.where(Chain.report_id > after)
    return (await session.scalars(statement)).all()


# With clocks and without figures: an upgrade brought it, or it cannot be counted.
_UNCOUNTED = text(
    """
    SELECT count(*) FROM chains h
    WHERE NOT EXISTS (SELECT FROM counted_reports f WHERE f.report_id = h.report_id)
      AND EXISTS (SELECT FROM clocks c WHERE c.report_id = h.report_id)
    """
)


async def count_uncounted(session: AsyncSession) -> int:
    """Reports that no figure counts."""
    return int((await session.execute(_UNCOUNTED)).scalar_one())


async def count_reports(session: AsyncSession, after: UUID | None) -> int:
    statement = select(func.count()).select_from(Chain)
    if after is not None:
        statement = statement.where(Chain.report_id > after)
    return (await session.execute(statement)).scalar_one()


# Of a policy, or of one that was changed since.
_IS_STAGE = text(
    """
    SELECT EXISTS (SELECT FROM policies WHERE document -> 'stages' -> :stage IS NOT NULL)
        OR EXISTS (SELECT FROM counted_steps WHERE stage = :stage)
    """
)


async def is_stage(session: AsyncSession, stage: str) -> bool:
    return bool((await session.execute(_IS_STAGE, {"stage": stage})).scalar_one())
