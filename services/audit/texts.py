"""What everybody may read: masked anew from the words and from what people decided, where today's masking made it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from routing_service.report.masks import Mask, Source, masks_of
from routing_service.work.masking.making import Original, make, public
from routing_service.work.masking.mask import MASKING
from services.audit.files import File, Findings, Found


def is_true(message: Row[Any]) -> bool:
    """Whether the public version of an official answer is what masking makes of its words."""
    if message.public_body is None or message.masking != MASKING:
        return True
    masked: str = public(message.body, _decided(masks_of(message.masks or ()))).body
    return bool(message.public_body == masked)


def public_texts(file: File) -> Findings:
    for message in file.messages.values():
        if not message.public_is_true:
            yield Found(None, f"what is public of message {message.id} is not its words with its masks")
    stored = file.report["public_masking"]
    if stored is None or stored != MASKING:
        return
    masks = masks_of(file.report["public_masks"])
    if any(mask.lifted for mask in masks) and not _somebody_lifted(file):
        yield Found(None, "a mask of its public text was lifted, and none of its events says so")
    made = make(_original(file.report), _decided(masks))
    if (made.title, made.body) != (file.report["public_title"], file.report["public_body"]):
        yield Found(None, "its public text is not its words with its masks")


def _original(report: Mapping[str, Any]) -> Original:
    return Original(report["id"], report["verified_title"] or report["title"], report["body"])


def _decided(masks: Iterable[Mask]) -> list[Mask]:
    """By people; the machine's are found again."""
    return [mask for mask in masks if mask.lifted or mask.source is Source.VERIFIER]


def _somebody_lifted(file: File) -> bool:
    return any(event.type == "report.masked" and event.data.get("lifted") for event in file.history)
