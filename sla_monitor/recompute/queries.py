"""SQL of recomputation. Everything here runs under the locks of the reports' chains."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import MONITOR
from shared.schema import Clock, Escalation
from sla_monitor.recompute.moves import Before, Key


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ladder step that was carried out and stands."""

    id: UUID
    code: int
    kind: str
    level: int
    at: datetime


async def stored_clocks(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, list[Before]]:
    """The clocks of each report as they were computed last; a report without clocks is not named."""
    statement = select(
        Clock.report_id, Clock.stage, Clock.opened_seq, Clock.due_at, Clock.days, Clock.policy_code,
        Clock.calendar_id, Clock.computed_seq,
    ).where(Clock.report_id.in_(report_ids))  # fmt: skip
    found: dict[UUID, list[Before]] = {}
    for report_id, *clock in await session.execute(statement):
        found.setdefault(report_id, []).append(Before(*clock))
    return found


async def recorded_steps(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, dict[Key, list[Recorded]]]:
    statement = select(
        Escalation.report_id, Escalation.stage, Escalation.opened_seq,
        Escalation.id, Escalation.step_code, Escalation.kind, Escalation.level, Escalation.step_at,
    ).where(Escalation.report_id.in_(report_ids), Escalation.revoked_at.is_(None))  # fmt: skip
    found: dict[UUID, dict[Key, list[Recorded]]] = {}
    for report_id, stage, opened_seq, *step in await session.execute(statement):
        found.setdefault(report_id, {}).setdefault((stage, opened_seq), []).append(Recorded(*step))
    return found


async def now(session: AsyncSession) -> datetime:
    """The time of the database, the only one that monitors agree on.

    Not now(), which is when the transaction began: while it waited for a lock, a sweep may have carried out a step.
    """
    instant: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return instant


COLUMNS: Mapping[str, str] = {
    "report_id": "uuid",
    "stage": "text",
    "opened_seq": "int",
    "round": "smallint",
    "agency_code": "text",
    "started_at": "timestamptz",
    "due_at": "timestamptz",
    "due_on": "date",
    "days": "smallint",
    "stopped_at": "timestamptz",
    "state": "text",
    "outcome": "text",
    "on_due": "text",
    "policy_code": "text",
    "calendar_id": "int",
    "time_zone": "text",
    "imported": "bool",
    "opened_recorded_at": "timestamptz",
    "computed_seq": "int",
    "step_code": "smallint[]",
    "step_at": "timestamptz[]",
    "step_level": "smallint[]",
    "step_kind": "text[]",
    "step_recipients": "text[]",
    "next_step": "smallint",
    "next_step_at": "timestamptz",
    "breached_at": "timestamptz",
    "level": "smallint",
}
_KEY = ("report_id", "stage", "opened_seq")
_NAMES = ", ".join(COLUMNS)
_TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in _KEY)

#: What whoever reads of a deadline sees of it.
_SHOWN = ("round", "agency_code", "due_at", "due_on", "state", "outcome")


def _row_of(source: str) -> str:
    return "(" + ", ".join(f"{source}.{name}" for name in _SHOWN) + ")"


_CHANGED_AT = f"""
    CASE WHEN {_row_of("clocks")} IS DISTINCT FROM {_row_of("excluded")} THEN clock_timestamp()
         ELSE clocks.changed_at END
"""

# Rows that stay are updated in place, mostly without touching an index.
_REPLACE = text(
    f"""
    WITH computed AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS c ({_TYPES})),
    vanished AS (
        DELETE FROM clocks WHERE report_id = ANY(CAST(:report_ids AS uuid[])) AND NOT EXISTS (
            SELECT FROM computed c WHERE c.report_id = clocks.report_id AND c.stage = clocks.stage
                                     AND c.opened_seq = clocks.opened_seq)
    )
    INSERT INTO clocks ({_NAMES}, changed_at) SELECT {_NAMES}, clock_timestamp() FROM computed
    ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {_CHANGES}, changed_at = {_CHANGED_AT}
    """
)


async def replace_clocks(session: AsyncSession, report_ids: Iterable[UUID], rows: Sequence[Mapping[str, Any]]) -> None:
    """The clocks of these reports are these and no others. One statement for any number of reports."""
    content = json.dumps(rows, default=str, separators=(",", ":"))
    await session.execute(_REPLACE, {"rows": content, "report_ids": list(report_ids)})


_REVOKE = text("UPDATE escalations SET revoked_at = :now WHERE id = ANY(CAST(:ids AS uuid[]))")


async def revoke(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> None:
    await session.execute(_REVOKE, {"ids": list(ids), "now": now})


BEHIND_SECONDS = 60

# An event that we have not acknowledged has an outbox row, so nothing has to be searched for in the clocks.
_BEHIND = f"""
    SELECT DISTINCT e.report_id FROM outbox o JOIN events e ON e.id = o.event_id
    JOIN chains h ON h.report_id = e.report_id
    WHERE o.follower = '{MONITOR}' AND e.recorded_at < now() - make_interval(secs => {BEHIND_SECONDS})
      AND NOT EXISTS (SELECT FROM clocks c WHERE c.report_id = e.report_id AND c.computed_seq >= h.fact_seq)
"""
_SOME_BEHIND = text(f"{_BEHIND} LIMIT :limit")
_COUNT_BEHIND = text(f"SELECT count(*) FROM ({_BEHIND}) AS b")


async def behind(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Reports with facts that were written more than a minute ago and are not in their clocks."""
    return (await session.scalars(_SOME_BEHIND, {"limit": limit})).all()


async def count_behind(session: AsyncSession) -> int:
    return int((await session.execute(_COUNT_BEHIND)).scalar_one())
