"""The body of a request as it comes: timed, since nobody waits for the end of a large file at the door."""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from intake_api.uploads.tus import Broken
from shared.http.door.bodies import BodyTooSlow

#: Nothing comes for so long: the phone has lost its network. What has come is kept.
SILENT_SECONDS = 60.0
#: After a while of grace so many bytes a second have to come on average: a tenth of what a 2G phone sends.
SLOWEST = 100
GRACE_SECONDS = 60.0


class TooSlow(BodyTooSlow, Broken):
    """What has come counts; the client goes on from there."""


async def pieces_of(request: Request, *, goes_on: bool = False) -> AsyncIterator[bytes]:
    """Raises Broken where the client has gone, TooSlow where it sends nothing any more, or has sent for so long that
    others wait for its place. `goes_on`: of a client that is told how far it has come the body ends there instead,
    since tus-js-client takes a 408 for the end of everything.
    """
    longest = request.app.state.settings.upload_minutes * 60
    began, received = time.monotonic(), 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                piece = await anext(stream, None)
        except ClientDisconnect:
            raise Broken from None
        except TimeoutError:
            raise TooSlow(SILENT_SECONDS) from None
        if piece is None:
            return
        received += len(piece)
        lasted = time.monotonic() - began
        if lasted > GRACE_SECONDS and received < lasted * SLOWEST:
            raise TooSlow(lasted)
        if piece:
            yield piece
        if lasted > longest:
            if goes_on:
                return
            raise TooSlow(lasted)
