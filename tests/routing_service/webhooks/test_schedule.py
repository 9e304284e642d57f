"""When a message is tried again, and when a receiver is given up: each boundary on both sides."""

from datetime import timedelta

import pytest

from routing_service.webhooks import schedule
from tests.factories import DAY, NOON

SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 36_000]


@pytest.mark.parametrize(("attempts", "seconds"), list(enumerate(SECONDS, start=1)))
def test_after_each_failure_comes_the_next_wait_up_to_a_fifth_longer(attempts: int, seconds: int) -> None:
    waits = [schedule.wait_after(attempts) for _ in range(200)]

    assert all(wait is not None and seconds <= wait.total_seconds() <= 1.2 * seconds for wait in waits)
    assert len(set(waits)) > 100


def test_the_eighth_failure_is_the_last() -> None:
    assert schedule.wait_after(7) is not None
    assert schedule.wait_after(8) is None


def test_a_receiver_rests_from_its_third_failure_in_a_row_on_and_never_longer_than_a_minute() -> None:
    rests = [schedule.rest_after(failures) for failures in (2, 3, 4, 5, 6, 7, 1000)]

    assert rests == [None, *(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60, 60))]


def test_a_receiver_is_given_up_after_five_days_and_not_a_moment_before() -> None:
    assert not schedule.is_given_up(NOON, now=NOON + 5 * DAY - timedelta(microseconds=1))
    assert schedule.is_given_up(NOON, now=NOON + 5 * DAY)


def test_two_failures_with_nothing_sent_in_between_are_not_one_failing() -> None:
    longest = timedelta(hours=13)

    assert schedule.failing_since(NOON, NOON, now=NOON + longest) == NOON
    assert schedule.failing_since(NOON, NOON, now=NOON + longest + timedelta(seconds=1)) > NOON
    assert schedule.failing_since(None, None, now=NOON) == NOON
