"""Puts a message together, and commits its id before it goes out; what is not told is settled on the way."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities.sealing import Identities, Identity
from intake_api.notifications import letters, queries
from intake_api.notifications.channels import NewsMessage
from intake_api.notifications.letters import Writer
from intake_api.notifications.post import Post
from intake_api.notifications.quiet import QuietHours
from intake_api.notifications.texts import queries as texts
from intake_api.notifications.writing import USUAL
from shared.database import Sessions
from shared.domain.news import NewsChannel, Untold
from shared.domain.regions import time_zone_of
from shared.errors import Unavailable
from shared.ids import new_id
from shared.queries.agency_names import names_of
from shared.queries.subtrees import instansi_of

logger = logging.getLogger(__name__)

#: How long nobody else takes up what one has taken up; a message takes less.
LEASE = timedelta(minutes=10)
#: After a server that was away, and after a key that is missing.
ABSENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ClaimedNews:
    """A message whose id is committed: it goes out under it, or is taken up again."""

    outgoing: NewsMessage
    channel: NewsChannel
    reporter_id: UUID

    @property
    def ids(self) -> list[UUID]:
        return [row.id for row in self.outgoing.rows]

    @property
    def attempts(self) -> int:
        return max(int(row.attempts) for row in self.outgoing.rows)


async def claim_message(sessions: Sessions, post: Post, report_id: UUID, *, now: datetime) -> ClaimedNews | None:
    """Put the next message about a report together, and settle what is not told. None: nothing is to be sent now."""
    async with sessions.begin() as session:
        hours = post.settings.closing_notice_hours
        rows = await queries.claim_news(session, report_id, post.ways, hours=hours, now=now)
        rows = await _of_one_message(session, await _still_told(session, post, rows, now=now), now=now)
        if not rows:
            return None
        first = rows[0]
        quiet = QuietHours.of(post.settings.quiet_hours).over_at(now, time_zone_of(first.region_code))
        if quiet is not None:
            await queries.put_off_news(session, [row.id for row in rows], until=quiet)
            return None
        identity = await _opened(session, post, rows, now=now)
        if identity is None:
            return None
        message_id = first.message_id or new_id()
        await queries.begin_message(session, [row.id for row in rows], message_id, until=now + LEASE)
        outgoing = NewsMessage(
            message_id,
            rows,
            identity,
            first.language or USUAL,
            post.stop_url(report_id),
            await _writer(session, post, rows),
        )
        return ClaimedNews(outgoing, NewsChannel(first.channel), first.reporter_id)


async def _still_told(
    session: AsyncSession, post: Post, rows: Sequence[Row[Any]], *, now: datetime
) -> Sequence[Row[Any]]:
    """Without what holds no more, what is too old, and what cannot be told any more: these are settled."""
    oldest = now - timedelta(days=post.settings.news_late_days)
    why: dict[str, list[UUID]] = {}
    for row in rows:
        reason = Untold.OVERTAKEN if row.gone else row.reason or (Untold.TOO_LATE if row.created_at < oldest else None)
        if reason is not None:
            why.setdefault(reason, []).append(row.id)
    for reason, ids in why.items():
        await queries.settle_news(session, dict.fromkeys(ids), why=reason, now=now)
    settled = {id for ids in why.values() for id in ids}
    return [row for row in rows if row.id not in settled]


async def _of_one_message(session: AsyncSession, rows: Sequence[Row[Any]], *, now: datetime) -> Sequence[Row[Any]]:
    """The message that was tried before, else all that waits: news of a report is told in order."""
    begun = [row for row in rows if row.message_id is not None]
    if until := max((row.next_attempt_at for row in begun if row.next_attempt_at > now), default=None):
        # Behind a message that is on its way, or is tried again later.
        await queries.put_off_news(session, [row.id for row in rows if row.message_id is None], until=until)
        return ()
    if begun:
        return [row for row in begun if row.message_id == begun[0].message_id]
    return rows if any(row.next_attempt_at <= now for row in rows) else ()


async def _opened(session: AsyncSession, post: Post, rows: Sequence[Row[Any]], *, now: datetime) -> Identity | None:
    """None: it cannot be opened now, or nothing goes to it any more."""
    ids, identities = [row.id for row in rows], Identities(post.keys)
    reporter = await queries.reporter_of(session, rows[0].reporter_id)
    try:
        identity = None if reporter is None else identities.open(reporter)
    except Unavailable as trouble:
        logger.error("reporters cannot be told", extra={"trouble": trouble.code})
        await queries.put_off_news(session, ids, until=now + ABSENCE, error=trouble.code)
        return None
    why = None
    if identity is None or not (identity.email or identity.phone):
        why = Untold.NO_CONTACT
    elif (
        rows[0].channel == NewsChannel.EMAIL
        and identity.email
        and await queries.is_stopped(session, identities.email_indexes(identity.email))
    ):
        why = Untold.STOPPED
    if why is not None:
        await queries.settle_news(session, dict.fromkeys(ids), why=why, now=now)
        return None
    return identity


async def _writer(session: AsyncSession, post: Post, rows: Sequence[Row[Any]]) -> Writer:
    holders = {row.held_by for row in rows if row.held_by is not None and not row.secret}
    instansi = {code: root for code in holders if (root := await instansi_of(session, code)) is not None}
    own = await texts.in_force(session, set(instansi.values()))
    names = await names_of(session, {letters.agency_named(row) for row in rows if not row.secret})
    return Writer(own.chosen, instansi, names, post.settings.own_url, post.settings.mail_from)
