"""Makes the public text of a report. Pure, and slow like the masking: outside the event loop, before any lock."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from routing_service.texts.kinds import Field, Kind, Mask, Source, Span
from routing_service.texts.mask import MASKING, find, masked

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Original:
    """The words of a report as they were written; the title may be the verifier's."""

    report_id: UUID
    title: str
    body: str

    def field(self, field: Field) -> str:
        return self.title if field is Field.TITLE else self.body

    def words(self, mask: Mask) -> str:
        """What a mask hides."""
        return self.field(mask.field)[mask.span.start : mask.span.end]


@dataclass(frozen=True, slots=True)
class Made:
    """A public text, and the masks that made it."""

    report_id: UUID
    title: str
    body: str
    masks: tuple[Mask, ...]
    masking: int = MASKING  #: which version of the machine's


def make_all(originals: Iterable[Original]) -> list[Made]:
    return [make(original) for original in originals]


def make(original: Original, decided: Sequence[Mask] = ()) -> Made:
    """`decided`: what people said of this very text: masks that they added, and masks of the machine they lifted."""
    return compose(original, [*decided, *(mask for field in Field for mask in _machines(original, field, decided))])


def _machines(original: Original, field: Field, decided: Sequence[Mask]) -> list[Mask]:
    lifted = {(mask.span.start, mask.span.end) for mask in decided if mask.lifted and mask.field is field}
    found = _found(original.field(field), original.report_id)
    return [Mask(field, span, Source.MACHINE) for span in found if (span.start, span.end) not in lifted]


def retitled(original: Original, masks: Sequence[Mask], title: str) -> Made:
    """The same report under another title. What people decided about words stands for the same words in it."""
    renamed = Original(original.report_id, title, original.body)
    kept = [mask for mask in masks if mask.field is Field.BODY]
    decided = [mask for mask in masks if mask.lifted or mask.source is Source.VERIFIER]
    again = {
        Mask(Field.TITLE, Span(start, end, mask.span.kind), mask.source, mask.lifted)
        for mask in decided
        for start, end in occurrences(original.words(mask), title)
    }
    in_title = sorted(again, key=lambda mask: mask.span)
    return compose(renamed, [*kept, *in_title, *_machines(renamed, Field.TITLE, in_title)])


def occurrences(words: str, text: str) -> list[tuple[int, int]]:
    """Where these words stand, in either case, and not as a part of longer ones."""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    return [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) if match.group()]


def compose(original: Original, masks: Iterable[Mask]) -> Made:
    """The text that these masks make of the original."""
    in_order = tuple(sorted(masks, key=lambda mask: (mask.field is Field.BODY, mask.span)))

    def of(field: Field) -> str:
        spans = [mask.span for mask in in_order if mask.field is field and not mask.lifted]
        return masked(original.field(field), spans)

    return Made(original.report_id, of(Field.TITLE), of(Field.BODY), in_order)


def public(text: str) -> str:
    """What everybody may read of an official answer."""
    return masked(text, _found(text))


def _found(text: str, report_id: UUID | None = None) -> Sequence[Span]:
    """A text that cannot be read by the machine is masked as a whole: a verifier sees it, nobody else."""
    try:
        return find(text)
    except Exception as error:
        logger.error("text not read", extra={"report_id": str(report_id or ""), "error": type(error).__name__})
        return [Span(0, len(text), Kind.OTHER)]
