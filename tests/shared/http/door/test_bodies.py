"""Bodies as they come: in pieces, too large, too slowly, not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.http.door.bodies import BodyTooLarge, BodyTooSlow, Disconnected, Held, TooManyBodies, read_body


def coming(*pieces: bytes, ends: bool = True) -> Callable[[], Awaitable[Any]]:
    """A connection that sends these pieces; then nothing more, if it does not end."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if ends:
        messages[-1]["more_body"] = False
    left = iter(messages)

    async def receive() -> Any:
        for message in left:
            return message
        return await asyncio.Event().wait()

    return receive


async def gone() -> Any:
    return {"type": "http.disconnect"}


async def test_pieces_are_put_together() -> None:
    held = Held()

    assert await read_body(coming(b"one ", b"", b"two"), most=7, held=held, seconds=10) == b"one two"
    assert held.bytes == 0


async def test_one_byte_too_many_is_refused_as_soon_as_it_comes() -> None:
    with pytest.raises(BodyTooLarge, match="1 KiB"):
        await read_body(coming(b"x" * 1024, b"y", ends=False), most=1024, held=Held(), seconds=10)


async def test_a_body_that_does_not_come_is_given_up() -> None:
    held = Held()

    with pytest.raises(BodyTooSlow) as refused:
        await read_body(coming(b"x", ends=False), most=10, held=held, seconds=0.01)

    assert refused.value.headers == {"Connection": "close"}
    assert held.bytes == 0


async def test_whoever_goes_away_is_told_from_whoever_is_slow() -> None:
    with pytest.raises(Disconnected):
        await read_body(gone, most=10, held=Held(), seconds=10)


async def test_all_bodies_that_are_arriving_are_bounded_together_and_whole_ones_always_pass() -> None:
    held = Held(most_bytes=10)
    slow = asyncio.create_task(read_body(coming(b"x" * 10, ends=False), most=20, held=held, seconds=10))
    await asyncio.sleep(0)

    with pytest.raises(TooManyBodies):
        await read_body(coming(b"y", b"z"), most=20, held=held, seconds=10)
    assert await read_body(coming(b"w" * 20), most=20, held=held, seconds=10) == b"w" * 20

    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert held.bytes == 0
