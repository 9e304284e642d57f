"""Public texts for what is from before: those that have none, or one of an older masking; official answers as well.

Nothing is locked while texts are masked. What was changed in the meantime stays as it is: it is the newer one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import UUID

from routing_service.report.masks import Mask, PublicAnswer, Source
from routing_service.work.masking import queries
from routing_service.work.masking.answers import queries as answers
from routing_service.work.masking.making import Made, make_public_text, public
from routing_service.work.masking.queries import Candidate
from shared.actors import ROUTING
from shared.clock import utc_now
from shared.database import Sessions

ACTOR = f"service:{ROUTING}"
_FIRST = UUID(int=0)


async def count_texts(sessions: Sessions, *, made_before: datetime | None) -> int:
    async with sessions() as session:
        return await queries.count_candidates(session, made_before=made_before)


async def mask(sessions: Sessions, *, made_before: datetime | None, batch: int = 100) -> AsyncIterator[int]:
    """How many were masked, batch by batch. `made_before`: all that were made before, not only by an older masking.

    Several may do this at once, and share the work; a run that was stopped goes on where it was.
    """
    after = _FIRST
    while True:
        async with sessions.begin() as session:  # ends the claim, a lock that only others of us ask for
            candidates = await queries.claim_candidates(session, after=after, made_before=made_before, limit=batch)
            if not candidates:
                return
            made = await asyncio.to_thread(_make_all, candidates)
            known = [candidate.masked_at for candidate in candidates]
            await queries.renew_public_texts(session, made, known, by=ACTOR, now=utc_now())
        after = max(candidate.original.report_id for candidate in candidates)
        yield len(candidates)


async def mask_answers(sessions: Sessions, *, everything: bool = False, batch: int = 100) -> AsyncIterator[int]:
    """How many official answers were masked, batch by batch. `everything`: not only those of an older masking."""
    after = _FIRST
    while True:
        async with sessions.begin() as session:
            older = await answers.claim_older(session, after=after, everything=everything, limit=batch)
            if not older:
                return
            made = await asyncio.to_thread(_answer_all, older)
            await answers.renew_public_answers(session, made, now=utc_now())
        after = max(candidate.id for candidate in older)
        yield len(older)


async def renew_all(sessions: Sessions, *, batch: int = 20) -> AsyncIterator[int]:
    """Mask anew what an older masking made, texts and answers alike, a portion at a time; how many each has."""
    async for number in mask(sessions, made_before=None, batch=batch):
        yield number
    async for number in mask_answers(sessions, batch=batch):
        yield number


def _answer_all(older: list[answers.Candidate]) -> list[tuple[answers.Candidate, PublicAnswer]]:
    return [(candidate, public(candidate.body, _decided(candidate.masks))) for candidate in older]


def _make_all(candidates: list[Candidate]) -> list[Made]:
    return [_make(candidate) for candidate in candidates]


def _make(candidate: Candidate) -> Made:
    return make_public_text(candidate.original, _decided(candidate.masks))


def _decided(masks: Iterable[Mask]) -> list[Mask]:
    """What people decided about a text; that the masking is new changes nothing about it."""
    return [mask for mask in masks if mask.lifted or mask.source is Source.VERIFIER]
