"""One message in several parts: what says that it is one, how it is put together, how ours are taken apart. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intake_api.notifications.texting import Alphabet, length_of, parts_of

#: Of one message; a phone sends ten at most.
MOST_PARTS = 20
#: Information elements of a user data header: part of a message whose number has a byte, or two (3GPP TS 23.040).
_CONCATENATED, _CONCATENATED_16 = 0x00, 0x08


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Where a part belongs: the number that the phone gave the message, how many there are, which one it is."""

    number: int
    total: int
    seq: int

    @property
    def is_possible(self) -> bool:
        return 1 <= self.seq <= self.total <= MOST_PARTS and 0 <= self.number <= 0xFFFF


def place_of_header(header: bytes) -> PartPlace | None:
    """Of a user data header, whose first byte is its length. None: the message is no part, or nobody can read it."""
    at = 1
    while at + 2 <= len(header):
        kind, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if len(value) < size:
            return None
        if kind == _CONCATENATED and size == 3:
            return _place(value[0], value[1], value[2])
        if kind == _CONCATENATED_16 and size == 4:
            return _place(int.from_bytes(value[:2]), value[2], value[3])
        at += 2 + size
    return None


def _place(number: int, total: int, seq: int) -> PartPlace | None:
    """A message of one part is whole."""
    return None if total == 1 else PartPlace(number, total, seq)


def joined(words: Mapping[int, str], total: int, *, missing: str = "[...]") -> str:
    """In order, whatever the order in which they came; `missing` stands for those that did not."""
    text = "".join(words.get(seq, missing) for seq in range(1, total + 1))
    return _rejoined(text)


def _rejoined(text: str) -> str:
    """A character that takes two units of UCS-2 may have been torn apart between two parts."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def header_of(number: int, total: int, seq: int) -> bytes:
    return bytes((5, _CONCATENATED, 3, number & 0xFF, total, seq))


def taken_apart(text: str) -> Sequence[str]:
    """As the network carries it: one message, or parts that leave room for their headers."""
    return parts_of(text)


def is_unicode(text: str) -> bool:
    return length_of(text).alphabet is Alphabet.UCS_2
