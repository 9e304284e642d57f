"""Finds what a machine can find of people in a text. Pure, and slow: milliseconds for each text."""

from collections.abc import Iterable, Sequence

from lokal.samaran import PII_TYPES, detect_pii

from routing_service.report.masks import LABELS, Kind, Span
from routing_service.work.masking import addresses, numbers, people, runs
from routing_service.work.masking.people import only_people
from routing_service.work.masking.readings import further, readings, shortened
from shared.domain.folding import Folded, visible

#: Which version of the masking a text was made with; raised whenever it finds more, or less.
MASKING = 4

#: What lokal-id finds and we mask. Not: addresses and coordinates, which are the place of the trouble; nor what the
#: complaint is about (illness, income, religion), which tells of nobody once the name is gone.
_FOUND = tuple(type for type in PII_TYPES if type.lower() in frozenset(Kind) - {Kind.ADDRESS})

# Its patterns take time that grows with the square of the text. A long one is read in zones, each with some text around
# it.
_WHOLE = 1_000
_ZONE = 500
_AROUND = 150


def find_people(text: str) -> list[Span]:
    """The people in a text, in reading order, without overlaps."""
    return joined(_in_all_readings(text))


def _in_all_readings(text: str) -> Iterable[Span]:
    for folded in readings(text):
        yield from _mapped(folded, _known(folded.text))
        brief = folded if len(folded.text) <= _WHOLE else shortened(folded)
        yield from _mapped(brief, _by_zones(brief.text))
        for reading in further(folded):
            yield from _mapped(reading, _known(reading.text))


def _mapped(folded: Folded, spans: Iterable[Span]) -> Iterable[Span]:
    for span in only_people(folded.text, spans):
        yield Span(*folded.original(span.start, span.end), span.kind)


def _known(text: str) -> list[Span]:
    """What we look for ourselves, in time that grows with the text."""
    return [
        *people.find_people(text),
        *numbers.find_numbers(text),
        *runs.find_digits(text),
        *addresses.find_addresses(text),
    ]


def _by_zones(text: str) -> Iterable[Span]:
    """What lokal-id finds."""
    if len(text) <= _WHOLE:
        yield from _detected(text)
        return
    for start in range(0, len(text), _ZONE):
        end = start + _ZONE
        first = max(0, start - _AROUND)
        for span in _detected(text[first : end + _AROUND]):
            if start <= first + span.start < end:
                yield Span(first + span.start, first + span.end, span.kind)


def _detected(text: str) -> list[Span]:
    return [Span(match.start, match.end, Kind(match.type.lower())) for match in detect_pii(text, types=_FOUND)]


def joined(spans: Iterable[Span]) -> list[Span]:
    """What overlaps becomes one, of the kind of its longest part; a kind that is known goes before a mere number."""
    result: list[Span] = []
    weight = (0, False)
    for span in sorted(spans):
        its = (span.end - span.start, span.kind is not Kind.NUMBER)
        if not result or span.start >= result[-1].end:
            result.append(span)
            weight = its
            continue
        last = result[-1]
        kind, weight = (span.kind, its) if its > weight else (last.kind, weight)
        result[-1] = Span(last.start, max(last.end, span.end), kind)
    return result


def masked(text: str, spans: Sequence[Span]) -> str:
    """The text with what the spans cover replaced by what it is, and without characters that nobody sees."""
    parts, at = [], 0
    for span in joined(spans):
        parts += [text[at : span.start], LABELS[span.kind]]
        at = span.end
    return visible("".join([*parts, text[at:]]))
