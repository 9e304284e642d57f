import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, insert, select

from intake_api.keys.jobs import create_scheduler, purge
from shared.database import Sessions
from shared.schema import IdempotencyKey
from shared.settings import IntakeSettings
from tests.factories import DAY, NOON, settings


async def a_key(sessions: Sessions, created_at: datetime) -> bytes:
    name = uuid4().bytes
    async with sessions.begin() as session:
        row = {"key_hash": name, "request_hash": b"", "status": 200, "answer": "{}", "created_at": created_at}
        await session.execute(insert(IdempotencyKey).values(row))
    return name


async def left(sessions: Sessions) -> set[bytes]:
    async with sessions() as session:
        return set(await session.scalars(select(IdempotencyKey.key_hash)))


async def test_keys_are_forgotten_after_their_days_batch_by_batch(committed: Sessions) -> None:
    async with committed.begin() as session:
        await session.execute(delete(IdempotencyKey))
    old = [await a_key(committed, NOON - 7 * DAY - timedelta(seconds=1)) for _ in range(5)]
    young = await a_key(committed, NOON - 7 * DAY)

    purged = await purge(committed, days=7, batch=2, clock=lambda: NOON)

    assert purged == len(old)
    assert await left(committed) == {young}


async def test_two_copies_that_purge_at_once_do_not_hinder_each_other(committed: Sessions) -> None:
    for _ in range(10):
        await a_key(committed, NOON - 365 * DAY)

    purged = await asyncio.gather(*(purge(committed, days=300, batch=3, clock=lambda: NOON) for _ in range(3)))

    assert sum(purged) == 10


def test_the_purge_is_scheduled(committed: Sessions) -> None:
    scheduler = create_scheduler(committed, settings("postgresql://x/y", IntakeSettings))

    assert [job.id for job in scheduler.get_jobs()] == ["purge"]
