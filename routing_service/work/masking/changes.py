"""What people change about the masks of a text. Pure.

Whoever works on a report adds masks; only above the agency may one be lifted. A lifted mask of the machine is kept, so
that making the text again does not bring it back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from routing_service.report.masks import Field, Kind, Mask, Source, Span
from routing_service.work.masking.making import Original, occurrences

MaskKey = tuple[Field, int, int]

MOST_MASKS = 2_000


@dataclass(frozen=True, slots=True)
class Changed:
    masks: list[Mask]
    added: int
    lifted: int


def key_of(mask: Mask) -> MaskKey:
    return mask.field, mask.span.start, mask.span.end


def change_masks(masks: Sequence[Mask], *, add: Iterable[Mask], lift: Iterable[MaskKey]) -> Changed:
    """Lift first, then add: a stretch that is named in both is masked, by the person who asks."""
    places = set(lift)
    kept: list[Mask] = []
    lifted = 0
    for mask in masks:
        if key_of(mask) not in places or mask.lifted:
            kept.append(mask)
            continue
        lifted += 1
        if mask.source is Source.MACHINE:
            kept.append(replace(mask, lifted=True))
    standing = {key_of(mask) for mask in kept if not mask.lifted}
    wanted = {key_of(mask): mask for mask in add}
    new = [mask for place, mask in wanted.items() if place not in standing]
    return Changed([*kept, *new], len(new), lifted)


def masks_of_words(original: Original, words: str, kind: Kind) -> list[Mask]:
    """A mask wherever these words stand, in the title and in the body."""
    return [
        Mask(field, Span(start, end, kind), Source.VERIFIER)
        for field in Field
        for start, end in occurrences(words, original.field(field))
    ]
