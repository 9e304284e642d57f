"""How the work list is searched: all of the words, in any order, whatever stands between them. Pure."""

import re
from collections.abc import Sequence

from shared.domain.folding import searchable

#: A shorter beginning of a word is the beginning of too many.
SHORTEST_BEGINNING = 4
MOST_WORDS = 20
_WORD = re.compile(r"[^\W\d_]+|\d+")  # KM5 is KM 5


def words_of(text: str) -> Sequence[str]:
    return _WORD.findall(searchable(text))


def spaced(text: str) -> str:
    """Words and spaces alone, as PostgreSQL's parser does not take KM-5 for a negative number."""
    return " ".join(words_of(text))
