"""Wrong access codes, and what is handed in without a token: counted over all copies, where the answer is known."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.types import Message, Scope, Send

from shared.http.door.rules import Operation
from shared.http.door.visitors import Visitor
from shared.http.limits import subjects
from shared.http.limits.counters import Counters, Drawn, Subject
from shared.http.limits.refusals import LimitReached
from shared.http.limits.rules import Limit

_NUMBER = "{tracking_number}"

Refuse = Callable[[Scope, Send, LimitReached], Awaitable[None]]


class Guesses:
    """A wrong code is answered as a number that nobody has, and counts as one: the same statement, whichever it was."""

    def __init__(self, counters: Counters, refuse: Refuse) -> None:
        self._counters = counters
        self._refuse = refuse

    async def watch(self, operation: Operation, visitor: Visitor, scope: Scope, send: Send) -> Send:
        """Where an access code was sent for a report.

        Raises Unavailable; LimitReached if too many were wrong, or too much was handed in.
        """
        number = _number_in(operation.path, scope["path"])
        if number is None or not operation.takes_code:
            return send
        client = visitor.client
        if client is not None and not self._counters.hold_for(client):
            return send
        guesser: Subject = (Limit.WRONG_CODES_OF_ADDRESS, visitor.address)
        if client is not None:  # an app sends what many people type: one who guesses must not stop all others
            guesser = (Limit.WRONG_CODES_OF_CLIENT, subjects.at_client(client.sub, number))
        report: Subject = (Limit.WRONG_CODES_OF_REPORT, number)
        await self._counters.refuse_guesser(guesser, report)
        drawn = None
        if client is None and scope["method"] != "GET":
            drawn = await self._counters.count_nearly((Limit.SUBMISSIONS_OF_ADDRESS, visitor.address))
        return self._noting(guesser, report, drawn, scope, send)

    def _noting(self, guesser: Subject, report: Subject, drawn: Drawn | None, scope: Scope, send: Send) -> Send:
        refused = False

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                if drawn is not None and message["status"] >= HTTPStatus.BAD_REQUEST:
                    drawn.give_back()
                if message["status"] == HTTPStatus.NOT_FOUND:
                    try:
                        await self._counters.count_exactly(guesser, report)
                    except LimitReached as reached:
                        refused = True
                        await self._refuse(scope, send, reached)
            if not refused:
                await send(message)

        return sending


def _number_in(pattern: str, path: str) -> str | None:
    """The tracking number of an address; counted from its end, since a prefix may stand before it."""
    parts = pattern.split("/")
    if _NUMBER not in parts:
        return None
    return path.split("/")[parts.index(_NUMBER) - len(parts)]
