"""Tries to get in: whoever guesses has few guesses, in this process and over all copies.

A system proves itself by what cannot be guessed: a limit on wrong proofs could only lock it out, so that beyond it
only those are refused who have been wrong themselves. A password can be guessed: beyond its limit nobody logs in to
that account, until the window ends or an operator lifts it; but whoever has used it in this browser before
(login/known_browsers), who has tries of their own.
"""

import time

from fastapi import Request

from shared.http.door.visitors import Limits, Visitor, address_of
from shared.http.limits.counters import Counters, Subject, Taken
from shared.http.limits.rules import Limit


async def begin(request: Request, account: str, browser: str | None = None) -> Taken:
    """Before a password or a second factor is looked at; counted as wrong until it `succeeded`. `account` is what
    somebody says that they are, `browser` one by which it is known. Raises TooManyRequests, Unavailable.
    """
    _limits(request).peek(_visitor(request), time.monotonic())
    whose = account if browser is None else f"{account}|{browser}"
    return await _counters(request).count_exactly((Limit.LOG_INS_OF_ACCOUNT, whose), _wrong_from(request))


async def succeeded(taken: Taken) -> None:
    await taken.give_back(Limit.LOG_INS_OF_ACCOUNT, Limit.LOG_INS_OF_ADDRESS)


def failed(request: Request) -> None:
    """A proof was wrong, or there is no such account."""
    _limits(request).charge(_visitor(request), time.monotonic())


async def begin_token(request: Request, account: str) -> None:
    """A system asks for something with its proof. Raises TooManyRequests, Unavailable."""
    _limits(request).peek(_visitor(request), time.monotonic())
    counters = _counters(request)
    await counters.refuse_guesser(_wrong_from(request), (Limit.LOG_INS_OF_ACCOUNT, account))
    await counters.count_exactly((Limit.TOKENS_OF_ADDRESS, address_of(request.scope)))


async def failed_token(request: Request, account: str) -> None:
    """Its proof was wrong, or there is no such system. Raises TooManyRequests, Unavailable."""
    failed(request)
    await _counters(request).count_exactly((Limit.LOG_INS_OF_ACCOUNT, account), _wrong_from(request))


async def proved_token(request: Request, account: str) -> None:
    """Only now is it the system itself that asks too often. Raises TooManyRequests, Unavailable."""
    await _counters(request).count_exactly((Limit.TOKENS_OF_ACCOUNT, account))


def _wrong_from(request: Request) -> Subject:
    return Limit.LOG_INS_OF_ADDRESS, address_of(request.scope)


def _counters(request: Request) -> Counters:
    counters: Counters = request.app.state.counters
    return counters


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


def _visitor(request: Request) -> Visitor:
    return Visitor(None, address_of(request.scope))
