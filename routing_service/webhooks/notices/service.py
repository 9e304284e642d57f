"""Tells the owner of a webhook that it was disabled, if its account has an address of mail; at least once."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.access.accounts import queries as accounts
from routing_service.webhooks.notices import queries
from routing_service.webhooks.notices.letters import disabled_letter
from shared.database import Sessions
from shared.domain.webhooks import WebhookState
from shared.log.delivery import ATTEMPTS, backoff_seconds
from shared.mail import Absent, Addressee, Mailer, Refused
from shared.schema import Webhook
from shared.settings import Settings

#: How long nobody else takes up what one has taken up; sending takes half of it at most.
LEASE = timedelta(minutes=5)
#: After a server that was away.
ABSENCE = timedelta(minutes=1)
PORTION = 20


async def send_notices(sessions: Sessions, settings: Settings, *, now: datetime) -> Mapping[str, int]:
    """What became of how many."""
    outcomes: Counter[str] = Counter()
    async with sessions() as session:
        if not await queries.notice_is_due(session, now=now):
            return outcomes
    until = now + LEASE
    async with sessions.begin() as session:
        claimed = await queries.claim_notices(session, now=now, until=until, limit=PORTION)
        letters = {one.id: await _letter(session, one, settings, now) for one in claimed}
    url, timeout = settings.smtp_url.get_secret_value(), settings.http_timeout_seconds
    async with Mailer(url, timeout_seconds=timeout) as mailer:
        for one in claimed:
            outcome, due_at, attempts = await _send_one(mailer, letters[one.id], one, now)
            outcomes[outcome] += 1
            async with sessions.begin() as session:
                await queries.put_off_notice(session, one.id, claimed=until, due_at=due_at, attempts=attempts)
    return outcomes


async def _letter(session: AsyncSession, webhook: Webhook, settings: Settings, now: datetime) -> EmailMessage | None:
    """None: there is nobody to write to, or nothing to say any more."""
    account = await accounts.account(session, webhook.owner)
    if account is None or account.email is None or webhook.state is not WebhookState.DISABLED:
        return None
    assert webhook.disabled_at is not None
    to = Addressee(account.name, account.email, account.language)
    try:
        return disabled_letter(
            to, id=webhook.id, name=webhook.name, because=webhook.disabled_because, disabled_at=webhook.disabled_at,
            sender=settings.mail_from, at=now,
        )  # fmt: skip
    except ValueError:  # an address that cannot be written
        return None


async def _send_one(
    mailer: Mailer, letter: EmailMessage | None, webhook: Webhook, now: datetime
) -> tuple[str, datetime | None, int]:
    """What became of it, when it is due again, and how often it was refused."""
    attempts = webhook.notice_attempts
    if letter is None:
        return "dropped", None, attempts
    try:
        async with asyncio.timeout(LEASE.total_seconds() / 2 / PORTION):
            await mailer.send(letter)
    except Refused as refusal:
        if refusal.for_good or attempts + 1 >= ATTEMPTS:
            return "refused", None, attempts + 1
        return "postponed", now + timedelta(seconds=backoff_seconds(attempts + 1)), attempts + 1
    except (Absent, TimeoutError):
        return "absent", now + ABSENCE, attempts
    return "sent", None, attempts
