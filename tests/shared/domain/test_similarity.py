"""Whether two reports may be about the same thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import similarity
from shared.domain.similarity import Described, Parts, is_similar, parts, score

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOLE = Described(
    frozenset({"lubang", "pasar", "pagi", "motor", "jatuh"}),
    NOON,
    -0.5022,
    117.1536,
    "64.72.01",
    "roads.damage",
    "roads",
)


def compared(**changes: object) -> Parts:
    return parts(HOLE, replace(HOLE, **changes), title_similarity=1.0)  # type: ignore[arg-type]


def test_a_report_that_says_the_same_at_the_same_place_and_time_has_the_full_score() -> None:
    found = compared()

    assert found == Parts(words=1.0, distance=1.0, category=1.0, time=1.0)
    assert score(found) == pytest.approx(1.0)


def test_the_weights_are_shares_of_one() -> None:
    assert sum(similarity.WEIGHTS.values()) == pytest.approx(1.0)
    assert set(similarity.WEIGHTS) == {"words", "distance", "category", "time"}


def test_half_the_distance_part_is_gone_after_300_metres_and_none_is_given_beyond_reach() -> None:
    degree = similarity.METRES_PER_DEGREE

    near = compared(latitude=-0.5022 + 300 / degree)
    far = compared(latitude=-0.5022 + similarity.REACH_METRES / degree)

    assert near.distance == pytest.approx(0.5, abs=0.01)
    assert far.distance is not None
    assert far.distance < 0.02


def test_where_the_place_of_the_other_is_known_to_a_kilometre_a_kilometre_halves_it() -> None:
    other = replace(HOLE, latitude=-0.5022 + 1_000 / similarity.METRES_PER_DEGREE)

    found = parts(HOLE, other, title_similarity=1.0, coarse=True)

    assert found.distance == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("region", "expected"), [("64.72.01.1001", 0.7), ("64.72.01", 0.7), ("64.72.02", 0.3), ("64.71", 0.05), ("35", 0.0)]
)
def test_without_coordinates_the_regions_speak_for_the_distance(region: str, expected: float) -> None:
    assert compared(latitude=None, longitude=None, region=region).distance == expected


def test_in_the_same_village_two_reports_are_as_near_as_regions_can_say() -> None:
    village = replace(HOLE, latitude=None, region="64.72.01.1001")

    assert parts(village, village, title_similarity=0.0).distance == 1.0


def test_what_is_not_known_of_both_carries_no_weight() -> None:
    nowhere = compared(latitude=None, longitude=None, region=None, category=None, category_above=None)

    assert (nowhere.distance, nowhere.category) == (None, None)
    assert score(nowhere) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("category", "above", "expected"),
    [("roads.damage", "roads", 1.0), ("roads.lights", "roads", 0.5), ("roads", None, 0.5), ("health", None, 0.0)],
)
def test_categories_beside_or_above_each_other_count_half(category: str, above: str | None, expected: float) -> None:
    assert compared(category=category, category_above=above).category == expected


def test_a_month_halves_the_time_part_in_either_direction() -> None:
    for days in (-30, 30):
        assert compared(at=NOON + timedelta(days=days)).time == pytest.approx(0.5)


def test_a_short_text_is_compared_with_what_of_it_stands_in_the_longer_one() -> None:
    longer = replace(HOLE, words=HOLE.words | {f"kata{number}" for number in range(20)})

    assert parts(HOLE, longer, title_similarity=0.0).words == pytest.approx(0.7)


def test_one_word_in_common_says_little_about_two_texts_of_one_word() -> None:
    lone = replace(HOLE, words=frozenset({"lubang"}))

    assert parts(lone, lone, title_similarity=0.0).words == pytest.approx(0.7 / similarity.FEWEST_WORDS)


def test_without_a_word_in_common_nothing_is_similar_however_near_it_is() -> None:
    found = parts(HOLE, replace(HOLE, words=frozenset({"sampah"})), title_similarity=0.0)

    assert score(found) == pytest.approx(0.5)
    assert not is_similar(found)


@pytest.mark.parametrize(("words", "expected"), [(0.35, True), (0.349, False)])
def test_the_least_score_is_the_boundary(words: float, expected: bool) -> None:
    assert is_similar(Parts(words=words, distance=None, category=None, time=words)) is expected


def test_telling_words_are_no_common_words_no_numbers_and_nothing_masked() -> None:
    text = "Mohon kepada Pak [nama], lubang di Jalan Pahlawan no. 12 dan LUBANG itu [nomor kendaraan]"

    assert similarity.telling(text) == ["pak", "lubang", "jalan", "pahlawan"]


def test_rare_words_are_looked_for_two_at_a_time_and_never_more_than_ten() -> None:
    found = similarity.looked_for(["lubang", "jalan"], [f"kata{number}" for number in range(20)], {"jalan": 0.4})

    words = {word for pair in found for word in pair}
    assert {len(pair) for pair in found} == {2}
    assert len(words) == similarity.MOST_WORDS
    assert "lubang" in words
    assert "jalan" not in words


@pytest.mark.parametrize(("share", "expected"), [(0.07, [("jalan", "rusak")]), (0.072, [])])
def test_words_that_are_too_common_together_are_not_looked_for(share: float, expected: list[tuple[str, ...]]) -> None:
    """7 % of 7 % of all texts are less than half a percent."""
    assert similarity.looked_for(["jalan", "rusak"], [], {"jalan": share, "rusak": share}) == expected


def test_pairs_are_taken_from_the_rarest_on_until_too_many_texts_would_have_one() -> None:
    shares = {"jalan": 0.06, "rusak": 0.07, "lubang": 0.01}

    found = similarity.looked_for(["jalan", "rusak", "lubang"], [], shares)

    assert found == [("lubang", "jalan"), ("lubang", "rusak")]


@pytest.mark.parametrize(("share", "expected"), [(0.005, [("lampu",)]), (0.0051, [])])
def test_a_lone_word_is_looked_for_if_it_is_rare(share: float, expected: list[tuple[str, ...]]) -> None:
    assert similarity.looked_for(["lampu"], [], {"lampu": share}) == expected


def test_without_words_nothing_is_looked_for() -> None:
    assert similarity.looked_for([], [], {}) == []


_words = st.frozensets(st.sampled_from(["lubang", "lampu", "sampah", "banjir", "pasar", "jalan"]))
_described = st.builds(
    Described,
    words=_words,
    at=st.integers(-3000, 3000).map(lambda days: NOON + timedelta(days=days)),
    latitude=st.none() | st.floats(-11.5, 6.5),
    longitude=st.none() | st.floats(94.5, 141.5),
    region=st.none() | st.sampled_from(["64", "64.72", "64.72.01", "64.72.01.1001"]),
    category=st.none() | st.sampled_from(["roads", "roads.damage", "health"]),
    category_above=st.none() | st.just("roads"),
)


@given(_described, _described, st.floats(0, 1))
def test_every_part_and_the_score_lie_between_0_and_1_and_do_not_depend_on_the_order(
    one: Described, other: Described, alike: float
) -> None:
    found = parts(one, other, title_similarity=alike)

    values = [found.words, found.distance, found.category, found.time, score(found)]
    assert all(0.0 <= value <= 1.0 + 1e-9 for value in values if value is not None)
    again = parts(other, one, title_similarity=alike)
    assert score(again) == pytest.approx(score(found))
