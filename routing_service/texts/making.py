"""Makes the public text of a report. Pure, and slow like the masking: outside the event loop, before any lock."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from routing_service.texts.kinds import Field, Kind, Mask, Source, Span
from routing_service.texts.mask import find, masked

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Original:
    """The words of a report as they were written; the title may be the verifier's."""

    report_id: UUID
    title: str
    body: str

    def field(self, field: Field) -> str:
        return self.title if field is Field.TITLE else self.body


@dataclass(frozen=True, slots=True)
class Made:
    """A public text, and the masks that made it."""

    report_id: UUID
    title: str
    body: str
    masks: tuple[Mask, ...]


def preload() -> None:
    """Have the patterns compiled: it takes most of a second."""
    find("Pak Budi")


def make_all(originals: Iterable[Original]) -> list[Made]:
    return [make(original) for original in originals]


def make(original: Original, kept: Sequence[Mask] = ()) -> Made:
    """`kept`: what people decided about this very text: masks that they added, and masks of the machine they lifted."""
    masks = [
        *kept,
        *(
            Mask(field, span, Source.MACHINE)
            for field in Field
            for span in _found(original.field(field), original.report_id)
            if not any(_lifts(mask, field, span) for mask in kept)
        ),
    ]
    return compose(original, masks)


def compose(original: Original, masks: Iterable[Mask]) -> Made:
    """The text that these masks make of the original."""
    in_order = tuple(sorted(masks, key=lambda mask: (mask.field is Field.BODY, mask.span)))

    def of(field: Field) -> str:
        spans = [mask.span for mask in in_order if mask.field is field and not mask.lifted]
        return masked(original.field(field), spans)

    return Made(original.report_id, of(Field.TITLE), of(Field.BODY), in_order)


def _lifts(mask: Mask, field: Field, span: Span) -> bool:
    return mask.lifted and mask.field is field and (mask.span.start, mask.span.end) == (span.start, span.end)


def _found(text: str, report_id: UUID) -> Sequence[Span]:
    """A text that cannot be read by the machine is masked as a whole: a verifier sees it, nobody else."""
    try:
        return find(text)
    except Exception as error:
        logger.error("text not read", extra={"report_id": str(report_id), "error": type(error).__name__})
        return [Span(0, len(text), Kind.OTHER)]
