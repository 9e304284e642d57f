"""Errors that a caller can act on; shared/http/problems.py writes them as RFC 9457 bodies.

* DomainError            400
  - Unauthenticated      401
  - Forbidden            403
  - NotFound             404
  - Conflict             409
    + IllegalTransition
    + TryAgain           (says when)
  - VersionMismatch      412
  - Invalid              422  (names the field)
  - TooManyRequests      429  (says when to come back)
  - Unavailable          503
"""

from collections.abc import Sequence
from http import HTTPStatus


class DomainError(Exception):
    """Base of every expected failure; anything else is a bug and becomes a 500.

    `code` is stable and for programs; the message is a sentence for people and says what to do.
    """

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"

    def __init__(self, detail: str, *, code: str | None = None, tracking_number: str | None = None) -> None:
        """`tracking_number`: of the report that the caller has submitted before, where that is what is wrong."""
        super().__init__(detail)
        self.detail = detail
        self.tracking_number = tracking_number
        if code is not None:
            self.code = code

    @property
    def errors(self) -> list[dict[str, str]] | None:
        return None

    @property
    def headers(self) -> dict[str, str]:
        return {}


class Unauthenticated(DomainError):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(DomainError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class NotFound(DomainError):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(DomainError):
    status = HTTPStatus.CONFLICT
    code = "conflict"


class TryAgain(Conflict):
    """It will pass by itself."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class IllegalTransition(Conflict):
    code = "illegal_transition"

    def __init__(self, action: str, status: str, *, instead: Sequence[str] = (), by_reporter: bool = False) -> None:
        """`instead`: the actions that the caller may take now."""
        if instead:
            now = ", ".join(instead)
            super().__init__(
                f"A report that is {status} does not take the action {action}; what you can do now: {now}."
            )
        elif by_reporter:
            super().__init__(
                f"A report that is {status} does not take the action {action}, and no other one; submit a new report."
            )
        else:
            super().__init__(
                f"A report that is {status} does not take the action {action}, and no other one of yours; a note can "
                "be written."
            )


class VersionMismatch(DomainError):
    status = HTTPStatus.PRECONDITION_FAILED
    code = "version_mismatch"


class Invalid(DomainError):
    """One field is wrong in a way that only the database or the rules could tell."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(
        self, detail: str, *, pointer: str, code: str | None = None, tracking_number: str | None = None
    ) -> None:
        super().__init__(detail, code=code, tracking_number=tracking_number)
        self.pointer = pointer

    @property
    def errors(self) -> list[dict[str, str]]:
        return [{"pointer": self.pointer, "message": self.detail}]


def bad_cursor() -> Invalid:
    return Invalid("The cursor is not one that this list gave out.", pointer="query/cursor", code="bad_cursor")


class TooManyRequests(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int = 1) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Unavailable(DomainError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}
