"""Short messages: how long a text is on its way through a telephone network, and how news is fitted into one. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: GSM 03.38: one septet each.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: And two each.
_EXTENDED = frozenset("^{}\\[~]|€\f")
#: A message that costs more than two is not a short one.
MOST_PARTS = 2
#: What WhatsApp takes in one message, in characters.
MOST_OF_A_CHAT = 4_096
_CUT = "..."


class Alphabet(StrEnum):
    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


#: How many units are in a message that goes alone, and in each part of one that is put together again.
_UNITS = {Alphabet.GSM_7: (160, 153), Alphabet.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Length:
    """Of a text: `units` are septets, or pairs of bytes; `parts` is what the operator is charged."""

    alphabet: Alphabet
    units: int
    parts: int


def length_of(text: str) -> Length:
    alphabet = Alphabet.GSM_7 if all(one in _BASIC or one in _EXTENDED for one in text) else Alphabet.UCS_2
    if alphabet is Alphabet.GSM_7:
        costs = [2 if one in _EXTENDED else 1 for one in text]
    else:
        costs = [len(one.encode("utf-16-be")) // 2 for one in text]
    alone, part = _UNITS[alphabet]
    return Length(alphabet, sum(costs), 1 if sum(costs) <= alone else _parts(costs, part))


def _parts(costs: Sequence[int], part: int) -> int:
    """What takes two units is not torn apart: it begins the next part."""
    parts, filled = 1, 0
    for cost in costs:
        if filled + cost > part:
            parts, filled = parts + 1, 0
        filled += cost
    return parts


def fits_sms(text: str) -> bool:
    return length_of(text).parts <= MOST_PARTS


def fits_chat(text: str) -> bool:
    return len(text) <= MOST_OF_A_CHAT


def fitted(framed: Callable[[str], str], told: Sequence[str], fits: Callable[[str], bool], *, between: str) -> str:
    """As much of the news as fits, the newest first to be kept, in order; the link in the frame leads to the rest."""
    for start in range(len(told)):
        text = framed(between.join(told[start:]))
        if fits(text):
            return text
    last = told[-1]
    while last and not fits(framed(last + _CUT)):
        last = last[:-1]
    return framed(last.rstrip() + _CUT)
