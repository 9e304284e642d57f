"""Subjects: what a report is about, in words that a citizen knows."""

from collections import Counter

import pytest

from routing_service.registry import seed
from shared.domain.subjects import known_subject, subject_of, subjects

CATEGORIES = {one["code"]: one["parent_code"] for one in seed.categories()}


def line(category: str) -> list[str]:
    above = CATEGORIES[category]
    return [category] if above is None else [category, *line(above)]


def test_every_seeded_category_has_a_subject_and_every_subject_a_seeded_category() -> None:
    found = {category: subject_of(line(category)) for category in CATEGORIES if CATEGORIES[category] is not None}

    assert None not in found.values()
    assert set(found.values()) == set(subjects())


def test_no_category_is_named_by_two_subjects() -> None:
    named = Counter(category for one in subjects().values() for category in one.categories)

    assert set(named.values()) == {1}
    assert set(named) <= set(CATEGORIES)


def test_the_nearest_category_that_a_subject_names_decides() -> None:
    assert subject_of(["street_light_out", "public_space"]) == "street_lights"
    assert subject_of(["road_damage", "roads"]) == "roads"
    assert subject_of(["unknown"]) is None
    assert subject_of([]) is None


def test_there_are_some_two_dozen_and_each_says_what_it_means_in_both_languages() -> None:
    assert 20 <= len(subjects()) <= 28
    for one in subjects().values():
        assert all((*one.label, *one.meaning))
        assert max(map(len, one.meaning)) <= 90  # read at a glance


def test_an_unknown_subject_is_refused_with_a_sentence() -> None:
    assert known_subject("waste") == "waste"
    with pytest.raises(ValueError, match="no such subject"):
        known_subject("sampah")
