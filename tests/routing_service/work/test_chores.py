"""What workers do about new reports: shared by any number of them, done once, and free again when one is killed."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.knowledge import Knowledge
from routing_service.work.chores import jobs, queries, service
from routing_service.work.chores.jobs import Worker
from routing_service.work.chores.tasks import LONG_CHARACTERS, Task
from routing_service.work.decisions.advice import Advising
from routing_service.work.masking.making import Made, Original
from shared.database import Sessions
from shared.log.events import EventType
from tests.factories import NOON, a_report, a_rule_set
from tests.routing_service.driving import ADMIN, SERVICE, Office, cloud_event, read_here
from tests.waiting import patiently

LONG = "a" * LONG_CHARACTERS


async def announced(office: Office, *reports: UUID) -> None:
    """Delivered, and nothing done about it yet."""
    batch = [cloud_event((await office.history(report))[0]) for report in reports]
    response = await office.http.post("/internal/events", json=batch, headers=SERVICE)
    assert {result["outcome"] for result in response.json()["results"]} == {"done"}


async def left(sessions: Sessions) -> list[tuple[str, bool]]:
    async with sessions() as session:
        return [(row[0], row[1]) for row in await session.execute(text("SELECT task, is_long FROM chores ORDER BY 1"))]


async def due_now(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE chores SET next_attempt_at = now()"))


async def mask(sessions: Sessions, read: service.Read = read_here, *, is_long: bool = False) -> int:
    return (await service.mask(sessions, read=read, is_long=is_long, now=NOON)).reports


async def claimed(session: AsyncSession) -> list[UUID]:
    found = await queries.claim_chores(session, Task.TEXT, is_long=False, limit=50, idle_seconds=60)
    return list(found.report_ids)


async def decide(sessions: Sessions, advising: Advising) -> int:
    done = await service.decide(sessions, advising=advising, automatic_assignment=True, is_long=False, now=NOON)
    return done.reports


@pytest.fixture
def advising() -> Advising:
    return Advising(Knowledge(CollectorRegistry()), 2)


@pytest.mark.parametrize(("body", "is_long"), [(LONG[:-1], False), (LONG, True)])
async def test_a_new_report_is_to_be_decided_on_and_masked_and_a_long_one_apart(
    busy: Office, sessions: Sessions, body: str, is_long: bool
) -> None:
    report = await busy.report(title="t", body=body)

    await announced(busy, report)
    await announced(busy, report)

    assert await left(sessions) == [("decision", is_long), ("text", is_long)]


async def test_what_is_done_is_not_to_be_done_again_when_the_receipt_is_delivered_again(
    busy: Office, sessions: Sessions
) -> None:
    report = await busy.report()
    await announced(busy, report)
    await busy.work()
    assert await left(sessions) == []

    await announced(busy, report)

    assert await left(sessions) == []


async def test_a_withdrawal_does_not_wait_for_the_text_nor_for_the_decision(busy: Office, sessions: Sessions) -> None:
    report = await busy.report(body=LONG)
    withdrawal = await busy.record(report, EventType.REPORTER_WITHDREW)

    await announced(busy, report)
    batch = [cloud_event(withdrawal)]
    await busy.http.post("/internal/events", json=batch, headers=SERVICE)

    assert await busy.status(report) == "withdrawn"
    assert len(await left(sessions)) == 2


async def test_workers_at_once_decide_on_and_mask_each_report_once(
    busy: Office, sessions: Sessions, advising: Advising, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PORTION", 7)
    async with sessions.begin() as session:
        await a_rule_set(session, ({"category": ["roads"]}, {"agency": "SAMARINDA-PU"}))
        reports = [await a_report(session) for _ in range(40)]
    await announced(busy, *reports)

    async def work() -> None:
        while await decide(sessions, advising) + await mask(sessions):
            pass

    await asyncio.gather(*(work() for _ in range(3)))

    assert await left(sessions) == []
    assert {tuple(await busy.types(report)) for report in reports} == {
        ("report.received", "report.verified", "report.assigned")
    }
    assert await busy.scalar("SELECT count(*) FROM routing_decisions") == 40
    assert await busy.scalar("SELECT count(*) FROM public_texts") == 40


async def test_what_a_worker_has_claimed_is_free_again_when_it_is_killed(busy: Office, sessions: Sessions) -> None:
    report = await busy.report()
    await announced(busy, report)

    async def claims_it() -> list[UUID]:
        async with sessions() as session:
            return await claimed(session)

    async with sessions() as killed:
        assert await claimed(killed) == [report]
        assert await claims_it() == []

    assert await claims_it() == [report]


async def test_a_claim_takes_no_transaction_id_so_that_the_feed_does_not_wait_for_it(
    busy: Office, sessions: Sessions
) -> None:
    await announced(busy, await busy.report())

    async with sessions() as session:
        await claimed(session)
        assert await session.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is None


async def test_a_report_that_was_verified_meanwhile_is_decided_on_and_not_assigned(
    busy: Office, sessions: Sessions, advising: Advising
) -> None:
    async with sessions.begin() as session:
        await a_rule_set(session, ({"category": ["roads"]}, {"agency": "SAMARINDA-PU"}))
    report = await busy.report()
    await announced(busy, report)
    await busy.done(report, "verification", ADMIN)

    await decide(sessions, advising)

    assert await busy.types(report) == ["report.received", "report.verified"]
    assert await busy.scalar("SELECT count(*) FROM routing_decisions WHERE automatic") == 1


async def test_a_text_that_breaks_the_reader_leaves_the_others_alone_and_is_hidden_in_the_end(
    busy: Office, sessions: Sessions
) -> None:
    poison, good = await busy.report(title="Racun", body="racun"), await busy.report()
    await announced(busy, poison, good)

    async def read(originals: Sequence[Original]) -> list[Made]:
        if any(original.report_id == poison for original in originals):
            raise MemoryError
        return await read_here(originals)

    for _ in range(service.MOST_ATTEMPTS_TO_READ):
        assert await mask(sessions, read) >= 1
        assert await mask(sessions, read) == 0  # it waits before it is tried again
        await due_now(sessions)
    assert await busy.scalar("SELECT count(*) FROM public_texts") == 1
    assert await mask(sessions, read) == 1

    assert await left(sessions) == [("decision", False)] * 2
    assert await busy.scalar("SELECT title || body FROM public_texts WHERE report_id = :id", id=poison) == (
        "[disamarkan][disamarkan]"
    )


async def test_an_ordinary_report_waits_for_one_long_one_at_most(busy: Office, sessions: Sessions) -> None:
    long = [await busy.report(body=LONG) for _ in range(3)]
    ordinary = await busy.report()
    await announced(busy, *long, ordinary)

    assert await mask(sessions) == 1
    assert await mask(sessions, is_long=True) == 1

    assert await busy.scalar("SELECT count(*) FROM public_texts WHERE report_id = :id", id=ordinary) == 1


async def test_a_worker_looks_for_a_long_report_when_one_is_due_and_for_more_when_a_portion_was_full(
    busy: Office, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PORTION", 2)
    turns: list[bool] = []

    async def do(is_long: bool) -> service.Done:
        turns.append(is_long)
        return await service.mask(sessions, read=read_here, is_long=is_long, now=NOON)

    await announced(busy, await busy.report(), await busy.report())
    assert await jobs.turn(do)
    await announced(busy, await busy.report(), await busy.report(body=LONG))
    assert await jobs.turn(do)
    assert not await jobs.turn(do)

    assert turns == [False, False, True, False]


async def test_a_new_report_wakes_the_workers_and_a_withdrawal_the_relays(busy: Office) -> None:
    woken: list[str] = []
    busy.app.state.wake = lambda: woken.append("relays")
    busy.app.state.workers.wake = lambda: woken.append("workers")
    report = await busy.report()

    await announced(busy, report)
    batch = [cloud_event(await busy.record(report, EventType.REPORTER_WITHDREW))]
    await busy.http.post("/internal/events", json=batch, headers=SERVICE)

    assert woken == ["workers", "relays"]


async def test_how_much_waits_is_told(busy: Office, sessions: Sessions) -> None:
    await announced(busy, await busy.report(), await busy.report())
    async with sessions() as session:
        waiting = await queries.waiting(session)

    assert {task: found[:2] for task, found in waiting.items()} == {Task.DECISION: (2, 0), Task.TEXT: (2, 0)}


async def test_a_worker_goes_on_after_a_failure_and_when_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []
    enough = asyncio.Event()

    async def turn() -> bool:
        turns.append(1)
        if len(turns) == 1:
            raise ConnectionResetError
        if len(turns) == 4:
            enough.set()
        return False

    monkeypatch.setattr("routing_service.work.chores.jobs.AFTER_FAILURE_SECONDS", 0)
    monkeypatch.setattr("routing_service.work.chores.jobs.POLL_SECONDS", 60)
    worker = Worker(turn, name="test")
    running = asyncio.create_task(worker.run())
    async with patiently():
        while not enough.is_set():
            worker.wake()
            await asyncio.sleep(0)
    running.cancel()

    assert len(turns) >= 4


async def test_a_receipt_that_is_not_in_the_log_is_not_believed(busy: Office, sessions: Sessions) -> None:
    report = await busy.report()
    event = cloud_event((await busy.history(report))[0])
    forged = event | {"id": str(uuid4())}

    response = await busy.http.post("/internal/events", json=[forged, event], headers=SERVICE)

    assert [result["outcome"] for result in response.json()["results"]] == ["retry", "done"]
    assert len(await left(sessions)) == 2
