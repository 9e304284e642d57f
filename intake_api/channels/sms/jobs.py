"""What text messages need now and then: parts that never come, the tables of Gammu, and what is forgotten."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from intake_api.channels.sms import gammu, queries, reading
from intake_api.channels.sms.desk import TextDesk
from intake_api.channels.sms.joining import Part
from intake_api.channels.sms.taking import Incoming
from shared import ids
from shared.clock import utc_now
from shared.errors import DomainError, Unavailable
from shared.http.problems import is_away

logger = logging.getLogger(__name__)

GAMMU_SECONDS = 1.0
WAITING_SECONDS = 15.0
PURGE_SECONDS = 3600.0
PURGED_AT_ONCE = 1_000


@asynccontextmanager
async def texting(desk: TextDesk) -> AsyncIterator[None]:
    jobs: list[tuple[Callable[[], Awaitable[None]], float]] = []
    if desk.gateways.gateways:
        jobs += [(lambda: take_waiting(desk, now=utc_now()), WAITING_SECONDS)]
        jobs += [(lambda: forget_old(desk, now=utc_now()), PURGE_SECONDS)]
    for name, engine in desk.gammu.items():
        jobs.append((lambda name=name, engine=engine: poll_gammu(desk, name, engine, now=utc_now()), GAMMU_SECONDS))  # type: ignore[misc]
    tasks = [asyncio.create_task(_go_on(job, seconds)) for job, seconds in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await desk.close()


async def _go_on(job: Callable[[], Awaitable[None]], seconds: float) -> None:
    """What fails is logged; what waits goes on waiting."""
    while True:
        try:
            await job()
        except Exception as error:
            away = is_away(error) or isinstance(error, Unavailable | OSError)
            logger.warning(
                "text messages wait", extra={"error": type(error).__name__}, exc_info=None if away else error
            )
        await asyncio.sleep(seconds)


async def take_waiting(desk: TextDesk, *, now: datetime) -> None:
    """Messages of which parts never came; one that cannot be taken holds up no other."""
    for message_id in await desk.joining.waiting(now=now):
        try:
            await desk.joining.take_incomplete(message_id, desk.tell, now=now)
        except Exception as trouble:
            _note_waiting(trouble)
    await desk.joining.forget(now=now)


def _note_waiting(trouble: Exception) -> None:
    """Of one message, whatever stands against it. Raises it where the database is away: then all of them wait."""
    if is_away(trouble):
        raise trouble
    code = trouble.code if isinstance(trouble, DomainError) else type(trouble).__name__
    logger.warning("a text message waits", extra={"code": code})


async def forget_old(desk: TextDesk, *, now: datetime) -> None:
    before, full = now - timedelta(days=desk.messages.settings.sms_days), True
    while full:
        async with desk.messages.sessions.begin() as session:
            full = await queries.purge_messages(session, before=before, limit=PURGED_AT_ONCE) >= PURGED_AT_ONCE


async def poll_gammu(desk: TextDesk, name: str, engine: AsyncEngine, *, now: datetime) -> None:
    """All that is there, in order; what cannot be taken now stays there and holds up no other."""

    async def take(row: Row[Any]) -> tuple[str, str] | None:
        return await _of_row(desk, name, row, now)

    after = 0
    while (waits := await gammu.peek_next(engine, after=after)) is not None:
        try:
            after = await gammu.take_next(engine, take, after=after, new_id=ids.new_id) or waits
        except Exception as trouble:
            _note_waiting(trouble)
            after = waits
    await gammu.failed(engine, lambda message_id, status: desk.not_delivered(message_id, status, now=now))


async def _of_row(desk: TextDesk, name: str, row: Row[Any], now: datetime) -> tuple[str, str] | None:
    phone = reading.phone_of(row.sender)
    if phone is None:
        desk.messages.ignored()
        return None
    reference = gammu.reference_of(row)
    place = gammu.place_of(row)
    if place is not None and not place.is_possible:
        desk.messages.ignored()
        return None
    if place is None:
        said = await desk.messages.answer(Incoming(name, reference, phone, row.words, row.received_at), now=now)
    else:
        said = await desk.take_part(Part(name, reference, phone, row.words, place, row.received_at), now=now)
    return None if said is None else (phone, said)
