"""Counts that hold over all copies: exactly where something failed, nearly so where the path is hot."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from shared.database import Sessions, create_sessions
from shared.http.limits.counters import Counters
from shared.http.limits.entries import SHARE
from shared.http.limits.refusals import LimitReached
from shared.http.limits.rules import Limit, LimitRule
from shared.http.limits.telling import kept_told
from shared.keys.held import Keys
from shared.schema import LimitCounter
from tests.factories import settings

MORNING = datetime(2026, 3, 9, 8, 10, tzinfo=UTC)
WRONG, CLIENT = Limit.WRONG_CODES_OF_REPORT, Limit.SUBMISSIONS_OF_CLIENT
RULES = {WRONG: LimitRule(WRONG, 10, 900), CLIENT: LimitRule(CLIENT, 80, 3600)}
REPORT, APP = (WRONG, "1234567897"), (CLIENT, "mobile-app")


@dataclass
class Clock:
    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys(settings("postgresql://nowhere"))


def copy(sessions: Sessions, keys: Keys, clock: Clock, **changes: Any) -> Counters:
    return Counters(sessions, keys, RULES, clock=clock, **changes)


async def refused(counters: Counters, *subjects: tuple[Limit, str]) -> LimitReached:
    with pytest.raises(LimitReached) as caught:
        await counters.count_exactly(*subjects)
    return caught.value


async def drawn(counters: Counters, times: int) -> int:
    """How many of them are accepted."""
    accepted = 0
    for _ in range(times):
        try:
            await counters.count_nearly(APP)
        except LimitReached:
            continue
        accepted += 1
    return accepted


async def test_as_many_as_allowed_are_counted_over_two_copies_and_not_one_more(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    one, other = copy(sessions, keys, clock), copy(sessions, keys, clock)

    for number in range(10):
        await (one, other)[number % 2].count_exactly(REPORT)

    for counters in (one, other):
        await refused(counters, REPORT)
    await one.count_exactly((WRONG, "another"))


async def test_of_fifty_at_once_over_two_copies_exactly_as_many_as_allowed_pass(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    copies = copy(sessions, keys, clock), copy(sessions, keys, clock)

    results = await asyncio.gather(
        *(copies[number % 2].count_exactly(REPORT) for number in range(50)), return_exceptions=True
    )

    assert sum(not isinstance(result, LimitReached) for result in results) == 10


async def test_two_who_count_for_the_same_two_in_changing_order_do_not_wait_for_each_other(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = [copy(sessions, keys, clock) for _ in range(4)]
    pair = [REPORT, APP]

    results = await asyncio.gather(
        *(counters[number % 4].count_exactly(*(pair if number % 2 else reversed(pair))) for number in range(40)),
        return_exceptions=True,
    )

    assert all(result is None or isinstance(result, LimitReached) or result for result in results)
    assert sum(not isinstance(result, LimitReached) for result in results) == 10


async def test_what_is_refused_says_for_how_long_and_of_which_limit(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = copy(sessions, keys, clock)
    for _ in range(10):
        await counters.count_exactly(REPORT)

    error = await refused(counters, REPORT)

    assert error.status == 429
    assert error.headers == {
        "Retry-After": "300",
        "RateLimit-Policy": '"wrong-codes-report";q=10;w=900',
        "RateLimit": '"wrong-codes-report";r=0;t=300',
    }


async def test_a_limit_begins_anew_with_its_window(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    counters = copy(sessions, keys, clock)
    for _ in range(10):
        await counters.count_exactly(REPORT)

    clock.now = MORNING.replace(minute=14, second=59)
    await refused(counters, REPORT)
    clock.now = MORNING.replace(minute=15)
    await counters.count_exactly(REPORT)


async def test_nobody_is_known_again_on_the_next_day(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    """The same window of the day, the same report, the same secret: another key."""
    counters = copy(sessions, keys, clock)

    await counters.count_exactly(REPORT)
    clock.now += timedelta(days=1)
    await counters.count_exactly(REPORT)

    async with sessions.begin() as session:
        rows = (await session.scalars(select(LimitCounter))).all()
        assert len({row.key for row in rows}) == 2
        assert {row.used for row in rows} == {1}


async def test_a_window_never_reaches_into_the_next_day() -> None:
    rule = LimitRule(WRONG, 10, 50_000)

    late = rule.window_at(MORNING.replace(hour=23, minute=59))
    early = rule.window_at(MORNING.replace(hour=0, minute=0) + timedelta(days=1))

    assert late.ends_at == datetime(2026, 3, 10, tzinfo=UTC)
    assert (early.day, early.number) == ("2026-03-10", 0)


async def test_no_row_says_who_is_meant_and_what_has_ended_is_purged(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = copy(sessions, keys, clock)
    await counters.count_exactly(REPORT, APP)

    async with sessions.begin() as session:
        dumped = str((await session.execute(text("SELECT c::text FROM limit_counters c"))).all())
        assert "1234567897" not in dumped
        assert "mobile-app" not in dumped
        kind = await session.scalar(text("SELECT relpersistence FROM pg_class WHERE relname = 'limit_counters'"))
        assert kind in ("u", b"u")
    clock.now = MORNING.replace(minute=15)
    assert await counters.purge_ended() == 1  # the other one is counted by the hour
    clock.now += timedelta(days=1)
    assert await counters.purge_ended() == 1


async def test_what_succeeded_is_given_back(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    counters = copy(sessions, keys, clock)
    for _ in range(10):
        taken = await counters.count_exactly(REPORT)

    await taken.give_back(WRONG)

    await counters.count_exactly(REPORT)
    await refused(counters, REPORT)


async def test_what_is_used_up_every_copy_hears_of(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    one, other = copy(sessions, keys, clock), copy(sessions, keys, clock)
    for _ in range(9):
        await one.count_exactly(REPORT)
    await other.hear_counts()
    other.refuse_exhausted(REPORT)

    await one.count_exactly(REPORT)
    await other.hear_counts()

    with pytest.raises(LimitReached):
        other.refuse_exhausted(REPORT)


async def test_an_operator_lifts_a_limit_in_every_copy(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    one, other = copy(sessions, keys, clock), copy(sessions, keys, clock)
    assert await drawn(one, 90) == 80
    await one.tell_counts()
    await other.hear_counts()
    assert await drawn(other, 1) == 0

    assert await one.lift_count(*APP)
    await other.hear_counts()

    assert await drawn(one, 1) == 1
    assert await drawn(other, 1) == 1
    assert not await one.lift_count(CLIENT, "nobody")


async def test_one_copy_draws_exactly_as_many_as_allowed_even_fifty_at_once(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = copy(sessions, keys, clock)
    assert await drawn(counters, 60) == 60

    results = await asyncio.gather(*(counters.count_nearly(APP) for _ in range(50)), return_exceptions=True)

    assert sum(not isinstance(result, LimitReached) for result in results) == 20


@pytest.mark.parametrize("copies", [2, 4])
async def test_copies_together_draw_at_most_an_eighth_more_for_each_other_copy(
    sessions: Sessions, keys: Keys, clock: Clock, copies: int
) -> None:
    """At the same time and without a word between them but what the share demands."""
    all_of_them = [copy(sessions, keys, clock) for _ in range(copies)]

    accepted = sum(await asyncio.gather(*(drawn(counters, 100) for counters in all_of_them)))

    assert 80 <= accepted <= 80 + (copies - 1) * 80 // SHARE


async def test_what_was_drawn_for_nothing_is_given_back_whether_it_was_told_or_not(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = copy(sessions, keys, clock)
    draws = [await counters.count_nearly(APP) for _ in range(80)]
    draws[0].give_back()
    assert await drawn(counters, 2) == 1
    await counters.tell_counts()

    draws[1].give_back()
    await counters.tell_counts()

    assert await counters.count_of(APP) == 79
    assert await drawn(counters, 2) == 1


async def test_without_the_database_each_process_goes_on_with_what_it_knows(keys: Keys, clock: Clock) -> None:
    from shared.database import create_engine

    engine = create_engine(settings("postgresql://nobody@127.0.0.1:1/nothing"), "test")
    counters = copy(create_sessions(engine), keys, clock)

    for _ in range(20):
        await counters.count_exactly(REPORT)  # the buckets of the process hold alone

    assert await drawn(counters, 90) == 80
    await engine.dispose()


async def test_after_the_rows_are_gone_counts_begin_anew(sessions: Sessions, keys: Keys, clock: Clock) -> None:
    """A server that crashed empties an unlogged table."""
    counters = copy(sessions, keys, clock)
    assert await drawn(counters, 90) == 80
    await counters.tell_counts()

    async with sessions.begin() as session:
        await session.execute(text("TRUNCATE limit_counters"))
    await counters.hear_counts()

    assert await drawn(counters, 90) == 80


async def test_a_running_process_tells_what_it_has_drawn_and_once_more_at_its_end(
    sessions: Sessions, keys: Keys, clock: Clock
) -> None:
    counters = copy(sessions, keys, clock)

    async with kept_told(counters):
        await counters.count_nearly(APP)

    assert await counters.count_of(APP) == 1
