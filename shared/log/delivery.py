"""Events on their way from the outbox to the services that follow them, over HTTP, at least once.

Every process runs a relay per follower. A relay claims a batch (`FOR UPDATE SKIP LOCKED`), posts it and deletes what
was acknowledged, in one transaction: a `kill -9` anywhere leaves the rows for the next relay, and the receiver, which
is idempotent, may see them twice.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import logs
from shared.clients import Role
from shared.database import Sessions
from shared.http.kinds import audience_of
from shared.http.tokens import Signer
from shared.ids import new_id
from shared.log.inbox import BATCH_MEDIA_TYPE, BUDGET_HEADER, CloudEvent, EventReference, Outcome, Receipt
from shared.metrics import Metrics
from shared.settings import Settings

logger = logging.getLogger(__name__)

ATTEMPTS = 12  # with the back-off below: about a day
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 6 * 3600.0
LONGEST_ABSENCE_SECONDS = 5.0
TOKEN_SECONDS = 300
#: What a follower has no time for is sent again so soon.
LATER_SECONDS = 0.2
#: The part of our patience that a follower may use, so that its answer comes before we stop waiting.
BUDGET_SHARE = 1 / 3
#: After a commit, wait for the next ones: a batch of ten costs the follower hardly more than a batch of one.
GATHER_SECONDS = 0.02

#: A process that is suspended while it delivers loses the rows that it claimed so long after the follower's time is up.
IDLE_SECONDS = 60

# Claims, and says how long the claim may lie idle. In one statement: the relay asks ten times a second.
_CLAIM = text(
    """
    SELECT o.event_id, o.attempts, e.report_id, e.seq, e.type, e.occurred_at,
           set_config('idle_in_transaction_session_timeout', :idle, true)
    FROM outbox o JOIN events e ON e.id = o.event_id
    WHERE o.follower = :follower AND o.parked_at IS NULL AND o.next_attempt_at <= now()
    ORDER BY o.next_attempt_at, o.event_id LIMIT :batch FOR UPDATE OF o SKIP LOCKED
    """
)
_ACKNOWLEDGE = text("DELETE FROM outbox WHERE follower = :follower AND event_id = ANY(CAST(:ids AS uuid[]))")
_POSTPONE = text(
    """
    UPDATE outbox SET attempts = o.attempts, next_attempt_at = now() + make_interval(secs => o.wait),
           last_error = o.error, parked_at = CASE WHEN o.attempts >= :most THEN now() END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:waits AS float8[]), CAST(:errors AS text[]))
         AS o (event_id, attempts, wait, error)
    WHERE outbox.follower = :follower AND outbox.event_id = o.event_id
    """
)
_PUT_OFF = text(
    """
    UPDATE outbox SET next_attempt_at = now() + make_interval(secs => :wait)
    WHERE follower = :follower AND event_id = ANY(CAST(:ids AS uuid[]))
    """
)
_RESEND = text(
    """
    UPDATE outbox SET attempts = 0, next_attempt_at = now(), parked_at = NULL
    WHERE parked_at IS NOT NULL AND (CAST(:follower AS text) IS NULL OR follower = :follower)
    """
)
_PARKED = text(
    """
    SELECT o.event_id, e.type, o.follower, o.attempts, o.parked_at, o.last_error
    FROM outbox o LEFT JOIN events e ON e.id = o.event_id WHERE o.parked_at IS NOT NULL
    ORDER BY o.parked_at LIMIT 1000
    """
)


class Absent(Exception):
    """The follower could not be asked at all: nothing was refused, and no attempt is counted."""


class Late(Absent):
    """The follower did not answer in time: perhaps the batch was too large for it."""


class Occupied(Absent):
    """The follower is taking a batch of another process of ours."""


class Relay:
    """Delivers what one service has not acknowledged yet."""

    def __init__(
        self, sessions: Sessions, http: httpx.AsyncClient, follower: str, *, process: str, settings: Settings,
        signer: Signer, metrics: Metrics,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._http = http
        self._follower = follower
        self._process = process
        self._settings = settings
        self._signer = signer
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._idle_seconds = max(settings.relay_seconds, settings.relay_idle_seconds)
        self._batch = settings.relay_batch  #: halved when the follower is late, grown again when it is not
        self._token, self._token_until = "", 0.0

    def wake(self) -> None:
        """Something was committed by this process; do not wait for the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled. Never raises: a failure is logged and tried again."""
        absence = 0.0
        pause = self._settings.relay_seconds
        while True:
            try:
                asked = self._batch
                found = await self.deliver_batch()
                full, absence = found == asked, 0.0
                pause = self._settings.relay_seconds if found else min(pause * 1.5, self._idle_seconds)
            except Occupied:
                absence, full = LATER_SECONDS, False
            except Absent:
                absence = min(max(absence * 2, 0.2), LONGEST_ABSENCE_SECONDS)
                full = False
            except Exception as error:  # whatever it was, the rows are still there
                logger.warning("relay failed", extra={"follower": self._follower, "error": type(error).__name__})
                absence, full = 1.0, False
            if absence:
                await asyncio.sleep(absence * random.uniform(0.75, 1.25))
            elif not full:
                await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        """Rows of other processes are found by looking, at first often and then more seldom; ours wake us at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        else:
            await asyncio.sleep(GATHER_SECONDS)
        self._woken.clear()

    async def deliver_batch(self) -> int:
        """Claim, post and settle one batch; the number of rows claimed. Raises Absent."""
        async with self._sessions.begin() as session:
            idle = f"{IDLE_SECONDS + round(self._settings.http_timeout_seconds)}s"
            parameters = {"follower": self._follower, "batch": self._batch, "idle": idle}
            rows = (await session.execute(_CLAIM, parameters)).all()
            if rows:
                await self._settle(session, rows, await self._post_in_time(rows))
            return len(rows)

    async def _post_in_time(self, rows: Sequence[Row[Any]]) -> dict[UUID, Receipt]:
        try:
            receipts = await self._post(rows)
        except Late:
            self._batch = max(1, len(rows) // 2)
            raise
        self._batch = min(self._settings.relay_batch, self._batch * 2)
        return receipts

    async def _post(self, rows: Sequence[Row[Any]]) -> dict[UUID, Receipt]:
        """What the follower says of each event; an event that it does not mention was not taken."""
        batch = [cloud_event(self._process, row).model_dump(mode="json") for row in rows]
        logs.request_id.set(str(new_id()))
        headers = {
            "Authorization": f"Bearer {self._service_token()}",
            "Content-Type": BATCH_MEDIA_TYPE,
            "X-Request-Id": logs.request_id.get() or "",
            BUDGET_HEADER: f"{self._settings.http_timeout_seconds * BUDGET_SHARE:.3f}",
        }
        url = self._settings.url_of(self._follower) + "/internal/events"
        try:
            response = await self._http.post(url, json=batch, headers=headers)
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise Late from error
        except httpx.TransportError as error:
            raise Absent from error
        if response.status_code == 429:
            raise Occupied
        if response.status_code in (502, 503, 504):
            raise Absent
        if response.status_code != 200:
            detail = f"HTTP {response.status_code}"
            return {row.event_id: Receipt(id=row.event_id, outcome=Outcome.RETRY, detail=detail) for row in rows}
        return {UUID(one["id"]): Receipt.model_validate(one) for one in response.json()["results"]}

    async def _settle(self, session: AsyncSession, rows: Sequence[Row[Any]], receipts: dict[UUID, Receipt]) -> None:
        unmentioned = Receipt(id=UUID(int=0), outcome=Outcome.RETRY, detail="not mentioned in the answer")
        said = {row: receipts.get(row.event_id, unmentioned) for row in rows}
        done = [row.event_id for row, receipt in said.items() if receipt.outcome is Outcome.DONE]
        if done:
            await session.execute(_ACKNOWLEDGE, {"follower": self._follower, "ids": done})
            self._metrics.delivered.labels(self._follower).inc(len(done))
        later = [row.event_id for row, receipt in said.items() if receipt.outcome is Outcome.LATER]
        if later:
            await session.execute(_PUT_OFF, {"follower": self._follower, "ids": later, "wait": LATER_SECONDS})
        failed = [(row, receipt) for row, receipt in said.items() if receipt.outcome is Outcome.RETRY]
        if failed:
            self._metrics.refused.labels(self._follower).inc(len(failed))
            logger.warning("events not taken", extra={"follower": self._follower, "count": len(failed)})
            parameters = {
                "follower": self._follower,
                "most": ATTEMPTS,
                "ids": [row.event_id for row, _ in failed],
                "attempts": [row.attempts + 1 for row, _ in failed],
                "waits": [backoff_seconds(row.attempts + 1) for row, _ in failed],
                "errors": [receipt.detail for _, receipt in failed],
            }
            await session.execute(_POSTPONE, parameters)

    def _service_token(self) -> str:
        now = asyncio.get_running_loop().time()
        if now >= self._token_until:
            self._token = self._signer.mint(
                Role.SERVICE, sub=self._process, seconds=TOKEN_SECONDS, aud=audience_of(self._follower)
            )
            self._token_until = now + TOKEN_SECONDS / 2
        return self._token


def backoff_seconds(attempts: int) -> float:
    """How long to wait after so many attempts: threefold each time from half a second, with jitter."""
    longest: float = min(FIRST_BACKOFF_SECONDS * 3 ** (attempts - 1), LONGEST_BACKOFF_SECONDS)
    return longest * random.uniform(0.5, 1.0)


def cloud_event(process: str, row: Row[Any]) -> CloudEvent:
    return CloudEvent(
        id=row.event_id,
        source=f"urn:lapor:{process}",
        type=row.type,
        subject=str(row.report_id),
        time=row.occurred_at,
        data=EventReference(report_id=row.report_id, seq=row.seq),
    )


async def parked(session: AsyncSession) -> list[dict[str, Any]]:
    """The rows that were refused to the end; the oldest thousand."""
    return [dict(row) for row in (await session.execute(_PARKED)).mappings()]


async def resend_parked(session: AsyncSession, follower: str | None = None) -> int:
    """Try parked rows again; the number of rows."""
    result = await session.execute(_RESEND, {"follower": follower})
    return int(result.rowcount)  # type: ignore[attr-defined]


class Relays:
    """The relays of one process, one for each service that follows events."""

    def __init__(
        self, sessions: Sessions, *, process: str, followers: Sequence[str], settings: Settings, signer: Signer,
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(timeout=settings.http_timeout_seconds, trust_env=False)
        self._relays = [
            Relay(
                sessions,
                self._http,
                follower,
                process=process,
                settings=settings,
                signer=signer,
                metrics=metrics,
            )
            for follower in followers
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        for relay in self._relays:
            relay.wake()

    async def __aenter__(self) -> "Relays":
        self._tasks = [asyncio.create_task(relay.run(), name="relay") for relay in self._relays]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
