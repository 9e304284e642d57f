"""Whose account somebody else's issuer means."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.access.federation import queries
from routing_service.access.login import service as login
from routing_service.access.oauth import queries as assertions
from shared.domain.accounts import AccountKind
from shared.errors import DomainError, Forbidden

FEDERATED = "fed"  #: in `amr`: proven to somebody else's issuer
EMAIL = "email"
LONGEST_VALUE = 255  # characters

log = structlog.get_logger(__name__)


async def log_in(
    session: AsyncSession, issuer: str, claims: Mapping[str, Any], *, once: str, until: datetime, now: datetime
) -> str:
    """The cookie of a whole log-in. `once`: what was begun; it is good for one log-in, whatever the issuer says.

    Raises DomainError, and Forbidden, which does not tell who has an account here.
    """
    wanted = await queries.claims_of(session, issuer)
    found = await queries.accounts_of(session, issuer, _means(claims, wanted))
    account = await accounts.account(session, found[0]) if len(found) == 1 else None
    if account is None or account.kind is not AccountKind.PERSON or not account.gets_in:
        log.info("other_issuer_means_nobody", accounts=len(found), account=account.id if account else None)
        raise Forbidden(
            "There is no account here that you can use with that log-in. Ask the operators to connect it.",
            code="no_account_here",
        )
    if not await assertions.use_assertion(session, account.id, once, expires_at=until):
        raise over()
    return await login.begin(session, account, [FEDERATED], now=now)


def over() -> DomainError:
    return DomainError("This log-in is over, or was begun elsewhere. Log in again.", code="log_in_over")


def value_of(claim: str, value: str) -> str:
    """As it is kept: addresses of mail are the same in capitals."""
    return value.lower() if claim == EMAIL else value


def _means(claims: Mapping[str, Any], wanted: Iterable[str]) -> list[tuple[str, str]]:
    """An address of mail only says who somebody is where the issuer has seen that it is theirs."""
    found = []
    for claim in wanted:
        value = claims.get(claim)
        fits = isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and "\0" not in value
        if fits and (claim != EMAIL or claims.get("email_verified") in (True, "true")):
            found.append((claim, value_of(claim, str(value))))
    return found
