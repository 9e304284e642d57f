"""Who looks through files: some workers in each process, which poll, since files are added by any of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from intake_api.evidence.media.scanner import Scanner
from intake_api.evidence.media.service import Looking
from intake_api.evidence.media.tasks import FileLimits
from shared.clock import utc_now
from shared.settings import IntakeSettings

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 5.0
#: What no turn has found: a covering that was changed while nothing ran for an hour.
EVERYTHING_SECONDS = 900.0
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_MIB = 2**20


def limits_of(settings: IntakeSettings) -> FileLimits:
    return FileLimits(
        pixels=settings.evidence_megapixels * 1_000_000,
        pages=settings.evidence_pages,
        seconds=settings.evidence_video_seconds,
        output_bytes=4 * settings.evidence_mib * _MIB,
        inflated_bytes=8 * settings.evidence_mib * _MIB,
        memory_bytes=settings.evidence_memory_mib * _MIB,
        cpu_seconds=settings.evidence_decoding_seconds,
        wall_seconds=2 * settings.evidence_decoding_seconds,
    )


def scanner_of(settings: IntakeSettings) -> Scanner | None:
    return Scanner.at(settings.clamd) if settings.clamd else None


@asynccontextmanager
async def looking(work: Looking, *, at_once: int) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_work(work), name="evidence") for _ in range(at_once)]
    tasks.append(asyncio.create_task(_cover_everything(work), name="evidence"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _work(work: Looking) -> None:
    """Until cancelled. Never raises: what is to be done stays in the tables, and is tried again."""
    while True:
        try:
            if not await work.turn(now=utc_now()):
                await asyncio.sleep(POLL_SECONDS)
        except Exception as error:
            logger.warning("worker failed", extra={"worker": "evidence", "error": type(error).__name__})
            await asyncio.sleep(AFTER_FAILURE_SECONDS)


async def _cover_everything(work: Looking) -> None:
    while True:
        try:
            while await work.cover(now=utc_now(), since=_EVER):
                pass
        except Exception as error:
            logger.warning("worker failed", extra={"worker": "evidence", "error": type(error).__name__})
        await asyncio.sleep(EVERYTHING_SECONDS)
