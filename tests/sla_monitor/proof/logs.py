"""Logs of tests: reports whose chains grow, and the log that is kept of them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import metamorphic_log
from sqlalchemy import text

from shared.database import Sessions
from shared.log import events
from shared.log.events import EventType
from shared.proof.checkpoints import Checkpoint, open_checkpoint
from shared.proof.notes import VerifierKey
from shared.proof.receipts import TlogProof
from shared.queries import proofs
from sla_monitor.proof import signing
from sla_monitor.proof.memory import Memory
from sla_monitor.proof.service import TransparencyLog
from tests.factories import NOON, RING, a_report, drafted
from tests.waiting import log_is_quiet

ORIGIN = "lapor.example/log"
HOUR = timedelta(hours=1)


def verifier_keys() -> list[VerifierKey]:
    return signing.verifier_keys(RING, ORIGIN)


def a_log(sessions: Sessions, folder: Path, **changes: Any) -> TransparencyLog:
    """As one copy of sla_monitor keeps it."""
    known: dict[str, Any] = {"origin": ORIGIN, "seconds": 3600.0, "ring": lambda: RING}
    return TransparencyLog(sessions, memory=Memory(folder / "log" / "checkpoint"), **known | changes)


async def settled(sessions: Sessions) -> None:
    await log_is_quiet(lambda statement: scalar(sessions, statement))


async def grown(log: TransparencyLog, *, now: datetime = NOON) -> int:
    """By everything that was written before."""
    await settled(log.sessions)
    return await log.grow(now=now)


async def reports(sessions: Sessions, count: int) -> list[UUID]:
    async with sessions.begin() as session:
        return [await a_report(session, region_code=None, category_code=None) for _ in range(count)]


async def went_on(sessions: Sessions, report_id: UUID, *, now: datetime = NOON) -> None:
    """One more event."""
    async with sessions.begin() as session:
        head = await events.lock_head(session, report_id)
        assert head is not None
        draft = drafted(EventType.REPORTER_REPLIED, now, "reporter", {})
        await events.append(session, head, draft, recorded_at=now)


async def last(sessions: Sessions) -> Checkpoint:
    """The last checkpoint, verified by us and by another program."""
    async with sessions() as session:
        published = await proofs.last_checkpoint(session)
    assert published is not None
    metamorphic_log.checkpoint_verify(published.note, [str(key) for key in verifier_keys()])
    return open_checkpoint(published.note, verifier_keys())


async def receipt(sessions: Sessions, report_id: UUID) -> TlogProof:
    async with sessions() as session:
        found = await proofs.receipt(session, report_id)
    assert found is not None
    return found


async def scalar(sessions: Sessions, statement: str, **parameters: Any) -> Any:
    async with sessions() as session:
        return await session.scalar(text(statement), parameters)


async def by_hand(sessions: Sessions, *statements: str, **parameters: Any) -> None:
    """What whoever owns the database can do: the triggers are off."""
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await session.execute(text(statement), parameters)
