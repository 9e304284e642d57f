"""MP4 and 3GP: looked through and cleaned where they lie, box by box; nothing is decoded. Pure.

What is not needed to show pictures and play sound is overwritten with zeros of the same length, so that every offset
still holds: places and names in udta, meta and uuid, the times in the headers, tracks that are neither picture nor
sound (phones and cameras write where they went into one), and whatever lies in the data that no such track names.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from intake_api.evidence.media.boxes import BadBoxes, Box, Boxes, Read
from intake_api.evidence.media.samples import Range, ranges_of
from intake_api.evidence.media.tasks import CameraSaid, FileLimits, Refused
from shared.domain.evidence import Refusal

#: Of the whole file; anything else becomes `free`.
_TOP = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pdin"})
_FRAGMENTS = frozenset({b"moof", b"mvex", b"sidx"})
#: Of what holds others: what is kept in it.
_KEPT = {
    b"moov": frozenset({b"mvhd", b"trak", b"iods"}),
    b"trak": frozenset({b"tkhd", b"edts", b"tref", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"nmhd", b"hdlr", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stsh", b"sdtp",
         b"sgpd", b"sbgp", b"stps"}
    ),
}  # fmt: skip
_PICTURE, _SOUND = b"vide", b"soun"
_CODECS = {
    _PICTURE: frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v", b"s263", b"h263", b"av01", b"vp08", b"vp09"}),
    _SOUND: frozenset({b"mp4a", b"samr", b"sawb", b"sawp", b"ac-3", b"ec-3", b"Opus", b"alac", b".mp3", b"sqcp",
                       b"lpcm", b"sowt", b"twos"}),
}  # fmt: skip
_MAC_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_ISO_6709 = re.compile(rb"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")


@dataclass(slots=True)
class Cleaned:
    """What is written over: `zeroed` with zeros, `freed` boxes get the type `free` as well. The rest stays."""

    zeroed: list[Range] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)  #: where their types stand
    seconds: float = 0.0
    said: CameraSaid = field(default_factory=CameraSaid)


def clean(read: Read, size: int, limits: FileLimits) -> Cleaned:
    """Raises Refused."""
    try:
        return _clean(Boxes(read, size), limits)
    except (BadBoxes, struct.error, OverflowError):
        raise Refused(Refusal.DAMAGED) from None


def _clean(boxes: Boxes, limits: FileLimits) -> Cleaned:
    top = list(boxes.top())
    if any(box.type in _FRAGMENTS for box in top):
        raise Refused(Refusal.VIDEO_IN_FRAGMENTS)
    films = [box for box in top if box.type == b"moov"]
    if len(films) != 1:
        raise BadBoxes
    made = Cleaned()
    for box in top:
        if box.type not in _TOP or box.type in (b"free", b"skip", b"wide"):
            _free(made, box)
    kept = _clean_film(boxes, films[0], made, limits)
    data = [(box.body, box.end) for box in top if box.type == b"mdat"]
    made.zeroed += _without(data, _inside(kept, data))
    return made


def _free(made: Cleaned, box: Box) -> None:
    made.freed.append(box.start + 4)
    made.zeroed.append((box.body, box.end))


def _inside(kept: Sequence[Range], data: Sequence[Range]) -> list[Range]:
    """Chunks lie in the data; one that does not is no picture."""
    merged: list[Range] = []
    for start, end in sorted(kept):
        if not any(first <= start <= end <= last for first, last in data):
            raise BadBoxes
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(data: Iterable[Range], kept: Sequence[Range]) -> Iterator[Range]:
    """Both are in order; what is kept does not overlap."""
    for first, last in data:
        at = first
        for start, end in kept:
            if first <= start < last:
                yield at, start
                at = end
        yield at, last


# --- the film ----------------------------------------------------------------------------------------------


def _clean_film(boxes: Boxes, film: Box, made: Cleaned, limits: FileLimits) -> list[Range]:
    """The chunks of its pictures and its sound."""
    parts = list(boxes.of(film))
    if any(part.type in _FRAGMENTS for part in parts):
        raise Refused(Refusal.VIDEO_IN_FRAGMENTS)
    header = next((part for part in parts if part.type == b"mvhd"), None)
    if header is None:
        raise BadBoxes
    made.seconds, taken_at = _times(boxes, header)
    made.said = _said(boxes, parts, taken_at)
    made.zeroed.append(_dates(boxes, header))
    kept: list[Range] = []
    pictures = 0
    for part in parts:
        handler = _handler(boxes, part) if part.type == b"trak" else None
        if handler in _CODECS:
            pictures += handler == _PICTURE
            kept += _clean_track(boxes, part, handler, made)
        elif part.type == b"trak" or part.type not in _KEPT[b"moov"]:
            _free(made, part)
    if not pictures:
        raise Refused(Refusal.VIDEO_WITHOUT_PICTURE)
    if made.seconds > limits.seconds:
        raise Refused(Refusal.VIDEO_TOO_LONG)
    return kept


def _handler(boxes: Boxes, track: Box) -> bytes | None:
    named = boxes.find(track, b"mdia", b"hdlr")
    return None if named is None else boxes.bytes_of(named)[8:12]


def _clean_track(boxes: Boxes, track: Box, handler: bytes, made: Cleaned) -> list[Range]:
    table = boxes.find(track, b"mdia", b"minf", b"stbl")
    media = boxes.find(track, b"mdia", b"mdhd")
    entries = None if table is None else boxes.find(table, b"stsd")
    if table is None or media is None or entries is None:
        raise BadBoxes
    found = [entry.type for entry in boxes.of(entries, skip=8)]
    if not found or not _CODECS[handler].issuperset(found):
        raise Refused(Refusal.UNKNOWN_CODEC)
    made.seconds = max(made.seconds, _times(boxes, media)[0])
    _clean_box(boxes, track, made)
    return ranges_of(boxes, table)


def _clean_box(boxes: Boxes, box: Box, made: Cleaned) -> None:
    """What is not named in `_KEPT` goes; dates and names of what stays, too."""
    kept = _KEPT[box.type]
    for part in boxes.of(box):
        if part.type not in kept:
            _free(made, part)
        elif part.type in _KEPT:
            _clean_box(boxes, part, made)
        elif part.type in (b"tkhd", b"mdhd"):
            made.zeroed.append(_dates(boxes, part))
        elif part.type == b"hdlr":
            made.zeroed.append((part.body + 24, part.end))  # the name of whatever wrote it


# --- times and places --------------------------------------------------------------------------------------


def _dates(boxes: Boxes, header: Box) -> Range:
    """Where a header says when it was made and changed."""
    wide = boxes.bytes_of(header)[:1] == b"\x01"
    start = header.body + 4
    if start + (16 if wide else 8) > header.end:
        raise BadBoxes
    return start, start + (16 if wide else 8)


def _times(boxes: Boxes, header: Box) -> tuple[float, int]:
    """How long it is in seconds, and when it was made in seconds of 1904; of mvhd and mdhd."""
    data = boxes.bytes_of(header)
    if data[:1] == b"\x01":
        made_at, _, scale, length = struct.unpack(">QQIQ", data[4:32])
    else:
        made_at, _, scale, length = struct.unpack(">IIII", data[4:20])
    if not scale:
        raise BadBoxes
    unknown = length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return 0.0 if unknown else length / scale, made_at


def _said(boxes: Boxes, parts: Sequence[Box], made_at: int) -> CameraSaid:
    garbled, taken_at, place = False, None, None
    if made_at:
        try:
            taken = _MAC_EPOCH + timedelta(seconds=made_at)
            taken_at = taken.isoformat() if taken.year > 1970 else None
        except OverflowError:
            garbled = True
    try:
        place = next(iter(_places(boxes, parts)), None)
    except (BadBoxes, ValueError):
        garbled = True
    latitude, longitude = place or (None, None)
    return CameraSaid(taken_at, latitude, longitude, garbled)


def _places(boxes: Boxes, parts: Sequence[Box]) -> Iterator[tuple[float, float]]:
    """As Android (udta/©xyz), 3GPP (udta/loci) and Apple (meta) write them."""
    for part in parts:
        if part.type == b"udta":
            for said in boxes.of(part):
                if said.type == b"\xa9xyz":
                    yield from _iso_6709(boxes.bytes_of(said))
                elif said.type == b"loci":
                    yield from _loci(boxes.bytes_of(said))
        elif part.type == b"meta":
            data = boxes.bytes_of(part, most=2**20)
            if b"location.ISO6709" in data:
                yield from _iso_6709(data[data.index(b"location.ISO6709") :])


def _iso_6709(data: bytes) -> Iterator[tuple[float, float]]:
    found = _ISO_6709.search(data)
    if found:
        yield _on_earth(float(found[1]), float(found[2]))


def _loci(data: bytes) -> Iterator[tuple[float, float]]:
    """After version, flags and language a name that ends with a zero, a role, longitude and latitude of 16.16 bits."""
    at = data.find(b"\0", 6) + 2
    if at < 8 or len(data) < at + 8:
        raise ValueError("no place")
    longitude, latitude = struct.unpack(">ii", data[at : at + 8])
    yield _on_earth(latitude / 65536, longitude / 65536)


def _on_earth(latitude: float, longitude: float) -> tuple[float, float]:
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("no place on earth")
    return latitude, longitude
