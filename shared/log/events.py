"""The event log: what happened to a report, append-only, chained by hashes.

Whoever appends takes the head of the report's chain first (`lock_head`, `lock_heads`), and writes the event, the new
head and the outbox rows in the transaction of the change itself (`append`). Nothing else writes these three tables, but
the two set-based statements that follow the same rules in SQL: a submission (intake_api) and the sweep (sla_monitor).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import INTAKE, MONITOR, ROUTING, is_actor
from shared.domain.newer import code
from shared.ids import framed, new_id
from shared.log.payloads import PAYLOADS, Json, Logged, Payload
from shared.log.payloads.types import EventType as EventType  # whoever reads or writes the log needs it, too
from shared.schema import Chain

HASH_VERSION = 2
GENESIS = bytes(32)  # the "previous hash" of a report's first event

#: The monitor's own. All others raise `fact_seq`, and are delivered to the monitor, whether a clock follows them or
#: not: the sweep waits for clocks that know of the last fact.
_MONITORS = frozenset(event for event in EventType if event.startswith("clock."))

#: Which services an event is delivered to.
FOLLOWERS: Mapping[EventType, tuple[str, ...]] = {event: PAYLOADS[event].followers for event in EventType}


def writer_of(type: str) -> str:
    """The service that writes such events. Of one that only a newer release knows: by what its name begins with."""
    known = PAYLOADS.get(type)
    if known is not None:
        return known.writer
    return {"clock": MONITOR, "policy": MONITOR, "reporter": INTAKE}.get(type.partition(".")[0], ROUTING)


@dataclass(frozen=True)
class Event(Logged):
    id: UUID
    report_id: UUID
    seq: int
    type: EventType
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: Json  # as it is stored


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no place in a chain yet."""

    payload: Payload
    occurred_at: datetime
    actor: str

    @property
    def type(self) -> EventType:
        return self.payload.event_type


@dataclass(slots=True)
class Head:
    """The locked end of a report's chain; `append` moves it."""

    report_id: UUID
    seq: int
    hash: bytes
    fact_seq: int


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_VERSION = str(HASH_VERSION)
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(data: Mapping[str, Any]) -> str:
    """The text of `data` that is hashed and stored."""
    return _encoder.encode(data)


def event_hash(
    previous: bytes,
    *,
    event_id: UUID,
    report_id: UUID,
    seq: int,
    type: str,
    occurred_at: datetime,
    recorded_at: datetime,
    actor: str,
    data: str,
) -> bytes:
    """The link of an event to the one before; the SQL function `event_hash` computes the same."""
    line = framed(
        _VERSION, str(event_id), str(report_id), str(seq), type, str(microseconds(occurred_at)),
        str(microseconds(recorded_at)), actor, data,
    )  # fmt: skip
    return hashlib.sha256(previous + line).digest()


def check_actor(actor: str) -> None:
    """Raises ValueError: a token with such a `sub` is refused at the door."""
    if not is_actor(actor):
        raise ValueError("an actor is a role and the sub of a token, of letters, digits and ._:@-")


async def lock_head(session: AsyncSession, report_id: UUID) -> Head | None:
    """The head of one report's chain, held until the transaction ends; None: there is no such report."""
    return (await lock_heads(session, (report_id,))).get(report_id)


# Built once: making it, and the key that its compiled text is cached by, costs more than running it.
_HEADS = (
    select(Chain.report_id, Chain.seq, Chain.hash, Chain.fact_seq)
    .where(Chain.report_id == any_(bindparam("report_ids", type_=ARRAY(Uuid))))
    .order_by(Chain.report_id)
    .with_for_update(key_share=True)  # FOR UPDATE would collide with foreign-key checks
)


async def lock_heads(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """The heads of several chains, always locked in the order of `report_id`, so that two callers cannot deadlock."""
    rows = await session.execute(_HEADS, {"report_ids": sorted(set(report_ids))})
    return {row.report_id: Head(*row) for row in rows}


# One round trip for any number of events. The outbox has a row per event and follower.
_APPEND = text(
    """
    WITH appended AS (
        INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
        SELECT id, report_id, seq, type, occurred_at, recorded_at, actor, data::json, previous_hash, hash
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:report_ids AS uuid[]), CAST(:seqs AS int[]), CAST(:types AS text[]),
            CAST(:occurred AS timestamptz[]), CAST(:recorded AS timestamptz[]), CAST(:actors AS text[]),
            CAST(:data AS text[]), CAST(:previous_hashes AS bytea[]), CAST(:hashes AS bytea[])
        ) AS e (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    ), addressed AS (
        INSERT INTO outbox (event_id, follower)
        SELECT * FROM unnest(CAST(:outbox_ids AS uuid[]), CAST(:followers AS text[]))
    )
    UPDATE chains SET seq = h.seq, hash = h.hash, fact_seq = h.fact_seq
    FROM unnest(
        CAST(:head_ids AS uuid[]), CAST(:head_seqs AS int[]), CAST(:head_hashes AS bytea[]),
        CAST(:head_fact_seqs AS int[])
    ) AS h (report_id, seq, hash, fact_seq)
    WHERE chains.report_id = h.report_id
    """
)


async def append(session: AsyncSession, head: Head, *drafts: Draft, recorded_at: datetime) -> list[Event]:
    """Append to one report's chain, whose head the caller has locked."""
    return await append_many(session, [(head, draft) for draft in drafts], recorded_at=recorded_at)


async def append_many(
    session: AsyncSession, drafts: Sequence[tuple[Head, Draft]], *, recorded_at: datetime
) -> list[Event]:
    """Append to several chains, whose heads the caller has locked, in one statement."""
    if not drafts:
        return []
    events: list[Event] = []
    links: list[tuple[str, bytes, bytes]] = []
    for head, draft in drafts:
        check_actor(draft.actor)
        event = Event(
            new_id(),
            head.report_id,
            head.seq + 1,
            draft.type,
            draft.occurred_at,
            recorded_at,
            draft.actor,
            draft.payload.as_data(),
        )
        events.append(event)
        links.append(_link(head, event))
    heads = {head.report_id: head for head, _ in drafts}.values()
    await session.execute(_APPEND, _rows(events, links) | _new_heads(heads))
    return events


def _rows(events: Sequence[Event], links: Sequence[tuple[str, bytes, bytes]]) -> dict[str, Any]:
    """Of the events and of the outbox, column by column."""
    outbox = [(event.id, follower) for event in events for follower in FOLLOWERS[event.type]]
    return {
        "ids": [event.id for event in events],
        "report_ids": [event.report_id for event in events],
        "seqs": [event.seq for event in events],
        "types": [event.type.value for event in events],
        "occurred": [event.occurred_at for event in events],
        "recorded": [event.recorded_at for event in events],
        "actors": [event.actor for event in events],
        "data": [data for data, _, _ in links],
        "previous_hashes": [previous for _, previous, _ in links],
        "hashes": [hash for _, _, hash in links],
        "outbox_ids": [event_id for event_id, _ in outbox],
        "followers": [follower for _, follower in outbox],
    }


def _new_heads(heads: Collection[Head]) -> dict[str, Any]:
    return {
        "head_ids": [head.report_id for head in heads],
        "head_seqs": [head.seq for head in heads],
        "head_hashes": [head.hash for head in heads],
        "head_fact_seqs": [head.fact_seq for head in heads],
    }


def _link(head: Head, event: Event) -> tuple[str, bytes, bytes]:
    """Move the head onto the event; give the event's text, the hash before and its own."""
    previous, data = head.hash, canonical(event.data)
    head.hash = event_hash(
        previous,
        event_id=event.id,
        report_id=event.report_id,
        seq=event.seq,
        type=event.type.value,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        data=data,
    )
    head.seq = event.seq
    if event.type not in _MONITORS:
        head.fact_seq = event.seq
    return data, previous, head.hash


COLUMNS = "id, report_id, seq, type, occurred_at, recorded_at, actor, data"

_HISTORY = text(
    f"""
    SELECT {COLUMNS} FROM events
    WHERE report_id = ANY(CAST(:report_ids AS uuid[])) AND type <> ALL (CAST(:without AS text[]))
    ORDER BY report_id, seq
    """
)


async def history(session: AsyncSession, report_id: UUID) -> list[Event]:
    """Everything that happened to a report, in order. Read it after taking the lock to act on it."""
    return (await histories(session, (report_id,))).get(report_id, [])


async def histories(
    session: AsyncSession, report_ids: Iterable[UUID], *, without: Iterable[EventType] = ()
) -> dict[UUID, list[Event]]:
    """`without`: types that the caller has no use for."""
    found: dict[UUID, list[Event]] = {}
    parameters = {"report_ids": list(report_ids), "without": [type.value for type in without]}
    for row in await session.execute(_HISTORY, parameters):
        found.setdefault(row.report_id, []).append(event_of(row))
    return found


def event_of(row: Row[Any]) -> Event:
    """`row`: of `COLUMNS`."""
    data = row.data if isinstance(row.data, dict) else json.loads(row.data)
    return Event(
        row.id, row.report_id, row.seq, code(EventType, row.type), row.occurred_at, row.recorded_at, row.actor, data
    )
