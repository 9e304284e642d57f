"""The relay over a real outbox, to a receiver that speaks the protocol of `POST /internal/events`."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError

from shared.actors import MONITOR
from shared.database import Sessions
from shared.http import problems
from shared.http.tokens import Signer
from shared.log import delivery, inbox
from shared.log.delivery import ATTEMPTS, Absent, Occupied, Relay, backoff_seconds, parked, resend_parked
from shared.log.inbox import CloudEvent, Outcome, Receipt
from shared.metrics import Metrics
from tests.factories import FOREIGN, NOON, SIGNER, a_registry, a_report, settings, tokens
from tests.waiting import until


class Follower:
    """Acknowledges events, except those of poisoned reports."""

    def __init__(self) -> None:
        self.seen: Counter[UUID] = Counter()
        self.poisoned: set[UUID] = set()
        self.status: int | None = None
        self.takes_seconds = 0.0
        self.now = 0.0
        self.app = FastAPI()
        self.app.state.tokens = tokens()
        self.app.include_router(inbox.router(self.handle, monotonic=lambda: self.now))
        problems.install_problem_handlers(self.app)

    async def handle(self, _request: Request, events: Sequence[CloudEvent]) -> list[Receipt]:
        await asyncio.sleep(0)
        self.now += self.takes_seconds
        self.seen.update(event.id for event in events)
        return [
            Receipt(id=event.id, outcome=Outcome.RETRY, detail="poison")
            if event.data.report_id in self.poisoned
            else Receipt(id=event.id, outcome=Outcome.DONE)
            for event in events
        ]

    def relay(self, sessions: Sessions, batch: int = 200, signer: Signer = SIGNER) -> Relay:
        transport: httpx.AsyncBaseTransport = httpx.ASGITransport(self.app)
        if self.status is not None:
            status = self.status
            transport = httpx.MockTransport(lambda _request: httpx.Response(status))
        return Relay(
            sessions,
            httpx.AsyncClient(transport=transport),
            MONITOR,
            process="test",
            settings=settings("postgresql://unused", relay_batch=batch),
            signer=signer,
            metrics=Metrics(),
        )


@pytest.fixture
def follower() -> Follower:
    return Follower()


async def reports(sessions: Sessions, count: int) -> list[UUID]:
    async with sessions.begin() as session:
        await a_registry(session)
        return [await a_report(session) for _ in range(count)]


async def waiting(sessions: Sessions) -> list[tuple[int, bool]]:
    """(attempts, parked) of each row for the monitor."""
    statement = text("SELECT attempts, parked_at IS NOT NULL FROM outbox WHERE follower = 'sla_monitor'")
    async with sessions() as session:
        return [(row[0], row[1]) for row in await session.execute(statement)]


async def due_now(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = now()"))


async def test_what_is_acknowledged_leaves_the_outbox_and_other_followers_rows_stay(
    sessions: Sessions, follower: Follower
) -> None:
    await reports(sessions, 3)

    assert await follower.relay(sessions).deliver_batch() == 3

    assert await waiting(sessions) == []
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM outbox")) == 3  # for routing_service
    assert set(follower.seen.values()) == {1}


async def test_a_poison_event_does_not_hold_up_its_batch(sessions: Sessions, follower: Follower) -> None:
    poisoned, *_ = await reports(sessions, 5)
    follower.poisoned = {poisoned}

    async with sessions() as session:
        before = await session.scalar(text("SELECT now()"))

    await follower.relay(sessions).deliver_batch()

    assert await waiting(sessions) == [(1, False)]
    statement = """UPDATE outbox SET next_attempt_at = next_attempt_at + interval '1 minute' WHERE attempts = 1
                   RETURNING next_attempt_at - interval '1 minute 250 milliseconds' >= :before"""
    async with sessions.begin() as session:  # half a second passes unseen on a busy machine
        waits = await session.scalar(text(statement), {"before": before})
    assert waits is True
    assert await follower.relay(sessions).deliver_batch() == 0


async def test_a_row_refused_to_the_end_is_parked_and_can_be_sent_again(sessions: Sessions, follower: Follower) -> None:
    follower.poisoned = set(await reports(sessions, 1))
    relay = follower.relay(sessions)
    for _ in range(ATTEMPTS - 1):
        await relay.deliver_batch()
        await due_now(sessions)
    assert await waiting(sessions) == [(ATTEMPTS - 1, False)]

    await relay.deliver_batch()
    assert await waiting(sessions) == [(ATTEMPTS, True)]
    await due_now(sessions)
    assert await relay.deliver_batch() == 0

    follower.poisoned = set()
    async with sessions.begin() as session:
        assert [(row["attempts"], row["last_error"]) for row in await parked(session)] == [(ATTEMPTS, "poison")]
        assert await resend_parked(session, MONITOR) == 1
    await relay.deliver_batch()
    assert await waiting(sessions) == []


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_service_that_is_away_costs_no_attempt(sessions: Sessions, follower: Follower, status: int) -> None:
    await reports(sessions, 2)
    follower.status = status

    with pytest.raises(Absent):
        await follower.relay(sessions).deliver_batch()

    assert await waiting(sessions) == [(0, False)] * 2


async def test_what_a_follower_has_no_time_for_comes_again_soon_and_costs_no_attempt(
    sessions: Sessions, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PORTION", 2)
    monkeypatch.setattr(delivery, "LATER_SECONDS", 600.0)  # a machine may be slow
    await reports(sessions, 5)
    follower.takes_seconds = 100.0  # more than a third of the ten that the relay waits

    await follower.relay(sessions).deliver_batch()

    assert await waiting(sessions) == [(0, False)] * 3
    assert sum(follower.seen.values()) == 2
    assert await follower.relay(sessions).deliver_batch() == 0  # not at once
    follower.takes_seconds = 0.0
    await due_now(sessions)
    await follower.relay(sessions).deliver_batch()
    assert await waiting(sessions) == []
    assert set(follower.seen.values()) == {1}


async def test_a_receiver_stops_when_nobody_waits_any_more(follower: Follower) -> None:
    class Gone:
        async def is_disconnected(self) -> bool:
            return True

    box = inbox.Inbox(follower.handle)
    batch = [an_event() for _ in range(inbox.PORTION + 1)]

    receipts = await box.take(cast(Request, Gone()), batch, "test", 10.0)

    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE] * inbox.PORTION + [Outcome.LATER]


@pytest.mark.parametrize(("budget", "left"), [(None, 0), (3.0, 0), (1.0, 1)])
async def test_a_sender_that_names_no_budget_is_never_told_later(
    follower: Follower, budget: float | None, left: int
) -> None:
    class Waiting:
        async def is_disconnected(self) -> bool:
            return False

    box = inbox.Inbox(follower.handle, monotonic=lambda: follower.now)
    follower.takes_seconds = 2.0
    batch = [an_event() for _ in range(inbox.PORTION + 1)]

    receipts = await box.take(cast(Request, Waiting()), batch, "test", budget)

    assert [receipt.outcome for receipt in receipts].count(Outcome.LATER) == left


def an_event() -> CloudEvent:
    data = inbox.EventReference(report_id=uuid4(), seq=1)
    return CloudEvent(id=uuid4(), source="s", type="t", subject="s", time=NOON, data=data)


async def test_a_relay_halves_its_batch_while_the_follower_is_late_and_grows_it_again(
    sessions: Sessions, follower: Follower
) -> None:
    await reports(sessions, 30)
    asked: list[int] = []
    late = 3

    async def answer(request: httpx.Request) -> httpx.Response:
        batch = json.loads(request.content)
        asked.append(len(batch))
        if len(asked) <= late:
            raise httpx.ReadTimeout("late")
        return httpx.Response(200, json={"results": [{"id": one["id"], "outcome": "done"} for one in batch]})

    relay = follower.relay(sessions, batch=16)
    relay._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    for _ in range(late):
        with pytest.raises(Absent):
            await relay.deliver_batch()
    while await relay.deliver_batch():
        pass

    assert asked == [16, 8, 4, 2, 4, 8, 16]
    assert await waiting(sessions) == []


async def test_a_port_that_nobody_listens_on_costs_no_attempt(sessions: Sessions) -> None:
    await reports(sessions, 1)
    relay = Relay(
        sessions,
        httpx.AsyncClient(),
        MONITOR,
        process="test",
        settings=settings("postgresql://unused", sla_url="http://127.0.0.1:1"),
        signer=SIGNER,
        metrics=Metrics(),
    )

    with pytest.raises(Absent):
        await relay.deliver_batch()

    assert await waiting(sessions) == [(0, False)]


async def test_a_follower_that_fails_altogether_costs_an_attempt(sessions: Sessions, follower: Follower) -> None:
    await reports(sessions, 2)
    follower.status = 500

    await follower.relay(sessions).deliver_batch()

    assert await waiting(sessions) == [(1, False)] * 2


async def test_a_relay_with_a_foreign_key_is_not_listened_to(sessions: Sessions, follower: Follower) -> None:
    await reports(sessions, 1)

    await follower.relay(sessions, signer=FOREIGN).deliver_batch()

    assert follower.seen == Counter()
    assert await waiting(sessions) == [(1, False)]


async def test_four_relays_at_once_deliver_each_event_once(sessions: Sessions, follower: Follower) -> None:
    await reports(sessions, 60)
    relays = [follower.relay(sessions, batch=7) for _ in range(4)]

    async def drain(relay: Relay) -> None:
        while await delivered(relay):
            pass

    async def delivered(relay: Relay) -> int:
        try:
            return await relay.deliver_batch()
        except Occupied:  # the others' batch goes first
            await asyncio.sleep(0.01)
            return 1

    await asyncio.gather(*(drain(relay) for relay in relays))
    await drain(relays[0])

    assert await waiting(sessions) == []
    assert len(follower.seen) == 60
    assert set(follower.seen.values()) == {1}


async def test_a_relay_that_dies_between_post_and_commit_delivers_again(
    sessions: Sessions, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reports(sessions, 1)
    dying = follower.relay(sessions)

    async def die(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(dying, "_settle", die)
    with pytest.raises(ConnectionResetError):
        await dying.deliver_batch()

    await follower.relay(sessions).deliver_batch()
    assert list(follower.seen.values()) == [2]
    assert await waiting(sessions) == []


def test_waiting_grows_and_has_a_longest() -> None:
    assert 0.25 <= backoff_seconds(1) <= 0.5
    assert all(backoff_seconds(attempts) <= 6 * 3600 for attempts in range(1, 100))


async def test_what_a_suspended_process_claimed_is_delivered_by_another(
    sessions: Sessions, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IDLE_SECONDS", -9)  # one second, with the ten that a follower has to answer
    await reports(sessions, 3)
    suspended, claimed, awake = follower.relay(sessions), asyncio.Event(), asyncio.Event()
    post = suspended._post

    async def post_when_awake(rows: Sequence[Row[Any]]) -> dict[UUID, Receipt]:
        claimed.set()
        await awake.wait()
        return await post(rows)

    monkeypatch.setattr(suspended, "_post", post_when_awake)
    sleeping = asyncio.create_task(suspended.deliver_batch())
    await claimed.wait()
    delivered: list[int] = []

    async def the_database_let_go() -> bool:
        delivered.append(await follower.relay(sessions).deliver_batch())
        return delivered[-1] > 0

    await until(the_database_let_go)
    assert set(delivered) <= {0, 3}, "all of them, and none before"
    awake.set()
    with pytest.raises(DBAPIError):
        await sleeping

    assert await waiting(sessions) == []
    assert set(follower.seen.values()) == {2}  # the receiver is idempotent
