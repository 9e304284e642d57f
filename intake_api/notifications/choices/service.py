"""What a reporter chooses, and what comes of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.notifications.choices import queries
from intake_api.notifications.choices.schemas import SHOWN, NewsWay, NewsWish, WantedChannel
from intake_api.notifications.post import Post
from intake_api.notifications.texts import queries as texts
from intake_api.notifications.writing import USUAL, ours
from intake_api.timeline.told import told_entries
from shared.domain.erasure import NO_SALT
from shared.domain.newer import code
from shared.domain.news import NEWS_CHANNELS, UNTOLD, NewsChannel, Untold
from shared.domain.wording import Language, Wording, say
from shared.errors import Conflict, Invalid
from shared.queries.subtrees import instansi_of
from shared.queries.told import newest_told
from shared.schema import Report

_TOLD: Wording = ("Anda diberi tahu lewat {}.", "You are told by {}.")
_NOT_TOLD: Wording = ("Anda tidak diberi tahu: {}.", "You are not told: {}.")


async def read(session: AsyncSession, report: Report, post: Post, *, language: Language) -> NewsWay:
    found = await queries.way_of(session, report.id, post.ways)
    reason = None if found.reason is None else code(Untold, found.reason)
    channel = None if reason is not None or found.channel is None else code(NewsChannel, found.channel)
    if channel is not None:
        text = say(_TOLD, language).format(say(NEWS_CHANNELS[channel], language))
    else:
        text = say(_NOT_TOLD, language).format(say(UNTOLD[reason or Untold.NO_CONTACT], language))
    return NewsWay(
        channel=None if found.chosen is None else code(WantedChannel, found.chosen),
        language=found.language or USUAL,
        languages=await languages(session, report),
        told_by=channel,
        untold_because=reason,
        text=text,
        told=told_entries(
            await newest_told(session, report.id, limit=SHOWN), region=report.about_region_code, language=language
        ),
    )


async def languages(session: AsyncSession, report: Report) -> list[str]:
    """Ours, and those that an operator added, or the instansi that the report is with."""
    holder = None if report.secret else report.agency_code or report.holder_agency_code
    instansi = None if holder is None else await instansi_of(session, holder)
    own = await texts.in_force(session, [] if instansi is None else [instansi])
    return sorted(own.languages | {language for _, language in ours()})


async def choose(session: AsyncSession, report: Report, wish: NewsWish, *, now: datetime) -> None:
    """Raises Conflict, Invalid."""
    if report.salt == NO_SALT:
        raise Conflict("The words of this report were erased, and nothing more is done to it.", code="erased")
    if wish.language is not None and wish.language not in (known := await languages(session, report)):
        raise Invalid(
            f"There are no texts in this language; choose one of {', '.join(known)}.",
            pointer="/language",
            code="unknown_language",
        )
    await queries.choose(session, report.id, channel=wish.channel, language=wish.language, now=now)
    if wish.channel is WantedChannel.EMAIL and report.reporter_id is not None:
        await queries.lift_stop(session, report.reporter_id, handed_in=report.recorded_at)
