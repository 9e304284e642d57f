"""Token buckets, with the time given."""

import pytest

from shared.http.door.buckets import BucketEmpty, Buckets, Rate


def test_a_burst_is_taken_at_once_and_one_more_waits_for_its_turn() -> None:
    buckets = Buckets(Rate(per_second=2, burst=3))

    assert [buckets.wait("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("a", 100.49) > 0
    assert buckets.wait("a", 100.5) == 0
    assert buckets.wait("a", 100.5) == 0.5


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    buckets = Buckets(Rate(per_second=2, burst=3))
    buckets.wait("a", 0.0)

    assert [buckets.wait("a", 1e6) for _ in range(4)] == [0, 0, 0, 0.5]


def test_everybody_has_a_bucket_of_their_own() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1))

    assert (buckets.wait("a", 0.0), buckets.wait("b", 0.0), buckets.wait("a", 0.0)) == (0, 0, 1)


def test_looking_draws_nothing() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1))

    assert [buckets.lacks("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert len(buckets) == 0
    assert buckets.wait("a", 0.0) == 0


def test_an_empty_bucket_is_seen_without_drawing() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1))
    buckets.charge("a", 0.0, 1.5)

    assert buckets.lacks("a", 0.0) == 1.5


def test_what_was_charged_is_never_more_than_a_burst_below_empty() -> None:
    buckets = Buckets(Rate(per_second=1, burst=5))
    buckets.charge("a", 0.0, 1e9)

    assert buckets.wait("a", 0.0) == pytest.approx(6)


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Buckets(Rate(per_second=0, burst=1))
    buckets.charge("a", 0.0, 100)

    assert [buckets.wait("a", 0.0) for _ in range(100)] == [0] * 100
    assert len(buckets) == 0


def test_memory_is_bounded_and_the_one_that_asked_longest_ago_is_forgotten() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1), most=2)
    for key in ("a", "b", "a", "c"):
        buckets.wait(key, 0.0)

    assert len(buckets) == 2
    assert buckets.wait("a", 0.0) > 0
    assert buckets.wait("b", 0.0) == 0, "b was forgotten, and is full again"


@pytest.mark.parametrize(("seconds", "told"), [(0.1, "1"), (1.0, "1"), (1.1, "2")])
def test_whoever_is_refused_hears_in_whole_seconds_when_to_come_back(seconds: float, told: str) -> None:
    assert BucketEmpty("access code", Rate(2.0, 5.0), seconds).headers == {
        "Retry-After": told,
        "RateLimit-Policy": '"requests-access-code";q=5;w=3',
        "RateLimit": f'"requests-access-code";r=0;t={told}',
    }
