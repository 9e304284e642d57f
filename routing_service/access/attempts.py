"""Tries to get in: whoever guesses has few guesses."""

import time

from fastapi import Request

from shared.http.door.visitors import Limits, Visitor, address_of


def begin(request: Request, account: str) -> None:
    """Before a proof is looked at; `account` is what somebody says that they are. Raises TooManyRequests."""
    del account  # an address has a limit here; one over all copies, for each account, belongs here as well
    limits: Limits = request.app.state.limits
    limits.peek(_visitor(request), time.monotonic())


def failed(request: Request) -> None:
    """A proof was wrong, or there is no such account."""
    limits: Limits = request.app.state.limits
    limits.charge(_visitor(request), time.monotonic())


def _visitor(request: Request) -> Visitor:
    return Visitor(None, address_of(request.scope))
