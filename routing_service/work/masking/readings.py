"""The ways in which one text can be read, each with a map back to what was written. Pure."""

import re
from collections.abc import Iterator

from shared.domain.folding import Folded, fold, has_speaking_tags, unseen


def readings(text: str) -> Iterator[Folded]:
    """What everything looks for people in: the text, and once more with spaces for what is not seen between letters."""
    yield fold(text)
    signs = unseen(text)
    if signs and re.search(_BESIDE_A_LETTER.format(f"[{re.escape(signs)}]+"), text):
        yield fold(text, gaps=True)
    if has_speaking_tags(text):  # <a href="https://wa.me/6281...">
        yield fold(text, tags=True)


_BESIDE_A_LETTER = r"[^\W\d_]{0}\w|\w{0}[^\W\d_]"


def further(folded: Folded) -> Iterator[Folded]:
    """What our own patterns look in as well, where there is something to it."""
    for reading in (
        folded.rewritten(_SPELT, _joined).rewritten(_GLUED, lambda _match: " "),
        folded.rewritten(_SPOKEN, _as_digits),
        folded.rewritten(_LINKED, lambda _match: _LINK),
    ):
        if reading is not folded:
            yield reading


# --- forms of address --------------------------------------------------------------------------------------


def shortened(folded: Folded) -> Folded:
    """For patterns that look at every form of address before a name: of "pak pak pak pak pak" the last four say all."""
    return folded.rewritten(_ADDRESSED, lambda match: " ".join(match.group().split()[-4:]) + " ")


_FORMS = (
    "bapak ibu pak bu mas mbak kak bang presiden wakil menteri direktur dokter dr drs dra prof ir h hj guru lurah "
    "camat bupati wali walikota gubernur kepala dosen ketua manajer admin kurir driver ustadz ustadzah sdr sdri "
    "saudara saudari tn ny nn mr mrs ms miss mister koh ko cik ci cici om tante kang teh bli cak mbok habib gus romo "
    "pastor pendeta pdt alm almh almarhum almarhumah kh dear adalah ialah"
)
_ADDRESSED = re.compile(rf"(?<![\w-])(?:(?:{'|'.join(_FORMS.split())})\.?[ \t]+){{5,}}", re.IGNORECASE)

# --- letters by themselves ---------------------------------------------------------------------------------

#: B u d i, B.u.d.i, B-u-d-i: three letters or more, each by itself, parted by the same sign.
_SPELT = re.compile(r"(?<![A-Za-z])[A-Za-z]([ ._*/-])[A-Za-z](?:\1[A-Za-z](?![A-Za-z]))+")
#: PakBudi, BudiSantoso
_GLUED = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _joined(match: re.Match[str]) -> str:
    return match.group()[::2]


# --- digits in words ---------------------------------------------------------------------------------------

_SAID = (
    ("nol kosong enol zero", "0"),
    ("siji satu sitok hiji one", "1"),
    ("loro dua two", "2"),
    ("telu tiga tilu three", "3"),
    ("papat empat pat opat four", "4"),
    ("limo lima five", "5"),
    ("enem enam nem genep six", "6"),
    ("pitu tujuh seven", "7"),
    ("wolu delapan lapan dalapan eight", "8"),
    ("songo sanga sembilan salapan nine", "9"),
)  # Indonesian, Javanese, Sundanese, English
_DIGITS = {word: digit for words, digit in _SAID for word in words.split()}
_WORD = "|".join(sorted(_DIGITS, key=len, reverse=True))
_SIGNS = "strip|titik|spasi|garis|min|koma|dash"
_TIMES = {"dobel": 2, "double": 2, "tripel": 3, "triple": 3}
_MORE = "|".join(_TIMES)
_BETWEEN = rf"(?:[\W_]{{0,4}}(?:(?:{_SIGNS}|{_MORE})[\W_]{{1,4}})?)"
_SPOKEN = re.compile(rf"(?<!\w)(?:{_WORD}|\d)(?:{_BETWEEN}(?:{_WORD}|\d))+", re.IGNORECASE)
_TOKEN = re.compile(rf"{_WORD}|{_SIGNS}|{_MORE}|\d", re.IGNORECASE)
_FEWEST_DIGITS = 8
_FEWEST_WORDS = 2


def _as_digits(match: re.Match[str]) -> str:
    said = [token.lower() for token in _TOKEN.findall(match.group())]
    times = [1, *(_TIMES.get(token, 1) for token in said)]
    read = (_DIGITS.get(token, token if token.isdigit() else "") for token in said)
    digits = "".join(digit * number for digit, number in zip(read, times, strict=False))
    words = sum(not token.isdigit() for token in said)
    return digits if len(digits) >= _FEWEST_DIGITS and words >= _FEWEST_WORDS else match.group()


# --- words between the parts of a number -------------------------------------------------------------------

#: 0812 lalu 3456 lalu 7890, 0812 ..... 3456 ..... 7890. Parts of three digits and more: "RT 12 dan 13" are places.
_LINKED = re.compile(
    r"(?<=\d{3})(?:[\W_]{1,4}(?:dan|lalu|terus|trus|kemudian|lanjut|sambung|spasi|strip|titik)[\W_]{1,4}"
    r"|[^\w\n]{5,20})(?=\d{3})",
    re.IGNORECASE,
)
#: A sign of lists, so that sixteen digits in fours are no document by that alone: they must have the form of one.
_LINK = " & "
