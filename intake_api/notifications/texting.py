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
    alphabet, costs = _costs(text)
    return Length(alphabet, sum(costs), len(_begins(alphabet, costs)))


def parts_of(text: str) -> Sequence[str]:
    """As the network carries it: one message, or parts that leave room for what says that they are parts."""
    begins = _begins(*_costs(text))
    return [text[begin:end] for begin, end in zip(begins, [*begins[1:], len(text)], strict=True)]


def _costs(text: str) -> tuple[Alphabet, Sequence[int]]:
    """In units, of each character."""
    if all(one in _BASIC or one in _EXTENDED for one in text):
        return Alphabet.GSM_7, [2 if one in _EXTENDED else 1 for one in text]
    return Alphabet.UCS_2, [len(one.encode("utf-16-be")) // 2 for one in text]


def _begins(alphabet: Alphabet, costs: Sequence[int]) -> Sequence[int]:
    """Where each part begins. What takes two units is not torn apart: it begins the next part."""
    alone, part = _UNITS[alphabet]
    begins, filled = [0], 0
    for at, cost in enumerate(costs if sum(costs) > alone else ()):
        if filled + cost > part:
            begins.append(at)
            filled = 0
        filled += cost
    return begins


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
