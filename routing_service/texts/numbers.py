"""Complements what lokal-id finds: numbers that single somebody out, however they are written. Pure."""

import re
from collections.abc import Iterator

from routing_service.texts.kinds import Kind, Span


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _either(words: str) -> str:
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


def found(text: str) -> Iterator[Span]:
    yield from _documents(text)
    yield from _phones(text)
    yield from _plates(text)
    for match in _ACCOUNT.finditer(text):
        yield Span(*match.span(1), Kind.BANK_ACCOUNT)
    for match in _LONG_NUMBER.finditer(text):
        yield Span(*match.span(), Kind.NUMBER)


# --- documents ---------------------------------------------------------------------------------------------

_FOURS = re.compile(r"(?<![\w.,-])\d{4}([ .-])\d{4}\1\d{4}\1\d{4}(?![\w-])")
#: 64.72.01.120385.0001, 647201 120385 0001: sixteen digits that have the form of a NIK, whatever parts them.
_SIXTEEN = re.compile(r"(?<![\w.,-])\d(?:[ .-]?\d){15}(?!\w|[.,-]\d)")
_CALLED_NIK = re.compile(
    r"(?<!\w)(?:nik|ktp|e-ktp)(?:[ .:,=-]{1,3}[a-z]{1,8}){0,2}[ .:,=-]{0,3}(\d(?:[ ./_-]{0,3}\d){15})(?!\d)", re.I
)
_YEARS = re.compile(r"(?:(?:19|20)\d\d[ .-]){3}")
_DATE = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d(?!\d)")


def _documents(text: str) -> Iterator[Span]:
    for match in _FOURS.finditer(text):
        if not _YEARS.match(match.group()):
            yield Span(*match.span(), Kind.NIK)
    for match in _SIXTEEN.finditer(text):
        if not _DATE.match(match.group()) and _is_nik(re.sub(r"\D", "", match.group())):
            yield Span(*match.span(), Kind.NIK)
    for match in _CALLED_NIK.finditer(text):
        yield Span(*match.span(1), Kind.NIK)


def _is_nik(digits: str) -> bool:
    """Province, district, day of birth (of women 40 more), month, year, number."""
    province, day, month = int(digits[:2]), int(digits[6:8]), int(digits[8:10])
    return 11 <= province <= 96 and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


# --- phones ------------------------------------------------------------------------------------------------

_PARTED = "[ \t]?[-._/\u2013\u2014]?[ \t]?"
#: 0812_3456_7890, 0812 - 3456 - 7890, (+62) 812 3456 7890, 0 8 1 2 ...; not: 08-12-2026, 0.81234567 (a coordinate).
_MOBILE = re.compile(
    r"(?<![\w+.])(?!0?8[-/. ]\d{1,2}[-/. ](?:19|20)\d\d)(?!0\.\d{4})"
    rf"(?:\(?\+?[ ]?62\)?|0){_PARTED}8(?:{_PARTED}\d){{8,11}}(?!\w)"
)
_MOBILE_WITH_O = re.compile(r"(?<!\w)[oO]8(?:[ .-]?[\doO]){8,11}(?!\w)")
#: 0541-741234, 021-555-1234, 021 5551234
_FIXED = re.compile(
    r"(?<![\w.,/-])0(?:2[1-9]\d?|[3-7]\d\d|9\d\d)(?: ?[-\u2013] ?\d{3,4}[ -]?\d{2,4}| \d{6,8})(?![\w/-])"
)


def _phones(text: str) -> Iterator[Span]:
    for pattern in (_MOBILE, _MOBILE_WITH_O, _FIXED):
        for match in pattern.finditer(text):
            yield Span(*match.span(), Kind.PHONE)


# --- plates ------------------------------------------------------------------------------------------------

# KT-1234-AB, kt 1234 ab: codes that are a word as well, such as dr (dari), in capitals alone.
_TWO_LETTERS = "AA AB AD AE AG BB BD BG BH BK BL BM BN BP DB DC DD DG DH DK DL DM DN DP DT EA EB ED KB KH KT KU PB PG"
_CODES = rf"(?:(?i:{_either(_TWO_LETTERS)})|BA|BE|DA|DE|DR|PA|[ABDEFGHKLMNPRSTWZ])"
_PLATE = re.compile(rf"(?<![\w-]){_CODES}[ .-]?\d{{3,4}}[ .-]?([A-Za-z]{{2,3}})(?!\w)")
#: l 1234 ab: one small letter is a code where four digits follow.
_SMALL_PLATE = re.compile(r"(?<![\w-])[abdefghklmnprstwz][ .-]?\d{4}[ .-]?([a-z]{2,3})(?!\w)")
#: plat n 45 cd, nopol KT5678: what is called a plate may be shorter, and without letters behind.
_CALLED_PLATE = re.compile(
    r"(?<!\w)(?:p[e]?lat|nopol|no\.?[ ]?pol(?:isi)?|nomor (?:polisi|kendaraan)|bernopol|berplat|bernomor polisi)"
    r"(?:[ :.]{1,2}(?:no|nomor|nopol|polisi|kendaraan|motor|mobil|truk))?[ :.]{1,3}"
    r"([a-z]{1,2}[ .-]?\d{1,4}(?:[ .-]?(?!(?:an|dan|di|ke|wib|yg)\b)[a-z]{1,3})?)(?!\w)",
    re.IGNORECASE,
)
#: motor KT 5678: without letters behind only of a vehicle, and in capitals.
_PLATE_OF_VEHICLE = re.compile(
    r"(?<!\w)(?i:mobil|motor|truk|truck|bus|angkot|taksi|pikap|pick ?up|kendaraan)[ ]+"
    rf"((?:{_either(_TWO_LETTERS)}|[ABDEFGHKLMNPRSTWZ])[ .-]?\d{{3,4}})(?!\w|[.,]\d)"
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


# --- accounts and all that is long -------------------------------------------------------------------------

_BANKS = "bca bri bni btn bsi bjb bpd cimb mandiri danamon permata muamalat maybank ocbc panin jago jenius seabank"
#: rek bca123456789, BPD Kaltim 0012345678; not: amounts, dates.
_ACCOUNT = re.compile(
    rf"(?<!\w)(?:rek(?:ening)?|norek|bank|{_either(_BANKS)})"
    r"(?:[ :.,/-]{1,3}(?!rp\b)[a-z]{1,14}){0,2}[ :.,/-]{0,3}"
    r"(?!\d{1,3}(?:\.\d{3})+(?!\d))(?!\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d)(\d(?:[ .-]?\d){7,17})(?!\w|[.,]\d)",
    re.IGNORECASE,
)
#: Meters, customers, accounts: nobody needs eleven digits in public. Not: amounts, coordinates.
_LONG_NUMBER = re.compile(r"(?<![\w.,-])\d{11,}(?![\w]|[.,]\d)")
