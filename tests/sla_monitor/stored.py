"""Reports in the database with the history that a test tells, and what the monitor made of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log import events
from shared.log.events import GENESIS, EventType, Head, event_hash
from shared.schema import Chain, Report
from sla_monitor.recompute import service as recompute
from sla_monitor.reference.service import Reference
from sla_monitor.sweep import queries as sweeping
from tests.factories import drafted, report_values
from tests.sla_monitor import histories
from tests.sla_monitor.histories import History

CALENDAR_ID = 7


@cache
def reference() -> Reference:
    """As it is stored after seeding, without a database."""
    policy = histories.policy()
    return Reference(CALENDAR_ID, histories.calendar(), {policy.code: policy})


async def a_report(session: AsyncSession, history: History, *, imported: bool = False, **columns: Any) -> UUID:
    """A report with this history, which is public; its clocks are not computed."""
    public = {"published_at": history.events[0].occurred_at if history.events else None}
    values = report_values(region_code=None, category_code=None, imported=imported) | public | columns
    await session.execute(insert(Report).values(values))
    report_id: UUID = values["id"]
    head = Head(report_id, 0, GENESIS, 0)
    await session.execute(insert(Chain).values(report_id=report_id, seq=0, hash=GENESIS, fact_seq=0))
    await _append(session, head, history, imported=imported)
    return report_id


async def went_on(session: AsyncSession, report_id: UUID, history: History) -> None:
    """What the history has beyond what is stored, the monitor's own events not counted."""
    head = await events.lock_head(session, report_id)
    assert head is not None
    stored = [event for event in await events.history(session, report_id) if not event.type.startswith("clock.")]
    await _append(session, head, history, after=len(stored))


async def _append(
    session: AsyncSession, head: Head, history: History, *, after: int = 0, imported: bool = False
) -> None:
    for event in history.events[after:]:
        data = {**event.data, "imported": imported} if event.type == "report.received" else event.data
        draft = drafted(EventType(event.type), event.occurred_at, "service:test", data)
        await events.append(session, head, draft, recorded_at=event.recorded_at)


async def computed(session: AsyncSession, *report_ids: UUID, now: datetime, force: bool = False) -> dict[UUID, str]:
    return await recompute.recompute_in(session, reference(), report_ids, force=force, now=now)


async def swept(session: AsyncSession, now: datetime, *, batch: int = 100) -> int:
    """Sweep until nothing is due; the number of steps."""
    steps = 0
    while True:
        done = await sweeping.sweep_batch(session, batch=batch, now=now)
        steps += sum(done.steps.values())
        if done.picked == 0:
            return steps


async def rows(session: AsyncSession, statement: str, **parameters: Any) -> Sequence[Any]:
    return (await session.execute(text(statement), parameters)).all()


async def clock(session: AsyncSession, report_id: UUID, stage: str) -> Any:
    """The last clock of a stage, as stored."""
    found = await rows(
        session,
        "SELECT * FROM clocks WHERE report_id = :id AND stage = :stage ORDER BY opened_seq",
        id=report_id,
        stage=stage,
    )
    return found[-1]


async def steps(session: AsyncSession, report_id: UUID, stage: str) -> Sequence[Any]:
    """The recorded steps of a stage in the order in which they were carried out; revoked ones too."""
    return await rows(
        session,
        """
        SELECT s.*, e.seq FROM escalations s JOIN events e ON e.id = s.id
        WHERE s.report_id = :id AND s.stage = :stage ORDER BY e.seq
        """,
        id=report_id,
        stage=stage,
    )


async def broken_chains(session: AsyncSession) -> list[str]:
    """Where a hash does not follow from what was written, or a number is missing, or the head is another."""
    broken: list[str] = []
    heads = {row.report_id: row for row in await rows(session, "SELECT * FROM chains")}
    ends: dict[UUID, tuple[int, bytes]] = dict.fromkeys(heads, (0, GENESIS))
    for row in await rows(session, "SELECT *, data::text AS content FROM events ORDER BY report_id, seq"):
        seq, previous = ends[row.report_id]
        again = event_hash(
            previous, event_id=row.id, report_id=row.report_id, seq=seq + 1, type=row.type,
            occurred_at=row.occurred_at, recorded_at=row.recorded_at, actor=row.actor, data=row.content,
        )  # fmt: skip
        if (row.seq, row.previous_hash, row.hash) != (seq + 1, previous, again):
            broken.append(f"{row.report_id} {row.seq}")
        ends[row.report_id] = (row.seq, row.hash)
    broken += [f"{key} head" for key, row in heads.items() if (row.seq, row.hash) != ends[key]]
    return broken


_MANY = (
    """
    INSERT INTO reports (id, tracking_number, access_code_hash, title, body, salt, channel, client_id, received_at,
                         recorded_at, classification, anonymous, secret)
    SELECT new_event_id(), lpad(n::text, 10, '0'), '', 't', 'b', '', 'app', 'x', now() - interval '30 days',
           now() - interval '30 days', 'complaint', false, false
    FROM generate_series(1, CAST(:count AS int)) AS n
    """,
    """
    INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    SELECT id, id, 1, 'report.received', received_at, recorded_at, 'x', '{}', :genesis,
           event_hash(:genesis, id, id, 1, 'report.received', received_at, recorded_at, 'x', '{}')
    FROM reports
    """,
    "INSERT INTO chains (report_id, seq, hash, fact_seq) SELECT report_id, 1, hash, 1 FROM events",
    """
    INSERT INTO clocks (report_id, stage, opened_seq, round, agency_code, started_at, due_at, due_on, state, outcome,
                        on_due, policy_code, calendar_id, time_zone, imported, opened_recorded_at, computed_seq,
                        step_code, step_at, step_level, step_kind, step_recipients, next_step, next_step_at)
    SELECT id, stage, 1, 1, 'SAMARINDA-PU', received_at, due_at, due_at::date, 'running', 'pending', 'escalate', 'P', 1,
           'Asia/Makassar', false, recorded_at, 1, '{-1,0,3}',
           ARRAY[due_at - interval '1 day', due_at, due_at + interval '3 days'], '{0,1,2}',
           '{reminder,breach,escalation}', '{liaison_officers,"liaison_officers,agency_head",coordinator}',
           1, due_at - interval '1 day'
    FROM reports, unnest(CAST(:stages AS text[])) AS stage,
         LATERAL (SELECT received_at + make_interval(days => CAST(:due_after_days AS int)) AS due_at) AS due
    """,
)


async def many_reports(
    session: AsyncSession, count: int, *, stages: Sequence[str] = ("first_response",), due_after_days: int = 5
) -> None:
    """Reports received 30 days ago, with valid chains and a ladder of three steps for each stage."""
    parameters = {"count": count, "genesis": GENESIS, "stages": list(stages), "due_after_days": due_after_days}
    for statement in _MANY:
        await session.execute(text(statement), parameters)
