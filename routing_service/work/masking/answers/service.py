"""What is masked in an official answer: changed by the agency that answered, its coordinator or the national level."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.report import rights
from routing_service.report.masks import LABELS, Field, Mask, PublicAnswer, Source, Span
from routing_service.report.reading import service as reports
from routing_service.report.rights import Reader, Sight
from routing_service.work.desk.service import Desk, Errand, Named, take_up
from routing_service.work.masking import changes, making, refusals
from routing_service.work.masking.answers import queries
from routing_service.work.masking.answers.queries import StoredAnswer
from routing_service.work.masking.answers.schemas import AnswerChange, AnswerMaskView, PublicAnswerView
from shared.clients import Client
from shared.domain.messages import MessageKind
from shared.errors import Forbidden, Invalid, NotFound
from shared.log import public_changes
from shared.log.payloads.routing import ReportMasked


async def show(session: AsyncSession, reference: str, message_id: UUID, client: Client) -> PublicAnswerView:
    """Raises Forbidden for those who may not read the answer as it was written, NotFound."""
    found = await reports.find_report(session, reference, client)
    answer = await _answer(session, found.row.id, message_id)
    if found.sight is not Sight.FULL and not await _is_theirs(session, found.reader, answer):
        raise Forbidden("Only those who may read an answer as it was written see what is masked in it.")
    if found.sight is Sight.FULL:
        return _view(answer, found.row.fact_seq)
    return _view(answer, await public_changes.of_report(session, found.row.id))


async def change_public_answer(
    session: AsyncSession, errand: Errand, message_id: UUID, body: AnswerChange
) -> PublicAnswerView:
    """Raises Forbidden, NotFound, VersionMismatch, Invalid."""
    seen = await reports.find_report(session, errand.reference, errand.client)
    answer = await _answer(session, seen.row.id, message_id)  # its words and its agency never change
    made = await asyncio.to_thread(making.public, answer.body)  # before the lock
    named = Named(seen.row.id, seen.reader)
    desk = await take_up(session, errand, None, occurred_at=None, words_of=answer.agency, named=named)
    if body.lift:
        refusals.check_may_lift(desk.standing, body.reason)
    answer = await _answer(session, desk.case.id, message_id)
    public = answer.public or made
    changed = changes.change_masks(public.masks, add=_added(answer, body), lift=_lifted(public.masks, body))
    refusals.check_number(changed)
    if changed.added or changed.lifted:
        public = making.answer_with(answer.body, changed.masks, masking=public.masking)
        await queries.replace_public_answer(session, answer.id, public)
        await _record(session, desk, answer, changed, body.reason)
    return _view(await _answer(session, desk.case.id, message_id), await _version(session, desk, seen.sight))


async def _version(session: AsyncSession, desk: Desk, sight: Sight) -> int:
    if sight is Sight.FULL:
        return desk.head.fact_seq
    return await public_changes.of_report(session, desk.case.id)


async def _answer(session: AsyncSession, report_id: UUID, message_id: UUID) -> StoredAnswer:
    answer = await queries.find_answer(session, report_id, message_id)
    if answer is None:
        raise NotFound(f"This report has no official answer {message_id}.")
    return answer


async def _is_theirs(session: AsyncSession, client: Reader, answer: StoredAnswer) -> bool:
    if answer.agency is None:
        return False
    return rights.speaks_for(client, answer.agency, await registry.tree(session, (answer.agency,)))


async def _record(
    session: AsyncSession, desk: Desk, answer: StoredAnswer, changed: changes.Changed, reason: str | None
) -> None:
    said = None if reason is None else await desk.say(session, MessageKind.NOTE, reason)
    await desk.record(session, ReportMasked(answer=answer.id, added=changed.added, lifted=changed.lifted, said=said))


def _added(answer: StoredAnswer, body: AnswerChange) -> list[Mask]:
    added = []
    for number, given in enumerate(body.masks):
        refusals.check_inside(given.end, answer.body, "answer", pointer=f"/masks/{number}/end")
        added.append(Mask(Field.BODY, Span(given.start, given.end, given.type), Source.VERIFIER))
    for number, words in enumerate(body.words):
        found = making.occurrences(words, answer.body)
        if not found:
            raise Invalid("These words are not in the answer.", pointer=f"/words/{number}", code="words_not_found")
        added += [Mask(Field.BODY, Span(start, end, body.type), Source.VERIFIER) for start, end in found]
    return added


def _lifted(masks: Sequence[Mask], body: AnswerChange) -> Sequence[changes.MaskKey]:
    return refusals.known_places(masks, [(Field.BODY, given.start, given.end) for given in body.lift])


def _view(answer: StoredAnswer, version: int) -> PublicAnswerView:
    public = answer.public or PublicAnswer("", (), 0)
    return PublicAnswerView(
        version=version,
        message=answer.id,
        original=answer.body,
        masked=None if answer.public is None else public.body,
        masks=[
            AnswerMaskView(
                start=mask.span.start, end=mask.span.end, type=mask.span.kind, label=LABELS[mask.span.kind],
                words=answer.body[mask.span.start : mask.span.end], source=mask.source, lifted=mask.lifted,
            )
            for mask in public.masks
        ],
    )  # fmt: skip
