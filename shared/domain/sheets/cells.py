"""What people write into cells: days, yes and no, one of some words. Each raises ValueError. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from shared.domain.wording import Wording


def folded(name: str) -> str:
    """Equal for names that differ in case, blanks and marks alone."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


DAY_EXPECTED: Wording = ("tanggal seperti 2026-01-31 atau 31/01/2026", "a date such as 2026-01-31 or 31/01/2026")
YES_OR_NO_EXPECTED: Wording = ("ya atau tidak", "yes or no")

_MONTHS = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)  # never the month first: nobody here does
_IN_WORDS = re.compile(r"(\d{1,2}) ([a-z]+) (\d{4})", re.ASCII)


def day(text: str) -> date:
    said = text.strip()
    if found := _YEAR_FIRST.fullmatch(said):
        return date(*map(int, found.groups()))
    if found := _DAY_FIRST.fullmatch(said):
        first, month, year = map(int, found.groups())
        return date(year, month, first)
    if (found := _IN_WORDS.fullmatch(said.lower())) and found[2] in _MONTHS:
        return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    raise ValueError("no day")


_YES = frozenset({"yes", "ya", "y", "true", "1", "aktif", "benar"})
_NO = frozenset({"no", "tidak", "t", "n", "false", "0", "nonaktif", "tidak aktif", "salah"})


def yes_or_no(text: str) -> bool:
    said = folded(text)
    if said not in _YES | _NO:
        raise ValueError("neither yes nor no")
    return said in _YES


def word_of(words: Mapping[str, str]) -> Callable[[str], str]:
    """A conversion of any of these words, however they are spelled. `words`: what stands for each, folded."""

    def convert(text: str) -> str:
        said = folded(text)
        if said not in words:
            raise ValueError("none of these words")
        return words[said]

    return convert


#: A spreadsheet takes what begins so for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """For a cell of a file that we write: a spreadsheet shows it and computes nothing."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULAS) else text
