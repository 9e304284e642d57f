"""What everybody may read: put together anew from the words and the stored masks, and masked anew from the words and
from what people decided, where today's masking made it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from routing_service.report.masks import Mask, Source, masks_of
from routing_service.work.masking.making import Original, answer_with, compose, make_public_text, public
from routing_service.work.masking.mask import MASKING
from services.audit.files import File, Findings, Found
from shared.log.payloads.routing import ReportMasked


def is_true(message: Row[Any]) -> bool:
    """Whether the public version of an official answer is its words with the masks that are stored with it, and these
    are those of today's masking, where that made them.
    """
    if message.public_body is None:
        return True
    masks = masks_of(message.masks or ())
    if not all(_lies_in(mask, message.body) for mask in masks):
        return False
    made = [answer_with(message.body, masks, masking=MASKING)]
    if message.masking == MASKING:
        made.append(public(message.body, _decided(masks)))
    return all(message.public_body == one.body for one in made)


def public_texts(file: File) -> Findings:
    for message in file.messages.values():
        if not message.public_is_true:
            yield Found(None, f"what is public of message {message.id} is not its words with its masks")
    if file.report["public_masking"] is None or file.person_erased:  # routing_service removes it when it hears
        return
    masks = masks_of(file.report["public_masks"])
    if any(mask.lifted for mask in masks) and not _somebody_lifted(file):
        yield Found(None, "a mask of its public text was lifted, and none of its events says so")
    original = _original(file.report)
    if not all(_lies_in(mask, original.field(mask.field)) for mask in masks):
        yield Found(None, "a mask of its public text lies outside of its words")
        return
    made = [compose(original, masks)]
    if file.report["public_masking"] == MASKING:
        made.append(make_public_text(original, _decided(masks)))
    stored = (file.report["public_title"], file.report["public_body"])
    if any((one.title, one.body) != stored for one in made):
        yield Found(None, "its public text is not its words with its masks")


def _lies_in(mask: Mask, words: str) -> bool:
    return 0 <= mask.span.start <= mask.span.end <= len(words)


def _original(report: Mapping[str, Any]) -> Original:
    return Original(report["id"], report["verified_title"] or report["title"], report["body"])


def _decided(masks: Iterable[Mask]) -> list[Mask]:
    """By people; the machine's are found again."""
    return [mask for mask in masks if mask.lifted or mask.source is Source.VERIFIER]


def _somebody_lifted(file: File) -> bool:
    changes = (event.carries(ReportMasked) for event in file.history)
    return any(change.lifted for change in changes if change is not None)
