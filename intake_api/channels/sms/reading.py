"""What somebody means who writes a text message: a report, how one stands, or that one is withdrawn. Pure."""

import re
from enum import StrEnum, auto
from typing import NamedTuple

from shared.domain import folding
from shared.domain.wording import Language

#: Letters and digits of the shortest text that somebody can look into.
FEWEST_LETTERS = 10
#: What stands above a report is cut at a word.
LONGEST_TITLE = 100
#: Digits of a phone, with its country; what is shorter is a service, and what has letters advertises.
_DIGITS_OF_A_PHONE = range(8, 16)


class Keyword(StrEnum):
    REPORT = auto()
    CHECK = auto()
    WITHDRAW = auto()


class Why(StrEnum):
    """What is wrong with a message that we cannot do anything about."""

    TOO_SHORT = auto()
    NO_NUMBER = auto()
    NO_CODE = auto()


class Reported(NamedTuple):
    title: str
    body: str
    language: Language


class Checked(NamedTuple):
    number: str
    language: Language


class Withdrawn(NamedTuple):
    number: str
    code: str
    language: Language


class Unclear(NamedTuple):
    why: Why
    language: Language


Asked = Reported | Checked | Withdrawn | Unclear

_WORDS: dict[str, tuple[Keyword, Language]] = {
    "lapor": (Keyword.REPORT, Language.ID),
    "lpr": (Keyword.REPORT, Language.ID),
    "report": (Keyword.REPORT, Language.EN),
    "cek": (Keyword.CHECK, Language.ID),
    "ck": (Keyword.CHECK, Language.ID),
    "chek": (Keyword.CHECK, Language.ID),
    "ceck": (Keyword.CHECK, Language.ID),
    "cec": (Keyword.CHECK, Language.ID),
    "status": (Keyword.CHECK, Language.ID),
    "check": (Keyword.CHECK, Language.EN),
    "batal": (Keyword.WITHDRAW, Language.ID),
    "btl": (Keyword.WITHDRAW, Language.ID),
    "batalkan": (Keyword.WITHDRAW, Language.ID),
    "cabut": (Keyword.WITHDRAW, Language.ID),
    "cancel": (Keyword.WITHDRAW, Language.EN),
}
#: One slip away from a keyword, and words of their own.
_OTHER_WORDS = frozenset({"lapar", "vapor", "repot", "batas", "batak", "bantal", "batang", "bata", "kabut", "sabut"})
#: Words of a keyword that are forgiven a slip; in a shorter one every slip makes another word.
_FORGIVEN = frozenset({"lapor", "report", "batal", "status", "cancel", "check", "cabut"})

_BEGINS = re.compile(r"^[^\w]*([^\W\d_]+)[\s#:;,.*/!=_-]*")
_NUMBER = re.compile(r"^[\s#:;,.*/!=_-]*((?:[0-9][ .-]?){9}[0-9])(?![0-9])[\s#:;,.*/!=_-]*")
_TWICE = re.compile(r"(.)\1+")
_SENTENCE = re.compile(r"[.!?\n]\s|\n")
#: Letters that are typed for those of an access code, which has no such digits.
_MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})


def phone_of(sender: str) -> str | None:
    """The sender's number with its country in front. None: an advertising name, a service's short number, nobody."""
    plain = folding.fold(sender).text.strip()
    if not re.fullmatch(r"\+?[0-9][0-9 ().-]*", plain):
        return None
    digits = "".join(one for one in plain if one.isdigit())
    if plain.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0") and not plain.startswith("+"):
        digits = f"62{digits[1:]}" if len(digits) >= _DIGITS_OF_A_PHONE.start else ""
    return f"+{digits}" if len(digits) in _DIGITS_OF_A_PHONE and not digits.startswith("0") else None


def read_message(words: str) -> Asked:
    """No word of a report is lost: what is not surely a keyword stays in it."""
    text = words.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    found = _BEGINS.match(text)
    if found is None:
        return _told(text, Language.ID)
    keyword, language, sure = _keyword(found[1])
    rest = text[found.end() :]
    if keyword in (Keyword.CHECK, Keyword.WITHDRAW):
        asked = _about_a_report(keyword, language, rest, sure=sure)
        return _told(text, language) if asked is None else asked
    return _told(rest if keyword is Keyword.REPORT else text, language)


def _told(text: str, language: Language) -> Asked:
    plain = folding.fold(text).text
    number = _NUMBER.match(plain)
    if number is not None and number.end() == len(plain):
        return Checked(_digits(number[1]), language)
    body = text.strip()
    if sum(one.isalnum() for one in body) < FEWEST_LETTERS:
        return Unclear(Why.TOO_SHORT, language)
    return Reported(title_of(body), body, language)


def _about_a_report(keyword: Keyword, language: Language, rest: str, *, sure: bool) -> Asked | None:
    """None: it is a sentence that begins with such a word."""
    plain = folding.fold(rest).text
    number = _NUMBER.match(plain)
    if number is None:
        letters, digits = sum(one.isalpha() for one in plain), sum(one.isdigit() for one in plain)
        if letters >= max(FEWEST_LETTERS, digits) or not (sure or digits):
            return None
        return Unclear(Why.NO_NUMBER, language)
    tracking_number = _digits(number[1])
    if keyword is Keyword.CHECK:
        return Checked(tracking_number, language)
    code = "".join(one for one in plain[number.end() :].upper() if one.isalnum()).translate(_MISREAD)
    if not code:
        return Unclear(Why.NO_CODE, language)
    return Withdrawn(tracking_number, code, language)


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def _keyword(word: str) -> tuple[Keyword | None, Language, bool]:
    """And whether it is surely meant: a slip may as well be another word."""
    plain = folding.fold(word).text.lower()
    for written in (plain, _TWICE.sub(r"\1", plain)):
        if written in _WORDS:
            return (*_WORDS[written], True)
    short = _TWICE.sub(r"\1", plain)
    if plain in _OTHER_WORDS or short in _OTHER_WORDS:
        return None, Language.ID, False
    for known in _WORDS:
        if known in _FORGIVEN and _is_a_slip(short, known):
            return (*_WORDS[known], False)
    return None, Language.ID, False


def _is_a_slip(written: str, meant: str) -> bool:
    """One letter too many, too few or wrong, or two neighbours swapped."""
    if abs(len(written) - len(meant)) > 1 or (written[:1] != meant[:1] and sorted(written) != sorted(meant)):
        return False
    start = 0
    while start < min(len(written), len(meant)) and written[start] == meant[start]:
        start += 1
    one, other = written[start:], meant[start:]
    swapped = len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]


def title_of(body: str) -> str:
    """The first sentence, or as much of it as stands above a report."""
    first = " ".join(_SENTENCE.split(body, maxsplit=1)[0].split())
    if len(first) < FEWEST_LETTERS:
        first = " ".join(body.split())
    if len(first) <= LONGEST_TITLE:
        return first
    return first[: LONGEST_TITLE - 3].rsplit(" ", 1)[0][: LONGEST_TITLE - 3] + "..."
