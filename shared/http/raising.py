"""Which problems an operation can answer with: declared at its function and its dependencies, read by the documents.

What follows from what an operation takes (a token, a body, an Idempotency-Key, If-Match, a cursor) is declared nowhere:
shared/http/openapi/problems.py knows it. Where a code is answered that stands in no document, or where the code of an
operation can raise one, a test names it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Called = TypeVar("Called", bound=Callable[..., Any])
#: By status.
Codes = Mapping[int, tuple[str, ...]]

_DECLARED = "raises_codes"


def raises(status: int, *codes: str) -> Callable[[Called], Called]:
    """For an endpoint, or a dependency of some: the codes of problems with this status."""

    def declare(called: Called) -> Called:
        known = declared(called)
        setattr(called, _DECLARED, {**known, status: (*known.get(status, ()), *codes)})
        return called

    return declare


def declared(called: object) -> Codes:
    found: Codes = getattr(called, _DECLARED, {})
    return found
