"""Complements what lokal-id finds: numbers that single somebody out, whatever stands between their digits. Pure.

A run is digits with at most a few signs, or a letter, in between; a number begins and ends with a group of its digits.
What it is, its digits tell (the form of a NIK, the prefix of an operator) or what it is called just before it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from routing_service.report.masks import Kind, Span

_RUN = re.compile(r"\d(?:(?:[\W_]{0,4}|[\W_]?[^\W\d_][\W_]?)\d){7,}")
_GROUP = re.compile(r"\d+")
_MOST_DIGITS = 18
_CUE_REACHES = 45


def find_digits(text: str) -> Iterator[Span]:
    """Digits as they are written, and letters that were written for digits."""
    yield from _found(text)
    digits = _MIXED.sub(_digits_for_letters, text)
    if digits != text:
        yield from _found(digits)


# --- letters for digits ------------------------------------------------------------------------------------

#: O812, 34S6, l1I1: letters that look like a digit, in words of nothing else.
_MIXED = re.compile(r"(?<!\w)(?:(?=[OoQDlIiZzSsBbGgqTE]*\d)[\dOoQDlIiZzSsBbGgqTE]{1,20}|[OolI]{1,2})(?!\w)")
_DIGIT_FOR = str.maketrans("OoQDlIiZzSsBbGgqTE", "000011122558669973")


def _digits_for_letters(match: re.Match[str]) -> str:
    word = match.group()
    letters = sum(not character.isdigit() for character in word)
    return word.translate(_DIGIT_FOR) if 2 * letters <= len(word) or letters == len(word) else word


# --- what a run is -----------------------------------------------------------------------------------------


_FEWEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class _Number:
    """Some groups of a run, one after the other."""

    text: str
    groups: Sequence[tuple[int, int]]
    digits: str
    called: str | None  #: what it is called just before it

    @property
    def written(self) -> str:
        return self.text[self.groups[0][0] : self.groups[-1][1]]

    @property
    def sizes(self) -> list[int]:
        return [end - start for start, end in self.groups]

    @property
    def parted_by(self) -> set[str]:
        ends = zip(self.groups, self.groups[1:], strict=False)
        return {self.text[before[1] : after[0]] for before, after in ends}


def _found(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        called = _called(text, run.start())
        at = 0
        while at < len(groups):
            if _DECIMAL.match(text, groups[at][0]):
                at += 2  # a coordinate
                continue
            best = _best(text, groups[at : at + _MOST_DIGITS], called if at == 0 else None)
            if best is None:
                at += 1
                continue
            kind, length = best
            yield Span(groups[at][0], groups[at + length - 1][1], kind)
            at += length


def _best(text: str, groups: Sequence[tuple[int, int]], called: str | None) -> tuple[Kind, int] | None:
    """What begins with the first of these groups, and how many groups it has: as many as it can."""
    begins = groups[0][0]
    if _DATE.match(text, begins):
        return None
    digits, best, parted_by, before = "", None, "", begins
    for length, (start, end) in enumerate(groups, start=1):
        digits += text[start:end]
        if len(digits) > _MOST_DIGITS:
            break
        sign, before = text[before:start], end
        if best is not None and length > 2 and sign != parted_by:
            break  # 0812-3456-7890, 2 people
        parted_by = sign
        if len(digits) >= _FEWEST_DIGITS:
            kind = _kind(_Number(text, groups[:length], digits, called))
            best = best if kind is None else (kind, length)
    return best


def _kind(number: _Number) -> Kind | None:
    if _is_parted_by_letters(number) and min(number.sizes) < _SHORTEST_BY_LETTERS:
        return None
    if number.called is not None and (kind := _called_so(number)) is not None:
        return kind
    if _is_phone(number):
        return Kind.PHONE
    if len(number.digits) == 16 and (_is_nik(number.digits) or _is_in_fours(number)):
        return None if _is_list(number) or _is_dated(number) else Kind.NIK
    return None


#: 0812x3456x7890; not: blocks 08 A 12 B 34.
_SHORTEST_BY_LETTERS = 3


def _is_parted_by_letters(number: _Number) -> bool:
    return any(character.isalpha() for mark in number.parted_by for character in mark)


# --- what says nothing of anybody --------------------------------------------------------------------------

_DATE = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d(?!\d)")
_TIMES = re.compile(r"\d\d[.:]\d\d(?:\D+\d\d[.:]\d\d)*")
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+(?:[.,]\d\d)?")
_DECIMAL = re.compile(r"(?:0|[1-9]\d{0,2})[.,]\d{4,8}(?!\d)")
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D+){3}(?:19|20)\d\d")
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])\d")
_MONEY = frozenset({Kind.BANK_ACCOUNT, Kind.NUMBER})


def _is_amount(written: str) -> bool:
    return any(form.fullmatch(written) for form in (_AMOUNT, _DECIMAL, _TIMES, _YEARS))


def _is_list(number: _Number) -> bool:
    """08.15, 12.30 and RT 12, 14, 16, 18: what was counted, not what was dialled."""
    if _is_amount(number.written):
        return True
    short = max(number.sizes) <= 2 and 2 in number.sizes
    return short and any(sign in mark for mark in number.parted_by for sign in ",;&\n")


def _is_dated(number: _Number) -> bool:
    """4-12-2019, 12-10-2021 and 511.3/169/436.7.4/2022: a year, and more than one sign in between."""
    groups = (number.text[start:end] for start, end in number.groups)
    return len(number.parted_by) > 1 and any(_YEAR.fullmatch(group) for group in groups)


# --- phones ------------------------------------------------------------------------------------------------

_OPERATORS = r"8(?:1[1-9]|2[1-38]|3[1-38]|5[1-35-9]|7[78]|8[1-9]|9[5-9])"
_MOBILE = re.compile(rf"(?:0|62|0062|620){_OPERATORS}\d{{6,9}}")
_WITHOUT_ZERO = re.compile(rf"{_OPERATORS}\d{{6,9}}")
_FIXED = re.compile(r"0(?:2[1-9]\d?|31|61|[3-7]\d\d|9\d\d)")
_ANY_PHONE = re.compile(r"(?:0|62)[2-9]\d{7,11}")
_ABROAD = re.compile(r"00[1-9]\d{7,12}")
_LONGEST_FIXED = 12
_PARTS_OF_FIXED = frozenset(" .-_()/")


def _is_phone(number: _Number) -> bool:
    is_called = number.called == "phone"
    if is_called and any(form.fullmatch(number.digits) for form in (_WITHOUT_ZERO, _ANY_PHONE, _ABROAD)):
        return not _TIMES.fullmatch(number.written)
    if not (_MOBILE.fullmatch(number.digits) or _is_abroad(number) or _is_fixed(number)):
        return False
    return is_called or not _is_list(number)


def _is_abroad(number: _Number) -> bool:
    start = number.groups[0][0]
    return 10 <= len(number.digits) <= 15 and number.text[max(0, start - 1) : start] == "+"


def _is_fixed(number: _Number) -> bool:
    """0541-741234, (031) 741 2345: an area code by itself, and six to eight digits in long groups."""
    if number.digits[0] != "0" or len(number.digits) > _LONGEST_FIXED:
        return False
    area, *rest = number.sizes
    return (
        bool(rest)
        and _FIXED.fullmatch(number.digits[:area]) is not None
        and 6 <= sum(rest) <= 8
        and min(rest) >= 3
        and all(_PARTS_OF_FIXED.issuperset(mark) for mark in number.parted_by)
        and not all(mark in ("/", ".") for mark in number.parted_by)
    )


# --- documents ---------------------------------------------------------------------------------------------


def _is_nik(digits: str) -> bool:
    """Province, district, day of birth (of women 40 more), month, year, number."""
    province, day, month = int(digits[:2]), int(digits[6:8]), int(digits[8:10])
    return 11 <= province <= 96 and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


def _is_in_fours(number: _Number) -> bool:
    return number.sizes == [4, 4, 4, 4] and not any(sign in mark for mark in number.parted_by for sign in ",;&\n")


# --- what it is called -------------------------------------------------------------------------------------

_BANKS = "bca|bri|bni|btn|bsi|bjb|bpd|cimb|mandiri|danamon|permata|muamalat|maybank|ocbc|panin|jago|jenius|seabank"
_NAMED = re.compile(
    r"(?<![a-z])(?:(?P<nik>nik|e-?ktp|ktp|(?:nomor|no\.?) induk kependudukan)|(?P<kk>kk|kartu keluarga)|(?P<npwp>npwp)"
    r"|(?P<bpjs>bpjs|jkn|kis)|(?P<sim>sim)|(?P<nip>nip)|(?P<nisn>nisn)"
    rf"|(?P<account>no\.? ?rek|norek|rek(?:ening)?|bank|virtual account|va|{_BANKS})"
    r"|(?P<phone>(?:no\.? ?)?(?:hp|wa|whatsapp|telp|telepon|telpon|tlp|handphone)|wa\.me|nohp|nowa|hubungi|kontak|sms)"
    r"|(?P<customer>id ?pel|pelanggan|meteran|no\.? meter))(?![a-z])"
)
_BETWEEN = re.compile(r"[\W_]*(?:[a-z]{1,14}[\W_]+){0,2}[\W_]*")
#: How many digits each has.
_LENGTHS: Mapping[str, tuple[Kind, frozenset[int]]] = MappingProxyType(
    {
        "nik": (Kind.NIK, frozenset({15, 16, 17})),
        "kk": (Kind.KK, frozenset({16})),
        "npwp": (Kind.NPWP, frozenset({15, 16})),
        "bpjs": (Kind.BPJS, frozenset({11, 13})),
        "sim": (Kind.SIM, frozenset({12, 13, 14, 15, 16})),
        "nip": (Kind.NIP, frozenset({18})),
        "nisn": (Kind.NISN, frozenset({10})),
        "account": (Kind.BANK_ACCOUNT, frozenset(range(8, 19))),
        "customer": (Kind.NUMBER, frozenset({11, 12, 13})),
    }
)


def _called(text: str, start: int) -> str | None:
    """What a number is called: the last such word before it, with two others in between at most."""
    before = text[max(0, start - _CUE_REACHES) : start].lower()
    names = list(_NAMED.finditer(before))
    return names[-1].lastgroup if names and _BETWEEN.fullmatch(before, names[-1].end()) else None


def _called_so(number: _Number) -> Kind | None:
    kind, lengths = _LENGTHS.get(number.called or "", (None, frozenset()))
    if len(number.digits) not in lengths or (kind in _MONEY and _is_amount(number.written)):
        return None
    return None if kind is Kind.NIK and _is_dated(number) else kind
