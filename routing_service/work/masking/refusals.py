"""What stands against a change of masks, in a text or in an answer."""

from collections.abc import Sequence

from routing_service.report.masks import Mask
from routing_service.report.rights import Standing
from routing_service.work.masking.changes import MOST_MASKS, Changed, MaskKey, key_of
from shared.errors import Forbidden, Invalid


def may_lift(standing: Standing) -> bool:
    return standing in (Standing.NATIONAL, Standing.COORDINATOR)


def check_may_lift(standing: Standing, reason: str | None) -> None:
    if not may_lift(standing):
        raise Forbidden("An agency can only add masks; ask the coordinator to lift one.", code="may_not_lift")
    if reason is None:
        raise Invalid("Give the reason why these masks can be lifted.", pointer="/reason", code="reason_required")


def check_number(changed: Changed) -> None:
    if len(changed.masks) > MOST_MASKS:
        most = f"{MOST_MASKS:,}"
        raise Invalid(
            f"A text can have {most} masks at most; mask longer stretches.", pointer="/masks", code="too_many_masks"
        )


def check_inside(end: int, text: str, name: str, *, pointer: str) -> None:
    if end > len(text):
        raise Invalid(
            f"The {name} has {len(text)} characters; this mask ends at {end}.",
            pointer=pointer,
            code="mask_outside_text",
        )


def known_places(masks: Sequence[Mask], places: Sequence[MaskKey]) -> Sequence[MaskKey]:
    """Raises Invalid for a place without a mask."""
    there = {key_of(mask) for mask in masks}
    for number, place in enumerate(places):
        if place not in there:
            raise Invalid("There is no mask at this place.", pointer=f"/lift/{number}", code="unknown_mask")
    return places
