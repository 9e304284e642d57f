"""Complements what lokal-id finds: number plates, and whatever is long. Pure."""

import re
from collections.abc import Iterator

from routing_service.report.masks import Kind, Span


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _either(words: str) -> str:
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


def find_numbers(text: str) -> Iterator[Span]:
    yield from _plates(text)
    for match in _CALLED_IP.finditer(text):
        yield Span(*match.span(1), Kind.IP)
    for match in _LONG_NUMBER.finditer(text):
        yield Span(*match.span(), Kind.NUMBER)


# --- plates ------------------------------------------------------------------------------------------------

# KT-1234-AB, kt 1234 ab: codes that are a word as well, such as dr (dari), in capitals alone.
_TWO_LETTERS = "AA AB AD AE AG BB BD BG BH BK BL BM BN BP DB DC DD DG DH DK DL DM DN DP DT EA EB ED KB KH KT KU PB PG"
#: A slash is part of a house number: Blok A/12.
_PART = "[ ._-]{0,3}"
_CODES = rf"(?:(?i:{_either(_TWO_LETTERS)})|BA|BE|DA|DE|DR|PA|[ABDEFGHKLMNPRSTWZ])"
_PLATE = re.compile(rf"(?<![\w-]){_CODES}{_PART}\d{{3,4}}{_PART}([A-Za-z]{{2,3}})(?!\w)")
#: l 1234 ab: one small letter is a code where four digits follow.
_SMALL_PLATE = re.compile(rf"(?<![\w-])[abdefghklmnprstwz]{_PART}\d{{4}}{_PART}([a-z]{{2,3}})(?!\w)")
#: plat n 45 cd, nopol KT5678: what is called a plate may be shorter, and without letters behind.
_CALLED_PLATE = re.compile(
    r"(?<!\w)(?:p[e]?lat|nopol|no\.?[ ]?pol(?:isi)?|nomor (?:polisi|kendaraan)|bernopol|berplat|bernomor polisi)"
    r"(?:[ :.]{1,2}(?:no|nomor|nopol|polisi|kendaraan|motor|mobil|truk))?[ :.]{1,3}"
    rf"([a-z]{{1,2}}{_PART}\d{{1,4}}(?:{_PART}(?!(?:an|dan|di|ke|wib|yg)\b)[a-z]{{1,3}})?)(?!\w)",
    re.IGNORECASE,
)
#: motor KT 5678: without letters behind only of a vehicle, and in capitals.
_PLATE_OF_VEHICLE = re.compile(
    r"(?<!\w)(?i:mobil|motor|truk|truck|bus|angkot|taksi|pikap|pick ?up|kendaraan)[ ]+"
    rf"((?:{_either(_TWO_LETTERS)}|[ABDEFGHKLMNPRSTWZ]){_PART}\d{{3,4}})(?!\w|[.,]\d)"
)
_NO_PLATE = _set(
    "ada aja aku an bea blm bu cm dan dg dgn di dll dr gak gg gr ha ini itu jam jl juz kab kec kel kg kk km ku kwh lux "
    "ml mm mw nih no nya org pak per pun rb rp rt rw sd sdh spm tak tdk tgl th thn tp utk watt wib wit yg"
)


def _plates(text: str) -> Iterator[Span]:
    for pattern in (_PLATE, _SMALL_PLATE):
        for match in pattern.finditer(text):
            if match.group(1).lower() not in _NO_PLATE:
                yield Span(*match.span(), Kind.PLATE)
    for pattern in (_CALLED_PLATE, _PLATE_OF_VEHICLE):
        for match in pattern.finditer(text):
            yield Span(*match.span(1), Kind.PLATE)


# --- all that is long, and addresses of machines -----------------------------------------------------------

#: Meters, customers, accounts: nobody needs eleven digits in public. Not: amounts, coordinates.
_LONG_NUMBER = re.compile(r"(?<![\w.,-])\d{11,}(?![\w]|[.,]\d)")
#: IP 36 . 72 . 215 . 104
_CALLED_IP = re.compile(r"(?<!\w)ip(?: address)?[\s:.]{1,3}(\d{1,3}(?:[\W_]{1,3}\d{1,3}){3})(?!\w)", re.I)
