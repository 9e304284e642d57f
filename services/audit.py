"""`lapor audit verify`: is every report's history whole, and is the report what its history says?

Hashes are computed here, in Python, from what is stored: a change made by hand in SQL does not go unseen.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import lifecycle
from shared.events import GENESIS, event_hash

BATCH_REPORTS = 1_000
SHOWN_BREAKS = 100

_COUNT = text("SELECT count(*) FROM reports")
# By the primary key, batch by batch: memory stays small however many reports there are.
_REPORTS = text(
    """
    SELECT r.id, r.tracking_number, r.status, r.holder_level, r.holder_agency_code,
           c.seq AS head_seq, c.hash AS head_hash, c.fact_seq
    FROM reports r LEFT JOIN chains c ON c.report_id = r.id
    WHERE r.id > :after ORDER BY r.id LIMIT :limit
    """
)
_EVENTS = text(
    """
    SELECT id, report_id, seq, type, occurred_at, recorded_at, actor, data::text AS data, previous_hash, hash
    FROM events WHERE report_id = ANY(:ids) ORDER BY report_id, seq
    """
)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a history and what is stored part; `seq` is None if no single event is to blame."""

    report_id: UUID
    tracking_number: str
    seq: int | None
    what: str


@dataclass(slots=True)
class Findings:
    """`breaks` is the first of each report that has any, in the order of report ids; the first 100 of them."""

    reports: int = 0
    events: int = 0
    broken: int = 0
    breaks: list[Break] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str, indent=2)


async def verify(engine: AsyncEngine, *, progress: Callable[[int, int], None] = lambda done, of: None) -> Findings:
    """Walk all chains in one snapshot, so that services may go on working meanwhile."""
    findings = Findings()
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        total = int(await connection.scalar(_COUNT) or 0)
        after = UUID(int=0)
        while reports := (await connection.execute(_REPORTS, {"after": after, "limit": BATCH_REPORTS})).all():
            await _verify_batch(connection, reports, findings)
            after = reports[-1].id
            progress(findings.reports, total)
    return findings


async def _verify_batch(connection: AsyncConnection, reports: Sequence[Row[Any]], findings: Findings) -> None:
    rows = (await connection.execute(_EVENTS, {"ids": [report.id for report in reports]})).all()
    histories = {id: list(events) for id, events in groupby(rows, key=lambda event: event.report_id)}
    for report in reports:
        history = histories.get(report.id, [])
        findings.reports += 1
        findings.events += len(history)
        if found := first_break(report, history):
            findings.broken += 1
            if len(findings.breaks) < SHOWN_BREAKS:
                findings.breaks.append(Break(report.id, report.tracking_number, *found))


def first_break(report: Row[Any], history: Sequence[Row[Any]]) -> tuple[int | None, str] | None:
    """The chain from its first link to its head, then what the report has become by it."""
    if not history:
        return None, "the report has no events"
    return _broken_link(history) or _wrong_head(report, history) or _wrong_state(report, history)


def _broken_link(history: Sequence[Row[Any]]) -> tuple[int, str] | None:
    previous = GENESIS
    for expected, event in enumerate(history, start=1):
        if event.seq != expected:
            return expected, f"event {expected} is missing, {event.seq} follows"
        if event.previous_hash != previous:
            return event.seq, "its previous_hash is not the hash of the event before"
        computed = event_hash(
            previous,
            event_id=event.id,
            report_id=event.report_id,
            seq=event.seq,
            type=event.type,
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            actor=event.actor,
            data=event.data,
        )
        if event.hash != computed:
            return event.seq, "its hash is not that of its content: the event was changed"
        previous = computed
    return None


def _wrong_head(report: Row[Any], history: Sequence[Row[Any]]) -> tuple[int | None, str] | None:
    last = history[-1]
    if report.head_seq is None:
        return None, "the report has no chain head"
    if report.head_seq != last.seq:
        return last.seq + 1, f"the chain head says {report.head_seq} events, there are {last.seq}"
    if report.head_hash != last.hash:
        return last.seq, "the chain head has another hash than the last event"
    facts = [event.seq for event in history if not event.type.startswith("clock.")]
    if report.fact_seq != max(facts, default=0):
        return last.seq, f"the chain head says fact_seq {report.fact_seq}, it is {max(facts, default=0)}"
    return None


def _wrong_state(report: Row[Any], history: Sequence[Row[Any]]) -> tuple[None, str] | None:
    status, holder = lifecycle.fold((event.type, json.loads(event.data)) for event in history)
    if report.status != status.value:
        return None, f"the stored status is {report.status}, its events make it {status.value}"
    stored = (report.holder_level, report.holder_agency_code)
    if stored != (holder.level.value, holder.agency):
        return None, f"the stored holder is {_words(*stored)}, its events make it {_words(*_pair(holder))}"
    return None


def _pair(holder: lifecycle.Holder) -> tuple[str, str | None]:
    return holder.level.value, holder.agency


def _words(level: str, agency: str | None) -> str:
    return f"{level} {agency}" if agency else level
