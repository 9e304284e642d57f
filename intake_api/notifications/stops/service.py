"""No more mails: as somebody asks, or as their server reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications import queries as news
from intake_api.notifications.choices import queries as choices
from intake_api.notifications.stops import queries
from intake_api.notifications.stops.bounces import Bounce
from intake_api.notifications.stops.page import Of
from shared.domain.erasure import NO_SALT
from shared.domain.news import Untold
from shared.schema import Report


async def report_of_mails(session: AsyncSession, report_id: UUID) -> Report | None:
    return await queries.report_by_id(session, report_id)


async def stop(session: AsyncSession, report: Report, of: Of, *, now: datetime) -> None:
    """Of an erased report there are no mails any more, and nothing is written down of it."""
    if report.salt == NO_SALT:
        return
    if of is Of.ADDRESS and report.reporter_id is not None:
        await news.stop_mail_to(session, report.reporter_id, reason="unsubscribed", reply=None, now=now)
        return
    await choices.choose_none(session, report.id, now=now)


async def take_bounce(session: AsyncSession, bounce: Bounce, *, now: datetime) -> int:
    """Nobody was told by a message that came back; of how many news. Nothing goes to an address that does not exist."""
    found = await queries.came_back(session, bounce.message_id, status=bounce.status, now=now)
    if bounce.for_good:
        for reporter_id in {one for one in found if one is not None}:
            await news.stop_mail_to(session, reporter_id, reason=Untold.BOUNCED, reply=bounce.status, now=now)
    return len(found)
