"""Texts as machines read them: one spelling for what looks alike, with a map back to what was written. Pure.

People paste no-break spaces and hyphens, phones write soft hyphens and keycaps, and who wants to get past a machine
writes Cyrillic letters or characters that nobody sees. Whatever looks for something in a text, looks in this.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.lookalikes import LETTERS, LOOKALIKES


@dataclass(frozen=True, slots=True)
class Folded:
    """A text, and where each of its characters starts in the original; one more than it has: where the original ends.

    What was left out belongs to the character before it.
    """

    text: str
    starts: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that became `text[start:end]`, which is not empty."""
        while self.starts[end] == self.starts[end - 1]:  # in the middle of what one character became
            end += 1
        return self.starts[start], self.starts[end]

    def rewritten(self, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> "Folded":
        """Each match with something else in its place, of which a part is a mask of the whole."""
        parts: list[str] = []
        starts: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            piece = instead(match)
            if piece == match.group():
                continue
            parts += (self.text[at : match.start()], piece)
            starts += self.starts[at : match.start()]
            starts += [self.starts[match.start()]] * len(piece)
            at = match.end()
        if not parts:
            return self
        return Folded("".join([*parts, self.text[at:]]), [*starts, *self.starts[at:]])


class _Cached(dict[str, str]):
    """Characters and what they are read as; found out when they come."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, character: str) -> str:
        self[character] = found = self._read(character)
        return found


def fold(text: str, *, gaps: bool = False, tags: bool = False) -> Folded:
    """`gaps`: a space for each character that nobody sees, instead of nothing. `tags`: with the words in them."""
    folded = Folded(text, range(len(text) + 1))
    if tags:
        folded = folded.rewritten(
            _ESCAPED, lambda match: match.group() if match.group()[0] == "<" else _unescaped(match)
        )
    elif any(sign in text for sign in "&\\%<"):
        folded = folded.rewritten(_ESCAPED, _unescaped)
    if not _PLAIN.fullmatch(folded.text):
        folded = _mapped(folded, _GAPS if gaps else _FOLDS)
    return folded.rewritten(_BLANKS, _one_blank)


def unseen(text: str) -> str:
    """The characters of a text that nobody sees, each once."""
    return "".join(sorted(filter(is_unseen, set(text))))


def has_speaking_tags(text: str) -> bool:
    """Whether a browser hides words of the text in its tags or comments."""
    return "<" in text and _SPEAKING_TAG.search(text) is not None


def composed(text: str) -> str:
    """NFC: what looks the same and is the same is written the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def searchable(words: str) -> str:
    """As words are looked for: without accents, whatever shape their letters have.

    `public_texts.search` holds the words of its text in the same manner. A dash of typographers is no operator.
    """
    if words.isascii():
        return words
    parted = "".join(" " if one != "-" and _FOLDS[one] == "-" else one for one in words)
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", visible(parted)))


def visible(text: str) -> str:
    """As it may be shown to everybody: nothing that nobody sees, ordinary spaces and letters, NFC.

    A word of two alphabets is written in the Latin one.
    """
    if _PLAIN.fullmatch(text):
        return text
    shown = "".join(map(_SHOWN.__getitem__, text.replace("\r\n", "\n")))
    return _WORD.sub(_in_one_alphabet, unicodedata.normalize("NFC", shown))


def is_blank(text: str) -> bool:
    """Whether there is nothing in a text that anybody sees."""
    if _LETTER.search(text):
        return False
    return all(is_unseen(one) or one == _NO_DOTS or unicodedata.category(one)[0] in "ZCM" for one in text)


def is_unseen(character: str) -> bool:
    """Formats, fillers and selectors: a screen shows nothing for them, or a blank that is no space."""
    point = ord(character)
    if point < 0x80:
        return character not in "\t\n\r\v\f" and (point < 0x20 or point == 0x7F)
    return (
        unicodedata.category(character) in ("Cf", "Cs")
        or (0x80 <= point < 0xA0 and point != 0x85)
        or any(first <= point <= last for first, last in _IGNORABLE)
    )


#: Unicode's Default_Ignorable_Code_Point, as far as it is no format (Cf) anyway.
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_LATIN = re.compile(r"[A-Za-z]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_NO_DOTS = "\u2800"  #: a pattern of Braille that is blank
_PLAIN = re.compile(r"[\t\n\x20-\x5f\x61-\x7e]*")  # without the grave accent, which is read as an apostrophe
_LETTER = re.compile(r"[A-Za-z0-9]")
#: What a browser or a program shows as something else.
_ESCAPED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,10});"
    r"|\\u[0-9a-fA-F]{4}"
    r"|%(?:[cC]2%[aA]0|20|2[bBdDeE]|40)"
    r"|<!--[^<>]{0,60}-->"
    r"|</?(?!(?:a|at|et|dot|titik)>)[a-z][a-z0-9]{0,9}(?:[\s/][^<>]{0,200})?>",
    re.IGNORECASE,
)
_SPEAKING_TAG = re.compile(r"<(?:!--|[a-z][a-z0-9]{0,9}[\s/])[^<>]*\w[^<>]*>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]{2,}|\n{3,}")
#: LATIN SMALL LETTER D WITH STROKE, NEGATIVE SQUARED LATIN CAPITAL LETTER A, LATIN LETTER SMALL CAPITAL B.
_NAMED_LETTER = re.compile(
    r"(?:(SMALL|CAPITAL) LETTER|LETTER (SMALL) CAPITAL|REGIONAL INDICATOR SYMBOL (LETTER)) "
    r"(?:DOTLESS |SCRIPT |OPEN |BARRED |LONG )?([A-Z])(?: WITH .*)?$"
)
_LONGEST = 4  #: characters that one becomes: a ligature of eighteen letters is no way to write a name
_MOST = 50  #: the highest number that is one character and not written in Chinese


def _unescaped(match: re.Match[str]) -> str:
    written = match.group()
    if written[0] == "<":
        return " "
    if written[0] == "%":
        return " " if len(written) > 3 else chr(int(written[1:], 16))
    if written[0] == "\\":
        return chr(int(written[2:], 16))
    meant = html.unescape(written)
    return meant if len(meant) == 1 else written


def _in_one_alphabet(match: re.Match[str]) -> str:
    word = match.group()
    return "".join(LETTERS.get(one, one) for one in word) if _LATIN.search(word) else word


def _one_blank(match: re.Match[str]) -> str:
    written = match.group()
    if written[0] == "\n":
        return "\n\n"
    return "\t" if "\t" in written else " "


def _mapped(folded: Folded, table: Mapping[str, str]) -> Folded:
    pieces = [table[character] for character in folded.text]
    starts = [start for piece, start in zip(pieces, folded.starts, strict=False) for _ in piece]
    return Folded("".join(pieces), [*starts, folded.starts[-1]])


def _read(character: str) -> str:
    known = LOOKALIKES.get(character)
    if known is not None:
        return known
    if is_unseen(character) or unicodedata.category(character)[0] == "M":
        return ""
    if character.isascii():
        return character
    return _number(character) or _sign(character) or _letter(character) or _decomposed(character)


def _number(character: str) -> str:
    """Digits of every script and shape, in a circle too; not Roman ones, which are written with letters."""
    number = unicodedata.numeric(character, -1.0)
    is_roman = 0x2160 <= ord(character) <= 0x2188
    return str(int(number)) if number.is_integer() and 0 <= number <= _MOST and not is_roman else ""


def _sign(character: str) -> str:
    return {"Zs": " ", "Pd": "-"}.get(unicodedata.category(character), "")


def _letter(character: str) -> str:
    match = _NAMED_LETTER.search(unicodedata.name(character, ""))
    if match is None:
        return ""
    return match.group(4).lower() if "SMALL" in match.groups() else match.group(4)


def _decomposed(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    if parts == character or len(parts) > _LONGEST:
        return character
    return "".join(_FOLDS[part] for part in parts)


def _read_with_gaps(character: str) -> str:
    return " " if is_unseen(character) else _FOLDS[character]


def _shown(character: str) -> str:
    if is_unseen(character):
        return ""
    if character in "\r\v\f\x85\u2028\u2029":
        return "\n"
    if unicodedata.category(character) == "Zs" or character == _NO_DOTS:
        return " "
    if unicodedata.decomposition(character).startswith(("<font>", "<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", character)
    return character


_FOLDS = _Cached(_read)
_GAPS = _Cached(_read_with_gaps)
_SHOWN = _Cached(_shown)
