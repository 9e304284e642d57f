"""Tells reporters what happens to their reports. No state is kept: what is to be told stands in the tables.

Events become rows in one transaction with the position in the log. A message is put together and its id committed
first, then it goes out, then its rows are settled. Whoever is killed in between leaves them, due again after `LEASE`:
the same message goes out once more, under the same id.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from intake_api.notifications import gathering, queries
from intake_api.notifications.channels import ByMail, ByText, Carrier, NotSetUp
from intake_api.notifications.claiming import ABSENCE, LEASE, ClaimedNews, claim_message
from intake_api.notifications.post import Post
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.news import NewsChannel, Untold
from shared.log import feed
from shared.log.delivery import ATTEMPTS, backoff_seconds
from shared.mail import Absent, Mailer, Refused

logger = logging.getLogger(__name__)

#: Events of a turn of the reader.
BATCH = 1_000
#: Reports of a turn of the senders.
ROUND = 200
#: How many messages of a process are on their way at once: a server may take its time with each.
SENDERS = 4
#: How long a server may take for anything that it is asked; it may look into a mail before it takes it.
ANSWER_SECONDS = 60.0


def channels_of(post: Post, mailer: Mailer | None) -> Mapping[NewsChannel, Carrier]:
    """Gateways for text messages and WhatsApp take the places of those that are not set up."""
    channels: dict[NewsChannel, Carrier] = {channel: NotSetUp(channel) for channel in NewsChannel}
    channels |= {channel: ByText(channel, sender) for channel, sender in post.senders.items()}
    return channels if mailer is None else channels | {NewsChannel.EMAIL: ByMail(mailer)}


async def gather_news(sessions: Sessions, post: Post, *, now: datetime | None = None, batch: int = BATCH) -> int:
    """Make news of what has happened since the last time, up to what may still be committed; of how many events."""
    read = 0
    while True:
        async with sessions.begin() as session:
            reading = await gathering.lock_position(session)
            if reading is None:
                return read
            if reading.ahead:
                logger.error("reporters are not told", extra={"trouble": feed.restored_elsewhere().detail})
                return read
            found = await gathering.read_news(
                session, reading, post.ways, batch=batch, gather=post.settings.news_gather_seconds, now=now
            )
            await gathering.move_position(session, found.last or reading.position, now=now)
        read += found.events
        if found.events < batch:
            return read


async def find_closing(sessions: Sessions, post: Post, *, now: datetime | None = None) -> int:
    """Make news of reports that are about to end because their reporters are silent."""
    async with sessions.begin() as session:
        return await gathering.find_closing(session, post.ways, hours=post.settings.closing_notice_hours, now=now)


async def send_news(sessions: Sessions, post: Post, *, now: datetime | None = None) -> Mapping[str, int]:
    """Tell what is due; what became of how many messages. Ends with the first for which there is no server."""
    outcomes: Counter[str] = Counter()
    full = True
    while full and not outcomes["absent"]:
        async with sessions() as session:
            reports = await queries.reports_waiting(session, now=now or utc_now(), limit=ROUND)
        full, left = len(reports) == ROUND, iter(reports)
        await asyncio.gather(*(_work(sessions, post, left, outcomes, now) for _ in range(min(SENDERS, len(reports)))))
    return +outcomes


async def _work(
    sessions: Sessions, post: Post, left: Iterator[UUID], outcomes: Counter[str], now: datetime | None
) -> None:
    url = post.settings.smtp_url.get_secret_value()
    try:
        if not url:
            await _send_all(sessions, post, left, channels_of(post, None), outcomes, now)
            return
        async with Mailer(url, timeout_seconds=ANSWER_SECONDS) as mailer:
            channels = channels_of(post, mailer)
            await channels[NewsChannel.EMAIL].ready()
            await _send_all(sessions, post, left, channels, outcomes, now)
    except Absent as error:
        outcomes["absent"] += 1
        logger.warning("no mail server", extra={"error": type(error.__cause__).__name__})


async def _send_all(
    sessions: Sessions, post: Post, left: Iterator[UUID], channels: Mapping[NewsChannel, Carrier],
    outcomes: Counter[str], now: datetime | None,
) -> None:  # fmt: skip
    """Raises Absent."""
    for report_id in left:
        at = now or utc_now()
        claimed = await claim_message(sessions, post, report_id, now=at)
        if claimed is not None:
            outcomes[await _send_one(sessions, claimed, channels, now=at)] += 1


async def _send_one(
    sessions: Sessions, claimed: ClaimedNews, channels: Mapping[NewsChannel, Carrier], *, now: datetime
) -> str:
    """What became of it. Raises Absent."""
    try:
        async with asyncio.timeout(LEASE.total_seconds() / 2):
            templates = await channels[claimed.channel].send(claimed.outgoing, at=now)
    except Refused as refusal:
        return await _refused(sessions, claimed, refusal, now=now)
    except (Absent, TimeoutError) as error:
        if isinstance(error, Absent) and not error.in_mail:
            async with sessions.begin() as session:
                await queries.put_off_news(session, claimed.ids, until=now + ABSENCE)
        else:  # it may have been taken: sent for ever it would be a flood
            await _refused(sessions, claimed, Refused("no answer", 0), now=now)
        if claimed.channel is not NewsChannel.EMAIL:  # a gateway that is away holds up no mail
            return "put_off"
        raise Absent from error.__cause__ or error
    async with sessions.begin() as session:
        settled: dict[UUID, str | None] = dict(templates)
        await queries.settle_news(session, settled, why=None, channel=claimed.channel, now=now, attempts=1)
    return "told"


async def _refused(sessions: Sessions, claimed: ClaimedNews, refusal: Refused, *, now: datetime) -> str:
    attempts, error = claimed.attempts + 1, str(refusal)
    async with sessions.begin() as session:
        if not refusal.for_good and attempts < ATTEMPTS:
            until = now + timedelta(seconds=backoff_seconds(attempts))
            await queries.put_off_news(session, claimed.ids, until=until, attempts=1, error=error)
            return "postponed"
        if refusal.unknown:
            reply = str(refusal.code)
            await queries.stop_mail_to(session, claimed.reporter_id, reason=Untold.REFUSED, reply=reply, now=now)
        settled = dict.fromkeys(claimed.ids)
        await queries.settle_news(session, settled, why=Untold.REFUSED, now=now, attempts=1, error=error)
    logger.warning("a reporter was not told", extra={"message_id": str(claimed.outgoing.message_id), "reply": error})
    return "refused"
