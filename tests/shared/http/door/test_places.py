"""Who waits for a place, who is told to come back."""

import asyncio

import pytest

from shared.errors import TooManyRequests, Unavailable
from shared.http.door.places import Places


async def test_as_many_wait_as_may_and_the_next_is_told_to_come_back() -> None:
    places, seen = Places("searches", at_once=1, waiting=1), []

    async def ask(name: str) -> None:
        async with places.place(name):
            seen.append(name)
            await asyncio.sleep(0)

    outcomes = await asyncio.gather(*(ask(name) for name in "abc"), return_exceptions=True)

    assert seen == ["a", "b"]
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), TooManyRequests]


async def test_one_caller_holds_at_most_half_of_the_places() -> None:
    places = Places("searches", at_once=4, waiting=0)

    async with places.place("a"), places.place("a"):
        with pytest.raises(TooManyRequests) as refused:
            async with places.place("a"):
                pass
        async with places.place("b"):
            pass

    assert (refused.value.code, refused.value.headers) == ("too_many_searches", {"Retry-After": "1"})
    async with places.place("a"):
        pass


async def test_one_caller_holds_half_of_what_is_held_long_however_many_may_wait() -> None:
    places = Places("uploads", at_once=2, waiting=2, held_long=True)

    async with places.place("a"):
        with pytest.raises(TooManyRequests):
            async with places.place("a"):
                pass
        async with places.place("b"):
            pass


async def test_nobody_waits_for_ever() -> None:
    places = Places("similar reports", at_once=1, waiting=3, seconds=0.01)

    async with places.place("a"):
        with pytest.raises(Unavailable) as refused:
            async with places.place("b"):
                pass

    assert refused.value.code == "too_busy"
    async with places.place("b"):
        pass


async def test_whoever_fails_or_goes_away_leaves_their_place() -> None:
    places = Places("searches", at_once=1, waiting=1)

    async def stay() -> None:
        async with places.place("a"):
            await asyncio.Event().wait()

    first, second = asyncio.create_task(stay()), asyncio.create_task(stay())
    await asyncio.sleep(0)
    for task in (second, first):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    async with places.place("a"):
        pass
