"""Keeps the public text of every report: made when it is received, made again with the verifier's title."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.cases import Case
from routing_service.texts import queries
from routing_service.texts.making import Original, make, make_all, retitled
from shared.database import Sessions
from shared.events import ROUTING

ACTOR = f"service:{ROUTING}"


async def make_missing(sessions: Sessions, report_ids: Iterable[UUID], *, now: datetime) -> int:
    """Public texts for those of the reports that have none; how many were made.

    The masking takes milliseconds for each text: in a thread, so that requests go on, and without a lock on anything.
    """
    wanted = list(report_ids)
    if not wanted:
        return 0
    async with sessions() as session:
        originals = await queries.without(session, wanted)
    if not originals:
        return 0
    made = await asyncio.to_thread(make_all, originals)
    async with sessions.begin() as session:
        await queries.add(session, made, by=ACTOR, now=now)
    return len(made)


async def follow_title(session: AsyncSession, case: Case, before: str, *, now: datetime) -> None:
    """Mask the title that a verifier gave. What people decided about words stands for the same words in it.

    The caller holds the lock of the report's chain. One title takes about a millisecond.
    """
    after = case.verified_title or case.title
    body, known = await queries.body_and_masks(session, case.id)
    if known is None:
        made = await asyncio.to_thread(make, Original(case.id, after, body))
    elif before == after:
        return
    else:
        made = retitled(Original(case.id, before, body), known, after)
    await queries.replace(session, [made], by=ACTOR, now=now)
