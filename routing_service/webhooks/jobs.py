"""What every process of the service does for webhooks: it dispatches, it sends, and it tidies up."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from routing_service.webhooks import keeping
from routing_service.webhooks.dispatching import service as dispatching
from routing_service.webhooks.metrics import WebhookMetrics
from routing_service.webhooks.notices import service as notices
from routing_service.webhooks.sending.sender import Sender
from shared.clock import utc_now
from shared.database import Sessions
from shared.errors import Unavailable
from shared.keys.held import Keys
from shared.outgoing import Outgoing
from shared.settings import RoutingSettings

logger = logging.getLogger(__name__)

AFTER_FAILURE_SECONDS = 1.0
#: For whoever has to do something: a key, a log that was restored elsewhere.
WAITING_SECONDS = 10.0
KEEPING_SECONDS = 3600.0


class Webhooks:
    """Those of one process."""

    def __init__(
        self, sessions: Sessions, outgoing: Outgoing, keys: Keys, settings: RoutingSettings, metrics: WebhookMetrics
    ) -> None:
        self._sessions = sessions
        self._keys = keys
        self._settings = settings
        self._seconds = settings.webhook_seconds
        self._production = settings.environment == "production"
        self._sender = Sender(
            sessions, outgoing, keys, production=self._production, wide=settings.webhooks_at_once,
            counted=metrics.count,
        )  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(_again_and_again("dispatching", self._dispatch)),
            asyncio.create_task(_again_and_again("sending", self._send)),
            asyncio.create_task(_again_and_again("keeping", self._keep)),
        ]
        if self._settings.sends_mail:
            tasks.append(asyncio.create_task(_again_and_again("notices", self._notify)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._sender.stop()

    async def _dispatch(self) -> None:
        more = await dispatching.dispatch_events(self._sessions, production=self._production, now=utc_now())
        self._sender.wake()
        more = await dispatching.dispatch_replay(self._sessions, production=self._production, now=utc_now()) or more
        if not more:
            await asyncio.sleep(self._seconds)

    async def _send(self) -> None:
        if not await self._sender.turn():
            await self._sender.rest(self._seconds)

    async def _notify(self) -> None:
        if outcomes := await notices.send_notices(self._sessions, self._settings, now=utc_now()):
            logger.info("owners of webhooks told", extra={"outcomes": dict(outcomes)})
        await asyncio.sleep(self._settings.mail_seconds)

    async def _keep(self) -> None:
        await keeping.forget_old(self._sessions, days=self._settings.webhook_log_days, now=utc_now())
        await keeping.rewrap_secrets(self._sessions, self._keys)
        await asyncio.sleep(KEEPING_SECONDS)


async def _again_and_again(name: str, turn: Callable[[], Awaitable[None]]) -> None:
    """Until it is cancelled. Never raises: what is to be done stays in the tables, and is tried again."""
    while True:
        try:
            await turn()
        except Unavailable as trouble:
            logger.error("webhooks wait", extra={"task": name, "code": trouble.code, "trouble": trouble.detail})
            await asyncio.sleep(WAITING_SECONDS)
        except Exception as error:
            logger.warning("webhooks failed", extra={"task": name, "error": type(error).__name__})
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
