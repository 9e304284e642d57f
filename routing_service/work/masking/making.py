"""Makes the public text of a report. Pure, and slow like the masking: outside the event loop, before any lock."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from routing_service.report.masks import Field, Kind, Mask, PublicAnswer, Source, Span
from routing_service.work.masking.mask import MASKING, find_people, masked
from shared.domain.folding import fold

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
    return [make_public_text(original) for original in originals]


def make_public_text(original: Original, decided: Sequence[Mask] = ()) -> Made:
    """`decided`: what people said of this very text: masks that they added, and masks of the machine they lifted."""
    return compose(original, [*decided, *(mask for field in Field for mask in _machines(original, field, decided))])


def _machines(original: Original, field: Field, decided: Sequence[Mask]) -> list[Mask]:
    mine = [mask for mask in decided if mask.field is field]
    return machines(original.field(field), field, mine, original.report_id)


def machines(text: str, field: Field, decided: Sequence[Mask], about: UUID | None = None) -> list[Mask]:
    """What the machine masks in a text, without what somebody above the agency took back as a whole."""
    lifted = [mask.span for mask in decided if mask.lifted]
    return [
        Mask(field, span, Source.MACHINE)
        for span in _found(text, about)
        if not any(taken.start <= span.start and span.end <= taken.end for taken in lifted)
    ]


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
    """Where these words stand, in either case, however they are spelt, and not as a part of longer ones."""
    pattern = r"\s+".join(re.escape(word) for word in fold(words).text.split())
    folded = fold(text)
    found = re.finditer(rf"(?<!\w){pattern}(?!\w)", folded.text, re.IGNORECASE)
    return [folded.original(*match.span()) for match in found if match.group()]


def compose(original: Original, masks: Iterable[Mask]) -> Made:
    """The text that these masks make of the original."""
    in_order = tuple(sorted(masks, key=lambda mask: (mask.field is Field.BODY, mask.span)))

    def of(field: Field) -> str:
        spans = [mask.span for mask in in_order if mask.field is field and not mask.lifted]
        return masked(original.field(field), spans)

    return Made(original.report_id, of(Field.TITLE), of(Field.BODY), in_order)


def public(text: str, decided: Sequence[Mask] = ()) -> PublicAnswer:
    """What everybody may read of an official answer. `decided`: what people said of the masks of this very answer."""
    return answer_with(text, [*decided, *machines(text, Field.BODY, decided)], masking=MASKING)


def answer_with(text: str, masks: Iterable[Mask], *, masking: int) -> PublicAnswer:
    """An official answer with these masks."""
    in_order = tuple(sorted(masks, key=lambda mask: mask.span))
    return PublicAnswer(masked(text, [mask.span for mask in in_order if not mask.lifted]), in_order, masking)


def _found(text: str, report_id: UUID | None = None) -> Sequence[Span]:
    """A text that cannot be read by the machine is masked as a whole: a verifier sees it, nobody else."""
    try:
        return find_people(text)
    except Exception as error:
        logger.error("text not read", extra={"report_id": str(report_id or ""), "error": type(error).__name__})
        return [Span(0, len(text), Kind.OTHER)]
