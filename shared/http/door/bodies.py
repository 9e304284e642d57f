"""A body is read whole before anybody works on it: bounded, timed, and counted with all the others."""

import asyncio
from http import HTTPStatus

from starlette.types import Message, Receive

from shared.errors import DomainError

KIB = 1024
MIB = 1024 * KIB
MOST_SECONDS = 10.0
#: In the scope of a request whose body came with its headers: then there is nothing to wait for.
WHOLE = "lapor.whole"


class BodyTooLarge(DomainError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, most: int) -> None:
        shown = f"{most // MIB} MiB" if most >= MIB else f"{most // KIB} KiB"
        super().__init__(f"The body is larger than {shown}; send less.")


class BodyTooSlow(DomainError):
    status = HTTPStatus.REQUEST_TIMEOUT
    code = "body_too_slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} seconds; send the request again.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Connection": "close"}


class EncodedBody(DomainError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_content_encoding"

    def __init__(self) -> None:
        super().__init__("The body is compressed, which is not taken; send it as it is, without Content-Encoding.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept-Encoding": "identity"}


class TooManyBodies(DomainError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "too_busy"

    def __init__(self) -> None:
        super().__init__("Too much is being sent at this moment; try again in a few seconds.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


class Disconnected(Exception):
    """The client has gone away in the middle of its body."""


class Held:
    """The bytes of all bodies that are still arriving. A body that comes in one piece is never counted."""

    def __init__(self, most_bytes: int = 64 * MIB) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0

    def grow(self, size: int) -> None:
        """Raises TooManyBodies."""
        if self.bytes + size > self.most_bytes:
            raise TooManyBodies
        self.bytes += size

    def shrink(self, size: int) -> None:
        self.bytes -= size


def bounded(body: bytes, most: int) -> bytes:
    """Raises BodyTooLarge."""
    if len(body) > most:
        raise BodyTooLarge(most)
    return body


async def read_body(receive: Receive, *, most: int, held: Held, seconds: float) -> bytes:
    """Raises BodyTooLarge, BodyTooSlow, TooManyBodies, Disconnected."""
    body, counted = bytearray(), 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                chunk: bytes = message.get("body", b"")
                if len(body) + len(chunk) > most:
                    raise BodyTooLarge(most)
                if not message.get("more_body", False):
                    return chunk if not body else bytes(body + chunk)
                held.grow(len(chunk))
                counted += len(chunk)
                body += chunk
    except TimeoutError:
        raise BodyTooSlow(seconds) from None
    finally:
        held.shrink(counted)


def replaying(body: bytes, receive: Receive) -> Receive:
    """The body in one piece; after it, what comes from the connection."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
