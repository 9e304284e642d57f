"""Messages on their way: in order, at least once, and nobody waits for somebody else's receiver."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from routing_service.webhooks.sending.service import Outcome
from tests.routing_service.driving import CHANNEL, OFFICER, OTHER_OFFICER, Json
from tests.routing_service.webhooks.listening import LATE, URL, Answer, Heard, Listening, assigned, report_of

SECOND = timedelta(seconds=1)


def failing(*statuses: Answer, then: Answer = 204) -> Callable[[Heard], Answer]:
    left = iter(statuses)
    return lambda heard: next(left, then)


async def test_what_comes_next_of_a_report_waits_for_what_was_before_it_and_other_reports_do_not(
    listening: Listening,
) -> None:
    await listening.subscribe(CHANNEL)
    stuck, other = await assigned(listening.office), await assigned(listening.office)
    listening.receivers.answer = lambda heard: 500 if report_of(heard) == stuck else 204

    heard = await listening.told()

    assert [one.body["data"]["seq"] for one in heard if report_of(one) == stuck] == [1]
    assert [one.body["data"]["seq"] for one in heard if report_of(one) == other] == [1, 2, 3, 4]
    listening.receivers.answer = lambda heard: 204
    listening.office.clock.advance(seconds=6)
    again = await listening.told()
    assert [one.body["data"]["seq"] for one in again] == [1, 2, 3, 4]
    assert again[0].id == next(one.id for one in heard if report_of(one) == stuck)


async def test_the_order_is_that_of_the_report_whatever_a_page_holds(listening: Listening) -> None:
    await listening.subscribe(CHANNEL)
    report = await assigned(listening.office)
    await listening.office.done(report, "responses", OFFICER)
    await listening.office.execute(  # as if one transaction that was numbered early had waited for the others
        "ALTER TABLE events DISABLE TRIGGER USER"
    )
    await listening.office.execute(
        "UPDATE events SET transaction_id = (SELECT min(transaction_id) FROM events) WHERE seq = 5"
    )

    await listening.dispatched(limit=1)
    await listening.sender().finish()

    assert [one.body["data"]["seq"] for one in listening.receivers.took()] == [1, 2, 3, 4, 5]


async def test_a_message_is_tried_eight_times_and_then_the_next_one_comes(listening: Listening) -> None:
    made = await listening.subscribe(CHANNEL, types=["report.assigned", "report.responded"])
    report = await assigned(listening.office)
    await listening.office.done(report, "responses", OFFICER)
    listening.receivers.answer = failing(*[500] * 8)

    attempts = []
    for seconds in (0, 6, 360, 2_160, 8_640, 21_600, 43_200, 43_200):
        listening.office.clock.advance(seconds=seconds)
        attempts += await listening.told()
    listening.office.clock.advance(minutes=1)  # it rests in between
    attempts += await listening.told()

    assert len({one.id for one in attempts[:8]}) == 1
    assert [one.body["type"] for one in attempts[8:]] == ["report.responded"]
    first, second = await listening.log(made, CHANNEL)
    assert (first["state"], first["attempts"], first["status"], first["error"]) == ("failed", 8, 500, "status")
    assert (second["state"], second["attempts"], second["status"], second["error"]) == ("delivered", 1, 204, None)


@pytest.mark.parametrize(
    ("answer", "error"),
    [(301, "redirect"), (404, "status"), (LATE, "late"), (199, "status")],
)
async def test_whatever_is_not_2xx_is_tried_again(listening: Listening, answer: Answer, error: str) -> None:
    made = await listening.subscribe(CHANNEL, types=["report.assigned"])
    await assigned(listening.office)
    listening.receivers.answer = failing(answer)

    assert len(await listening.told()) == 1
    (waiting,) = await listening.log(made, CHANNEL)
    assert (waiting["state"], waiting["error"]) == ("waiting", error)
    listening.office.clock.advance(seconds=4.9)
    assert await listening.told() == []
    listening.office.clock.advance(seconds=1.2)
    assert len(await listening.told()) == 1


async def test_a_receiver_that_says_it_is_gone_hears_nothing_more_until_its_owner_says_so(
    listening: Listening,
) -> None:
    made = await listening.subscribe(CHANNEL)
    await assigned(listening.office)
    listening.receivers.answer = lambda heard: 410
    await listening.told()

    shown = await listening.office.get(f"/v1/webhooks/{made['id']}", CHANNEL)
    assert (shown["state"], shown["disabled_because"]) == ("disabled", "gone")
    listening.receivers.answer = lambda heard: 204
    listening.office.clock.advance(days=1)
    await assigned(listening.office)
    assert await listening.told() == []
    code = (409, "webhook_stopped")
    assert await listening.refused("POST", f"/v1/webhooks/{made['id']}/ping", CHANNEL) == code

    await listening.done("PATCH", f"/v1/webhooks/{made['id']}", CHANNEL, {"state": "active"})
    left = await listening.told()
    assert [one.body["data"]["seq"] for one in left] == [2, 3, 4]  # what waited; the first one had failed
    await assigned(listening.office)
    assert len(await listening.told()) == 4


async def test_five_days_of_failing_disable_a_webhook_and_one_success_in_between_does_not(
    listening: Listening,
) -> None:
    made = await listening.subscribe(CHANNEL)
    started = listening.office.clock.now

    async def days_of(status: int, hours: int) -> Json:
        listening.receivers.answer = lambda heard: status
        for _ in range(hours // 6):
            await assigned(listening.office)
            await listening.told()
            listening.office.clock.advance(hours=6)
        return await listening.office.get(f"/v1/webhooks/{made['id']}", CHANNEL)

    assert (await days_of(503, 72))["failing_since"] is not None
    assert (await days_of(204, 6))["failing_since"] is None
    assert (await days_of(503, 120))["state"] == "active"
    shown = await days_of(503, 6)
    assert (shown["state"], shown["disabled_because"]) == ("disabled", "failing")
    assert listening.office.clock.now - started == timedelta(hours=72 + 6 + 126)


async def test_a_receiver_that_fails_is_asked_with_one_message_at_a_time(listening: Listening) -> None:
    await listening.subscribe(CHANNEL, types=["report.assigned"])
    for _ in range(6):
        await assigned(listening.office)
    listening.receivers.answer = lambda heard: 503
    await listening.dispatched()
    sender = listening.sender(wide=3)

    await sender.finish()  # three at once fail, and the others are left for later
    assert len(listening.receivers.took()) == 3
    listening.office.clock.advance(seconds=5)
    await sender.finish()
    assert len(listening.receivers.took()) == 1
    listening.receivers.answer = lambda heard: 204
    listening.office.clock.advance(seconds=15)
    await sender.finish()
    assert len(listening.receivers.took()) == 6


async def test_a_receiver_that_keeps_silent_holds_up_nobody_else(listening: Listening) -> None:
    await listening.subscribe(CHANNEL, types=["report.assigned"])
    await listening.subscribe(CHANNEL, types=["report.assigned"], url=URL + "/silent")
    for _ in range(40):
        await assigned(listening.office)
    await listening.dispatched()
    release = asyncio.Event()
    send = listening.receivers.send

    async def silent(method: str, url: str, **given: object) -> object:
        if url.endswith("/silent"):
            await release.wait()
        return await send(method, url, **given)  # type: ignore[arg-type]

    listening.receivers.send = silent  # type: ignore[method-assign,assignment]
    sender = listening.sender(wide=10)
    for _ in range(20):
        await sender.turn()
        await asyncio.sleep(0)

    assert len(listening.receivers.took()) == 40
    release.set()
    await sender.finish()
    assert len(listening.receivers.took()) == 40


async def test_what_was_claimed_by_somebody_who_was_killed_comes_again_under_the_same_name(
    listening: Listening,
) -> None:
    made = await listening.subscribe(CHANNEL, types=["report.assigned"])
    await assigned(listening.office)
    await listening.dispatched()
    killed = listening.sender()
    await killed.turn()
    await asyncio.wait(killed._tasks)  # sent, and not settled
    (first,) = listening.receivers.took()

    await listening.sender().finish()
    assert listening.receivers.took() == []
    listening.office.clock.advance(seconds=31)
    await listening.sender().finish()
    (second,) = listening.receivers.took()

    assert (second.id, second.content) == (first.id, first.content)
    await killed.finish()  # it comes back to life, and changes nothing
    (logged,) = await listening.log(made, CHANNEL)
    assert (logged["state"], logged["attempts"]) == ("delivered", 1)


async def test_many_senders_and_dispatchers_at_once_tell_everything_once(listening: Listening) -> None:
    await listening.subscribe(CHANNEL)
    for _ in range(10):
        await assigned(listening.office)

    await asyncio.gather(*(listening.dispatched(limit=7) for _ in range(4)))
    senders = [listening.sender(wide=4) for _ in range(4)]
    await asyncio.gather(*(sender.finish() for sender in senders))

    heard = listening.receivers.took()
    assert len(heard) == len({one.id for one in heard}) == 40
    for report in {report_of(one) for one in heard}:
        assert [one.body["data"]["seq"] for one in heard if report_of(one) == report] == [1, 2, 3, 4]
    assert await listening.office.scalar("SELECT count(*) FROM webhook_lanes") == 0


async def test_attempts_are_counted(listening: Listening) -> None:
    counted: list[Outcome] = []
    await listening.subscribe(CHANNEL, types=["report.assigned"])
    await assigned(listening.office)
    await listening.dispatched()
    await listening.sender(counted=counted.append).finish()

    assert [one.error for one in counted] == [None]
    read, metrics = listening.office.app.state.metric_readers, listening.office.app.state.metrics.registry
    assert read
    assert metrics.get_sample_value("lapor_webhook_messages_waiting") is not None


async def test_the_log_of_messages_is_forgotten_after_its_days(listening: Listening) -> None:
    made = await listening.subscribe(CHANNEL, types=["report.assigned"])
    await assigned(listening.office)
    await listening.told()
    now = listening.office.clock.now

    assert await listening.forgotten(now + timedelta(days=30)) == 0
    assert await listening.forgotten(now + timedelta(days=30) + SECOND) == 1
    assert await listening.log(made, CHANNEL) == []


async def test_nobody_else_has_a_webhook_of_theirs(listening: Listening) -> None:
    response = await listening.office.http.get("/v1/webhooks", headers=OTHER_OFFICER)

    assert response.status_code == 403
