"""Tells officers what was escalated. No state is kept: what is to be sent stands in the tables.

A mail goes out at least once: it is sent within the transaction that settles it, so that a `kill -9` between the two
makes it go out again, under the same Message-ID.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.newer import code
from shared.domain.officers import NotificationState as State
from shared.domain.wording import Language
from shared.log.delivery import ATTEMPTS, backoff_seconds
from shared.mail import Absent, Addressee, Mailer, Refused
from shared.settings import MonitorSettings
from sla_monitor.notifications import addressing, contents, letters, mentions, news, queries
from sla_monitor.notifications.addressing import Addressed, Gap, Manner
from sla_monitor.reference.service import References

logger = logging.getLogger(__name__)

BATCH = 2000
ROUND = 200  # officers


async def address(sessions: Sessions, settings: MonitorSettings, *, now: datetime | None = None) -> Addressed:
    """Say whom each new escalation is for, until all have been addressed."""
    picked = made = unreachable = 0
    gaps: Counter[tuple[str, str]] = Counter()
    while True:
        async with sessions.begin() as session:
            done = await addressing.address(session, Manner.of(settings), batch=BATCH, now=now)
        if done.untold:
            await tell_news(sessions, settings, done.untold, now=now)
        picked, made, unreachable = picked + done.picked, made + done.made, unreachable + done.unreachable
        gaps.update({(gap.instansi, gap.role): gap.count for gap in done.gaps})
        if done.picked < BATCH:
            return Addressed(picked, made, unreachable, tuple(Gap(*key, count) for key, count in gaps.items()))


async def tell_news(
    sessions: Sessions, settings: MonitorSettings, event_ids: Collection[UUID], *, now: datetime | None = None
) -> Addressed:
    """Say to whom these events have given a report, and whom they mention."""
    async with sessions.begin() as session:
        done = await news.tell(session, event_ids, Manner.of(settings), now=now)
        await mentions.tell_mentioned(session, event_ids, Manner.of(settings), now=now)
    if done.unreachable:
        gaps = [asdict(gap) for gap in done.gaps]
        logger.warning("news without an officer", extra={"count": done.unreachable, "gaps": gaps})
    return done


async def send(
    sessions: Sessions, references: References, settings: MonitorSettings, *, now: datetime | None = None
) -> Mapping[str, int]:
    """Send what is due, each mail in a transaction of its own; what became of how many.

    Ends with the first mail for which there is no server: the next round begins there.
    """
    outcomes: Counter[str] = Counter()
    async with sessions() as session:
        officers = await queries.waiting(session, now=now, limit=ROUND)
    if not officers:
        return outcomes
    url, timeout = settings.smtp_url.get_secret_value(), settings.http_timeout_seconds
    async with Mailer(url, timeout_seconds=timeout) as mailer:
        post = _Post(mailer, references, settings, now)
        try:
            for officer_id in officers:
                while (outcome := await post.next_mail(sessions, officer_id)) is not None:
                    outcomes[outcome] += 1
        except Absent as error:
            outcomes["absent"] += 1
            logger.warning("no mail server", extra={"error": type(error.__cause__).__name__})
    return outcomes


@dataclass(frozen=True, slots=True)
class _Post:
    mailer: Mailer
    references: References
    settings: MonitorSettings
    now: datetime | None

    async def next_mail(self, sessions: Sessions, officer_id: UUID) -> str | None:
        """Send one mail to an officer; what became of it. None: nothing is due for them. Raises Absent."""
        async with sessions.begin() as session:
            due = await queries.claim_notifications(session, officer_id, now=self.now)
            due = await self._still_true(session, due)
            if not due:
                return None
            rows = self._of_one_mail(due)
            try:
                await self.mailer.send(await self._letter(session, rows))
            except Refused as refusal:
                return await self._failed(session, rows, refusal)
            await queries.settle(session, [row.id for row in rows], State.SENT, now=self.now, attempts=1)
            return "digest" if len(rows) > 1 else "single"

    async def _still_true(self, session: AsyncSession, due: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Without what nobody has to do any more, and what others have to do: that is addressed anew."""
        others = [row for row in due if row.asked and not (row.active and row.concerned)]
        if stale := [row.id for row in due if not row.asked] + [row.id for row in others]:
            await queries.settle(session, stale, State.DROPPED, now=self.now)
            await addressing.again(session, [row.escalation_id for row in others if row.escalation_id is not None])
        return [row for row in due if row.id not in stale]

    def _of_one_mail(self, due: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """A digest, if one is due or the mails have piled up; else the oldest alone. A reprimand is always alone."""
        steps = [row for row in due if row.reprimand_id is None]
        if any(row.digest for row in steps) or len(steps) > max(self.settings.digest_above, 1):
            return steps
        return due[:1]

    async def _letter(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> EmailMessage:
        first, at = rows[0], self.now or utc_now()
        to = Addressee(first.name, first.email, code(Language, first.language))
        sender = self.settings.mail_from
        if first.reprimand_id is not None:
            reprimanded = await queries.reprimanded(session, first.reprimand_id)
            with _writing():
                return letters.reprimand(to, reprimanded, notification=first.id, sender=sender, at=at)
        items = await contents.items(session, self.references, rows, to.language, now=at)
        with _writing():
            return letters.escalations(to, items, notifications=[row.id for row in rows], sender=sender, at=at)

    async def _failed(self, session: AsyncSession, rows: Sequence[Row[Any]], refusal: Refused) -> str:
        ids, attempts = [row.id for row in rows], 1 + max(row.attempts for row in rows)
        if refusal.for_good or attempts >= ATTEMPTS:
            await queries.settle(session, ids, State.PARKED, now=self.now, attempts=1, error=str(refusal))
            return "parked"
        wait = backoff_seconds(attempts)
        await queries.postpone(session, ids, wait=wait, error=str(refusal), now=self.now)
        return "postponed"


@contextmanager
def _writing() -> Iterator[None]:
    """A letter that cannot be written is that officer's trouble alone: it holds up nobody else's."""
    try:
        yield
    except Exception as error:
        raise Refused(f"letter, {type(error).__name__}", 0, for_good=True) from error


async def resend_parked(session: AsyncSession) -> int:
    """Try again what was refused to the end; how many."""
    return await queries.resend_parked(session)


async def waiting(session: AsyncSession) -> Mapping[str, int]:
    """How many notifications wait to be sent, and how many were refused to the end (parked)."""
    return {State.PENDING.value: 0, State.PARKED.value: 0} | await queries.counts(session)
