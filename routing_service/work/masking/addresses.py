"""Complements what lokal-id finds: e-mail addresses, however their signs are parted or spelt out. Pure."""

import re
from collections.abc import Iterator

from routing_service.report.masks import Kind, Span

_OPEN, _CLOSE = r"\s?[\[({<_-]?\s?", r"\s?[\])}>_-]?\s?"
_BEFORE, _BEHIND = r"(?<=[\[({<\s_-])", r"(?=[\])}>\s_-])"
#: @ with a space on either side; (at), -at-, budiATgmail
_AT = rf"(?:{_OPEN}(?:@|{_BEFORE}(?:at|et|a|a[ -]?keong){_BEHIND}|(?-i:(?<=[a-z0-9])AT(?=[a-z]))){_CLOSE})"
_SAID_DOT = rf"{_OPEN}(?:{_BEFORE}(?:dot|titik){_BEHIND}|(?-i:(?<=[a-z0-9])DOT(?=[a-z]))){_CLOSE}"
#: Not a dot or a comma with a space behind it, which ends a sentence or goes on with a list.
_INNER_DOT = rf"(?:\.| \. |{_SAID_DOT})"
_DOT = rf"(?:[.,]|{_SAID_DOT})"
_QUOTED = r"\"[^\"\n@]{1,64}\""
_NAME = rf"(?:{_QUOTED}|(?<![\w.+%-])[a-z0-9][a-z0-9_+%-]{{0,63}}(?:{_INNER_DOT}[a-z0-9_+%-]{{1,64}}){{0,4}}?)"
_ENDS = rf"(?:co|go|ac|or|sch|web|my|desa){_DOT}id|com|net|org|id|co|info|biz|xyz|me|io"
_PROVIDERS = r"g ?mail|yahoo|ymail|rocketmail|outlook|hotmail|icloud|proton(?:mail)?"

_FORMS = (
    # budi.santoso @ gmail.com, budi(at)gmail(dot)com, budi@gmail,com, budi at yahoo dot co dot id
    rf"{_NAME}{_AT}(?:[a-z0-9-]{{1,63}}{_DOT}){{1,4}}?(?:{_ENDS})(?![\w-])",
    # budi @ gmail . com, budi@gmail: of a known provider the ending may be anywhere, or nowhere
    rf"{_NAME}{_AT}(?:{_PROVIDERS})(?:\s{{0,2}}[.,]\s{{0,2}}(?:com|net|id|co(?:\s?\.\s?id)?))?(?![\w-])",
)
_ADDRESSES = tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)
_SIGN = re.compile(r"@|(?<![a-z])(?:[ae]t|a(?=[\])}>])|a[ -]?keong)(?![a-z])|[a-z0-9](?-i:AT)[a-z]", re.IGNORECASE)


def find_addresses(text: str) -> Iterator[Span]:
    if _SIGN.search(text) is None:
        return
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            yield Span(*match.span(), Kind.EMAIL)
