"""How much JSON may be in a body. Counted in its bytes, before a parser makes objects and errors of each value."""

import re
from http import HTTPStatus

from shared.errors import DomainError

#: A body this short cannot hold enough to hurt, so that an ordinary one is not looked at.
SHORT_BYTES = 4096
DEEPEST = 32
#: More than all texts of a request may hold; those around each text come on top.
MOST_QUOTES_IN_TEXTS = 50_000
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Possessive, so that a string without an end is read once and not from each of its quotes.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


class TooManyValues(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "too_many_values"

    def __init__(self, most: int) -> None:
        super().__init__(f"The body holds more than {most:,} fields and values; send fewer.")


class TooDeep(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "too_deep"

    def __init__(self) -> None:
        super().__init__(f"The body is nested more than {DEEPEST} levels deep; send it flatter.")


def check_shape(body: bytes, *, most_values: int) -> None:
    """Raises TooManyValues, TooDeep. What is no JSON at all is the parser's to refuse."""
    if not might_be_large(body, most_values):
        return
    if body.count(b'":') - body.count(b'\\":') > most_values:  # in a text the quote would be escaped
        raise TooManyValues(most_values)
    if body.count(b'"') > 2 * most_values + MOST_QUOTES_IN_TEXTS:
        raise TooManyValues(most_values)
    bare = _STRING.sub(b"", body)
    if bare.count(b":") + bare.count(b",") > most_values:
        raise TooManyValues(most_values)
    if _is_deep(bare):
        raise TooDeep


def might_be_large(body: bytes, most_values: int) -> bool:
    """Whether it could be too much if its texts held no such characters, as almost all texts do."""
    if len(body) <= SHORT_BYTES:
        return False
    marks = body.count(b":") + body.count(b",")
    return marks > most_values or body.count(b"[") + body.count(b"{") > DEEPEST


def _is_deep(bare: bytes) -> bool:
    """Peels innermost pairs of brackets, a layer a round. What has no pair is no JSON, and the parser's to refuse."""
    nested = bare.translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(DEEPEST):
        peeled = nested.replace(b"[]", b"")
        if len(peeled) == len(nested):
            return False
        nested = peeled
    return b"[]" in nested
