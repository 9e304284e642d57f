"""A code that comes in a form counts as one in a header does: of each address, and of each report."""

import contextlib
from collections.abc import AsyncIterator

from shared.errors import DomainError, NotFound
from shared.http.limits.counters import Counters, Subject
from shared.http.limits.rules import Limit


@contextlib.asynccontextmanager
async def watched(counters: Counters, address: str, number: str, *, acts: bool) -> AsyncIterator[None]:
    """`acts`: whether something is handed in. Raises LimitReached, Unavailable."""
    guesser: Subject = (Limit.WRONG_CODES_OF_ADDRESS, address)
    report: Subject = (Limit.WRONG_CODES_OF_REPORT, number)
    await counters.refuse_guesser(guesser, report)
    drawn = await counters.count_nearly((Limit.SUBMISSIONS_OF_ADDRESS, address)) if acts else None
    try:
        yield
    except DomainError as error:
        if drawn is not None:
            drawn.give_back()
        if isinstance(error, NotFound) and error.code == "unknown_report":
            await counters.count_exactly(guesser, report)
        raise
