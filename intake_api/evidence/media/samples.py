"""Where the pictures and the sound of a track lie in a file (ISO/IEC 14496-12, stsz, stsc, stco, co64). Pure."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intake_api.evidence.media.boxes import BadBoxes, Box, Boxes

#: An hour at 60 pictures a second, and some.
MOST_SAMPLES = 500_000
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the samples of a track, in bytes. `each`: of sound, which has millions that are alike."""

    count: int
    each: int = 0
    listed: Sequence[int] = ()

    def total(self, first: int, after: int) -> int:
        return self.each * (after - first) or sum(self.listed[first:after])


def ranges_of(boxes: Boxes, table: Box) -> list[Range]:
    """Of each chunk of a track: its first byte and the one after its last. `table`: its stbl. Raises BadBoxes."""
    found = {box.type: box for box in boxes.of(table)}
    sizes = _sizes(boxes, found)
    offsets = list(_offsets(boxes, found))
    chunks: list[Range] = []
    sample = 0
    for start, count in zip(offsets, _counts(boxes, found, len(offsets)), strict=True):
        if sample + count > sizes.count:
            raise BadBoxes
        chunks.append((start, start + sizes.total(sample, sample + count)))
        sample += count
    if sample != sizes.count:
        raise BadBoxes
    return chunks


def _fields(boxes: Boxes, box: Box | None) -> bytes:
    """After version and flags."""
    if box is None:
        raise BadBoxes
    return boxes.bytes_of(box)[4:]


def _numbers(data: bytes, count: int, per: int, shape: str) -> Sequence[int]:
    if count > MOST_SAMPLES or len(data) < count * per:
        raise BadBoxes
    return struct.unpack(f">{count * per // struct.calcsize('>' + shape)}{shape}", data[: count * per])


def _sizes(boxes: Boxes, found: dict[bytes, Box]) -> Sizes:
    if b"stz2" in found:
        listed = _small_sizes(_fields(boxes, found[b"stz2"]))
        return Sizes(len(listed), listed=listed)
    data = _fields(boxes, found.get(b"stsz"))
    if len(data) < 8:
        raise BadBoxes
    each, count = struct.unpack(">II", data[:8])
    if count > MOST_SAMPLES * 100:
        raise BadBoxes
    return Sizes(count, each=each) if each else Sizes(count, listed=_numbers(data[8:], count, 4, "I"))


def _small_sizes(data: bytes) -> Sequence[int]:
    """stz2: 4, 8 or 16 bits each."""
    if len(data) < 8:
        raise BadBoxes
    bits, count = data[3], int.from_bytes(data[4:8])
    if bits == 16:
        return _numbers(data[8:], count, 2, "H")
    if bits == 8:
        return _numbers(data[8:], count, 1, "B")
    if bits != 4:
        raise BadBoxes
    pairs = _numbers(data[8:], (count + 1) // 2, 1, "B")
    return [half for pair in pairs for half in (pair >> 4, pair & 15)][:count]


def _offsets(boxes: Boxes, found: dict[bytes, Box]) -> Iterator[int]:
    wide = b"co64" in found
    data = _fields(boxes, found.get(b"co64" if wide else b"stco"))
    if len(data) < 4:
        raise BadBoxes
    yield from _numbers(data[4:], int.from_bytes(data[:4]), 8 if wide else 4, "Q" if wide else "I")


def _counts(boxes: Boxes, found: dict[bytes, Box], chunks: int) -> Iterator[int]:
    """How many samples each chunk has: stsc names the first chunk of each run."""
    data = _fields(boxes, found.get(b"stsc"))
    if len(data) < 4:
        raise BadBoxes
    count = int.from_bytes(data[:4])
    runs = _numbers(data[4:], count, 12, "I")
    firsts, each = runs[0::3], runs[1::3]
    for number, (first, samples) in enumerate(zip(firsts, each, strict=True)):
        after = firsts[number + 1] if number + 1 < count else chunks + 1
        if not 1 <= first < after <= chunks + 1 or (number == 0 and first != 1):
            raise BadBoxes
        for _ in range(first, after):
            yield samples
