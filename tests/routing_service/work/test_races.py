"""Several at once: the database decides, and nothing happens twice."""

import asyncio

from shared.log.events import EventType
from tests.routing_service.driving import ADMIN, COORDINATOR, OFFICER, Office


async def test_of_two_officers_who_verify_at_once_one_wins_and_the_other_is_told(busy: Office) -> None:
    report = await busy.report()

    answers = await asyncio.gather(*(busy.act(report, "verification", ADMIN) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await busy.types(report)).count("report.verified") == 1


async def test_of_two_officers_who_saw_the_same_version_the_second_is_refused_it(busy: Office) -> None:
    report = await busy.report()

    answers = await asyncio.gather(
        *(busy.act(report, "notes", ADMIN | {"If-Match": '"1"'}, body="Dilihat.") for _ in range(5))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_the_same_key_at_once_acts_once(busy: Office) -> None:
    report = await busy.report()
    headers = ADMIN | {"Idempotency-Key": "one"}

    answers = await asyncio.gather(*(busy.act(report, "notes", headers, body="Sekali.") for _ in range(5)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await busy.types(report)).count("report.noted") == 1


async def test_an_officer_and_the_reporter_at_once_leave_a_whole_chain(busy: Office) -> None:
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    await busy.done(report, "disposition", ADMIN)

    async def respond(number: int) -> None:
        await busy.done(report, "responses", OFFICER, body=f"Jawaban {number}.")

    async def reply() -> None:
        await busy.fact(report, EventType.REPORTER_REPLIED)

    await asyncio.gather(*(respond(number) for number in range(5)), *(reply() for _ in range(5)))

    history = await busy.history(report)
    assert [event.seq for event in history] == list(range(1, 14))
    broken = await busy.scalar(
        "SELECT count(*) FROM events e WHERE hash <> event_hash(previous_hash, id, report_id, seq, type, occurred_at, "
        "recorded_at, actor, data::text) OR previous_hash <> coalesce((SELECT hash FROM events b WHERE "
        "b.report_id = e.report_id AND b.seq = e.seq - 1), decode(repeat('00', 32), 'hex'))"
    )
    assert broken == 0


async def test_an_action_that_fails_leaves_nothing_behind(busy: Office) -> None:
    """The note is stored before the gate of the rights on the target is passed, in one transaction."""
    report = await busy.report()
    await busy.done(report, "verification", ADMIN)
    await busy.done(report, "forwarding", ADMIN)

    response = await busy.act(report, "disposition", COORDINATOR, agency="BALIKPAPAN-PU", note="Rahasia.")

    assert response.status_code == 403
    assert await busy.scalar("SELECT count(*) FROM messages") == 0
    assert await busy.types(report) == ["report.received", "report.verified", "report.forwarded"]
