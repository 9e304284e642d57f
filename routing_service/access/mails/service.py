"""Sends the links that are waited for, and then what people are to be told of their accounts (`notices`).

The link is made and its digest committed first, then the mail goes out, then the wish for it goes. Whoever is killed
in between leaves the wish, which is due again after `LEASE`: a second mail brings a newer link, and the first one works
no more.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from routing_service.access.accounts import queries as accounts
from routing_service.access.accounts.service import Invited, make_link
from routing_service.access.mails import notice_queries, notices, queries
from routing_service.access.mails.letters import letter
from shared.database import Sessions
from shared.domain.accounts import AccountState, InvitationKind
from shared.log.delivery import ATTEMPTS, backoff_seconds
from shared.mail import Absent, Mailer, Refused
from shared.settings import Settings

logger = logging.getLogger(__name__)

#: How long nobody else takes up what one has taken up; sending takes half of it at most.
LEASE = timedelta(minutes=5)
#: After a server that went away within a mail.
ABSENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ClaimedInvitation:
    """`made` None: the account waits for no link any more."""

    account_id: str
    kind: InvitationKind
    attempts: int
    until: datetime
    made: Invited | None


async def send(sessions: Sessions, settings: Settings, *, now: datetime) -> Mapping[str, int]:
    """What became of how many. Ends with the first for which there is no server."""
    outcomes: Counter[str] = Counter()
    async with sessions() as session:
        if not await queries.is_due(session, now=now) and not await notice_queries.notice_is_due(session, now=now):
            return outcomes
    url, timeout = settings.smtp_url.get_secret_value(), settings.http_timeout_seconds
    try:
        async with Mailer(url, timeout_seconds=timeout) as mailer:
            await mailer.connect()
            while (claimed := await claim(sessions, now=now)) is not None:
                outcomes[await _send_one(sessions, mailer, settings, claimed, now)] += 1
            while (outcome := await notices.send_one(sessions, mailer, settings, now=now)) is not None:
                outcomes[outcome] += 1
    except Absent as error:
        outcomes["absent"] += 1
        logger.warning("no mail server", extra={"error": type(error.__cause__).__name__})
    return outcomes


async def claim(sessions: Sessions, *, now: datetime) -> ClaimedInvitation | None:
    """Take one up, and make its link. None: nothing is due that nobody else has."""
    until = now + LEASE
    async with sessions.begin() as session:
        row = await queries.claim(session, now=now, until=until)
        if row is None:
            return None
        account = await accounts.account(session, row.account_id)
        made = None
        if account is not None and account.state is AccountState.INVITED:
            made = await make_link(session, account, row.kind, by=row.created_by, now=now)
        return ClaimedInvitation(row.account_id, row.kind, row.attempts, until, made)


async def _send_one(
    sessions: Sessions, mailer: Mailer, settings: Settings, claimed: ClaimedInvitation, now: datetime
) -> str:
    """Raises Absent."""
    if claimed.made is not None:
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                await mailer.send(_letter(claimed.made, claimed.kind, settings, now))
        except Refused as refusal:
            return await _refused(sessions, claimed, refusal, now)
        except (Absent, TimeoutError) as error:
            await _put_off(sessions, claimed, now + ABSENCE, claimed.attempts, None)
            raise Absent from error.__cause__ or error
    async with sessions.begin() as session:
        await queries.settle(session, claimed.account_id, claimed=claimed.until)
    return "dropped" if claimed.made is None else "sent"


def _letter(made: Invited, kind: InvitationKind, settings: Settings, now: datetime) -> EmailMessage:
    try:
        return letter(made, kind, issuer=settings.issuer_url, sender=settings.mail_from, at=now)
    except Exception as error:  # an address or a name that cannot be written is their trouble alone
        raise Refused(f"letter, {type(error).__name__}", 0, for_good=True) from error


async def _refused(sessions: Sessions, claimed: ClaimedInvitation, refusal: Refused, now: datetime) -> str:
    attempts = claimed.attempts + 1
    if refusal.for_good or attempts >= ATTEMPTS:
        await _put_off(sessions, claimed, None, attempts, str(refusal))
        logger.warning("invitation not mailed", extra={"account": claimed.account_id, "reply": str(refusal)})
        return "parked"
    due_at = now + timedelta(seconds=backoff_seconds(attempts))
    await _put_off(sessions, claimed, due_at, attempts, str(refusal))
    return "postponed"


async def _put_off(
    sessions: Sessions, claimed: ClaimedInvitation, due_at: datetime | None, attempts: int, error: str | None
) -> None:
    async with sessions.begin() as session:
        await queries.postpone(
            session, claimed.account_id, claimed=claimed.until, due_at=due_at, attempts=attempts, error=error
        )
