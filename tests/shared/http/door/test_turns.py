"""Who may take a connection, in which order the others wait for it, and how long."""

import asyncio

import pytest

from shared.errors import Unavailable
from shared.http.door.turns import Share, Turns, shares


async def noted(turns: Turns, request: str, seen: list[str]) -> None:
    """A request of the caller that its first letter names."""
    await turns.take(request[0])
    seen.append(request)
    turns.leave()


async def held(turns: Turns, count: int) -> None:
    for number in range(count):
        await turns.take(f"holder {number}")


def is_free(turns: Turns) -> bool:
    """Whether whoever asks now need not wait."""
    taking = turns.take("another")
    try:
        taking.send(None)
    except StopIteration:
        turns.leave()
        return True
    taking.close()
    return False


async def test_callers_have_their_turns_one_after_the_other_and_each_in_order() -> None:
    turns, seen = Turns(1), list[str]()
    await turns.take("first")
    asked = ["a1", "a2", "a3", "b1", "c1", "b2"]
    tasks = [asyncio.create_task(noted(turns, request, seen)) for request in asked]
    await asyncio.sleep(0)

    turns.leave()
    await asyncio.gather(*tasks)

    assert seen == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert is_free(turns)


async def test_who_waited_too_long_is_told_to_come_back_and_takes_nobodys_turn() -> None:
    turns = Turns(1, seconds=0.01)
    await turns.take("a")

    with pytest.raises(Unavailable) as refused:
        await turns.take("b")

    assert (refused.value.code, refused.value.headers) == ("too_busy", {"Retry-After": "2"})
    turns.leave()
    assert is_free(turns)


async def test_who_goes_away_is_passed_over_before_and_at_the_moment_of_their_turn() -> None:
    turns = Turns(1)
    await turns.take("a")
    early, late, next_one = (asyncio.create_task(turns.take(name)) for name in "bcd")
    await asyncio.sleep(0)

    early.cancel()
    turns.leave()  # it is the turn of "c", who has not noticed yet
    late.cancel()
    await asyncio.gather(early, late, return_exceptions=True)

    await next_one
    assert late.cancelled()
    assert not is_free(turns)
    turns.leave()
    assert is_free(turns)


async def test_reading_takes_half_of_the_pool_and_leaves_a_fifth_with_all_acts_together() -> None:
    of = shares(10)

    await held(of[Share.READING], 5)
    assert not is_free(of[Share.READING])
    await held(of[Share.ACTING], 3)

    assert not is_free(of[Share.ACTING])
    await held(of[Share.OWN], 8)
    assert not is_free(of[Share.OWN])


async def test_who_reads_and_waits_for_acts_in_vain_gives_their_place_among_readers_back() -> None:
    people = Turns(1)
    reading = Turns(2, within=people, seconds=0.01)
    await people.take("actor")

    for _ in range(3):
        with pytest.raises(Unavailable):
            await reading.take("reader")

    people.leave()
    assert is_free(reading)


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_the_smallest_pool_has_a_turn_for_every_kind(size: int) -> None:
    for share in (Share.READING, Share.ACTING, Share.OWN):
        assert is_free(shares(size)[share])
