"""Complements what lokal-id finds: e-mail addresses, however their signs are parted or spelt out. Pure."""

import re
from collections.abc import Iterator

from routing_service.texts.kinds import Kind, Span

_BEFORE, _BEHIND = r"(?<=[\[({<\s_-])", r"(?=[\])}>\s_-])"
#: (at), [ dot ], -at-, budiATgmailDOTcom
_OPEN, _CLOSE = r"\s?[\[({<_-]?\s?", r"\s?[\])}>_-]?\s?"
_AT = rf"(?:{_OPEN}(?:@|{_BEFORE}(?:at|et|a){_BEHIND}|(?-i:(?<=[a-z0-9])AT(?=[a-z]))){_CLOSE})"
_DOT = rf"(?:{_OPEN}(?:\.|,|{_BEFORE}(?:dot|titik){_BEHIND}|(?-i:(?<=[a-z0-9])DOT(?=[a-z]))){_CLOSE})"
_NAME = r"(?<![\w.+%-])[a-z0-9][a-z0-9_+%-]{0,63}"
_ENDS = r"(?:co|go|ac|or|sch|web|my|desa)\.id|com|net|org|id|co|info|biz|xyz|me|io"
_PROVIDERS = r"g ?mail|yahoo|ymail|rocketmail|outlook|hotmail|live|icloud|proton(?:mail)?|mail"

#: budi.santoso @ gmail . com, budi(at)gmail(dot)com, budi@gmail,com, budi at gmail dot com
_ADDRESS = re.compile(
    rf"{_NAME}(?:{_DOT}[a-z0-9_+%-]{{1,64}}){{0,4}}?{_AT}"
    rf"(?:[a-z0-9-]{{1,63}}{_DOT}){{1,4}}?(?:{_ENDS})(?![\w-])",
    re.IGNORECASE,
)
#: budi@gmail, budi at gmail: a provider says it without an ending.
_PROVIDED = re.compile(rf"{_NAME}(?:[ ]?\.[ ]?[a-z0-9_+%-]{{1,64}}){{0,4}}{_AT}(?:{_PROVIDERS})(?!\w)", re.IGNORECASE)


_SIGN = re.compile(r"@|(?<![a-z])(?:[ae]t|a(?=[\])}>]))(?![a-z])|[a-z0-9](?-i:AT)[a-z]", re.IGNORECASE)


def found(text: str) -> Iterator[Span]:
    if _SIGN.search(text) is None:
        return
    for pattern in (_ADDRESS, _PROVIDED):
        for match in pattern.finditer(text):
            yield Span(*match.span(), Kind.EMAIL)
