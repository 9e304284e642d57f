"""Public texts for reports of before: those that have none, or one of an older masking.

Nothing is locked while texts are masked. What was changed in the meantime stays as it is: it is the newer one.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from routing_service.texts import queries
from routing_service.texts.kinds import Source
from routing_service.texts.making import Made, make, public
from routing_service.texts.queries import Candidate
from shared.clock import utc_now
from shared.database import Sessions
from shared.events import ROUTING

ACTOR = f"service:{ROUTING}"
_FIRST = UUID(int=0)


async def count(sessions: Sessions, *, made_before: datetime | None) -> int:
    async with sessions() as session:
        return await queries.count_candidates(session, made_before=made_before)


async def mask(sessions: Sessions, *, made_before: datetime | None, batch: int = 100) -> AsyncIterator[int]:
    """How many were masked, batch by batch. `made_before`: all that were made before, not only by an older masking.

    Several may do this at once, and share the work; whoever is stopped goes on where he was when he is started again.
    """
    after = _FIRST
    while True:
        async with sessions.begin() as session:  # ends the claim, a lock that only others of us ask for
            candidates = await queries.claim_candidates(session, after=after, made_before=made_before, limit=batch)
            if not candidates:
                return
            made = await asyncio.to_thread(_make_all, candidates)
            known = [candidate.masked_at for candidate in candidates]
            await queries.renew(session, made, known, by=ACTOR, now=utc_now())
        after = max(candidate.original.report_id for candidate in candidates)
        yield len(candidates)


async def mask_answers(sessions: Sessions, *, batch: int = 100) -> int:
    """Official answers of before; how many. Restartable, as the reports are."""
    after, done = _FIRST, 0
    while True:
        async with sessions.begin() as session:
            answers = await queries.unmasked_answers(session, after=after, limit=batch)
            if not answers:
                return done
            made = await asyncio.to_thread(lambda: {id: public(body) for id, body in answers})  # noqa: B023
            await queries.mask_answers(session, made)
        after = answers[-1].id
        done += len(answers)


def _make_all(candidates: list[Candidate]) -> list[Made]:
    return [_make(candidate) for candidate in candidates]


def _make(candidate: Candidate) -> Made:
    """With what people decided about the text; that the masking is new changes nothing about it."""
    decided = [mask for mask in candidate.masks if mask.lifted or mask.source is Source.VERIFIER]
    return make(candidate.original, decided)
