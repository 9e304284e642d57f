"""Keeps the public text of every report. A worker makes it (chores/); it is made again with the verifier's title."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.case import Case
from routing_service.report.masks import LABELS, Mask, Source, Span, masks_of
from routing_service.report.reading import service as reports
from routing_service.report.rights import Sight
from routing_service.report.search import queries as search
from routing_service.report.search.queries import Words
from routing_service.report.search.words import spaced
from routing_service.work.desk.service import Desk, Errand, take_up
from routing_service.work.masking import changes, queries, refusals
from routing_service.work.masking.making import Made, Original, compose, make_public_text, retitled
from routing_service.work.masking.schemas import MaskChange, MaskView, PublicTextView, TextView
from shared.actors import ROUTING
from shared.clients import Client
from shared.domain.messages import MessageKind
from shared.errors import Forbidden, Invalid
from shared.log.payloads.routing import ReportMasked
from shared.schema import PublicText

ACTOR = f"service:{ROUTING}"


async def follow_title(session: AsyncSession, case: Case, *, now: datetime) -> None:
    """Mask the title that a verifier gave, and have the report found by it.

    What people decided about words stands for the same words in it.

    The caller holds the lock of the report's chain, and has not stored the title yet. One takes about a millisecond.
    """
    after = case.verified_title or case.title
    original, text = await queries.original_and_text(session, case.id)
    await search.replace_words(session, Words(case.id, after, True, spaced(original.body)))
    if text is None:
        made = await asyncio.to_thread(make_public_text, replace(original, title=after))
    elif after == original.title:
        return
    else:
        made = replace(retitled(original, masks_of(text.masks), after), masking=text.masking)
    await queries.replace_public_texts(session, [made], by=ACTOR, now=now)


# --- officers see and change it ----------------------------------------------------------------------------


async def show(session: AsyncSession, reference: str, client: Client) -> PublicTextView:
    """Raises Forbidden for those who may not read the original."""
    found = await reports.find_report(session, reference, client)
    if found.sight is not Sight.FULL:
        raise Forbidden("Only those who may read what the reporter wrote see what is masked in it.")
    original, text = await queries.original_and_text(session, found.row.id)
    return _view(original, text, found.row.fact_seq)


async def change_public_text(session: AsyncSession, errand: Errand, body: MaskChange) -> PublicTextView:
    """Raises Forbidden, VersionMismatch, Invalid."""
    desk = await take_up(session, errand, None, occurred_at=None)
    if body.lift:
        refusals.check_may_lift(desk.standing, body.reason)
    original, text = await queries.original_and_text(session, desk.case.id)
    if text is None:
        made = await asyncio.to_thread(make_public_text, original)
        masks, masking = list(made.masks), made.masking
    else:
        masks, masking = masks_of(text.masks), text.masking
    changed = changes.change_masks(masks, add=_added(original, body), lift=_lifted(masks, body))
    refusals.check_number(changed)
    if changed.added or changed.lifted:
        made = replace(compose(original, changed.masks), masking=masking)
        await _store(session, desk, made, changed, body.reason)
    original, text = await queries.original_and_text(session, desk.case.id)
    return _view(original, text, desk.head.fact_seq)


async def _store(session: AsyncSession, desk: Desk, made: Made, changed: changes.Changed, reason: str | None) -> None:
    await queries.replace_public_texts(session, [made], by=desk.client.actor, now=desk.now)
    said = None if reason is None else await desk.say(session, MessageKind.NOTE, reason)
    await desk.record(session, ReportMasked(added=changed.added, lifted=changed.lifted, said=said))


def _added(original: Original, body: MaskChange) -> list[Mask]:
    added = []
    for number, given in enumerate(body.masks):
        refusals.check_inside(given.end, original.field(given.field), given.field, pointer=f"/masks/{number}/end")
        added.append(Mask(given.field, Span(given.start, given.end, given.type), Source.VERIFIER))
    for number, words in enumerate(body.words):
        found = changes.masks_of_words(original, words, body.type)
        if not found:
            raise Invalid(
                "These words are neither in the title nor in the body.",
                pointer=f"/words/{number}",
                code="words_not_found",
            )
        added += found
    return added


def _lifted(masks: Sequence[Mask], body: MaskChange) -> Sequence[changes.MaskKey]:
    return refusals.known_places(masks, [(given.field, given.start, given.end) for given in body.lift])


def _view(original: Original, text: PublicText | None, version: int) -> PublicTextView:
    masks = [] if text is None else masks_of(text.masks)
    return PublicTextView(
        version=version,
        original=TextView(title=original.title, body=original.body),
        masked=None if text is None else TextView(title=text.title, body=text.body),
        masks=[
            MaskView(
                field=mask.field, start=mask.span.start, end=mask.span.end, type=mask.span.kind,
                label=LABELS[mask.span.kind], words=original.words(mask), source=mask.source, lifted=mask.lifted,
            )
            for mask in masks
        ],
        masked_at=None if text is None else text.masked_at,
        masked_by=None if text is None else text.masked_by,
    )  # fmt: skip
