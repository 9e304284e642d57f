"""Looks for what is to be mailed, in every process of the service at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from routing_service.access.mails import service
from shared.clock import utc_now
from shared.database import Sessions
from shared.settings import Settings

logger = logging.getLogger(__name__)


@asynccontextmanager
async def posting(sessions: Sessions, settings: Settings) -> AsyncIterator[None]:
    """Without a mail server nothing is sent, and nothing waits for it."""
    if not settings.sends_mail:
        yield
        return
    task = asyncio.create_task(_go_on(sessions, settings), name="posting")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on(sessions: Sessions, settings: Settings) -> None:
    while True:
        try:
            if outcomes := await service.send(sessions, settings, now=utc_now()):
                logger.info("accounts mailed", extra={"outcomes": dict(outcomes)})
        except Exception as error:
            logger.warning("mailing accounts failed", extra={"error": type(error).__name__})
        await asyncio.sleep(settings.mail_seconds)
