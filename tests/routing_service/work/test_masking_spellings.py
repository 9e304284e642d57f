"""However it is spelt: at most one spelling of twenty may get past the masking."""

import unicodedata

import pytest

from routing_service.work.masking.mask import find_people, masked
from shared.domain.folding import is_unseen
from tests.routing_service.work.spellings import SPELLINGS, Spelling

#: Known to get past; everything else is a failure of its own.
PASSES = {"e-mail, 'budi.santoso ⓐ gmail.com'"}


def public(spelling: Spelling) -> str:
    return masked(spelling.text, find_people(spelling.text))


@pytest.mark.parametrize("kind", sorted({spelling.name.partition(",")[0] for spelling in SPELLINGS}))
def test_what_is_spelt_otherwise_is_masked(kind: str) -> None:
    ours = [spelling for spelling in SPELLINGS if spelling.name.partition(",")[0] == kind]

    passed = {spelling.name for spelling in ours if not spelling.is_masked(public(spelling))}

    assert passed <= PASSES


def test_at_most_one_spelling_of_twenty_passes() -> None:
    names = [spelling.name for spelling in SPELLINGS]

    assert len(names) == len(set(names)) >= 150
    assert len(PASSES) <= len(names) / 20


def test_what_is_published_holds_nothing_that_is_not_seen() -> None:
    for spelling in SPELLINGS:
        text = public(spelling)
        assert not any(map(is_unseen, text)), spelling.name
        assert unicodedata.is_normalized("NFC", text), spelling.name
