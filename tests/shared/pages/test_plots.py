"""Where lines and columns are drawn."""

import pytest

from shared.pages.plots import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Point, columns, share_of, top_of, trend


def point(value: float | None) -> Point:
    return Point("x", value, str(value))


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([0], 1), ([1], 1), ([1.01], 2), ([3], 5), ([10], 10), ([11], 20), ([0.07], 0.1), ([999], 1000)],
)
def test_an_axis_ends_at_a_round_number_and_no_value_lies_above(values: list[float], top: float) -> None:
    assert top_of(values) == pytest.approx(top)


def test_a_line_is_broken_where_there_is_nothing_and_never_falls_to_zero() -> None:
    plot = trend([point(1), point(2), point(None), point(1), point(2), point(None), point(2)])

    assert [len(line.split()) for line in plot.lines] == [2, 2]
    assert len(plot.marks) == 5


def test_the_highest_column_reaches_the_top_and_all_stay_in_the_frame() -> None:
    plot = columns([point(5), point(0), point(2.5)], [(1.5, "median"), (99, "p90")])
    highest, none, half = plot.marks

    assert highest.y == TOP
    assert none.height == 0
    assert half.height == pytest.approx(highest.height / 2)
    assert all(mark.x >= LEFT and mark.x + mark.width <= WIDTH - RIGHT for mark in plot.marks)
    assert [rule.anchor for rule in plot.rules] == ["end", "end"]
    assert max(rule.x for rule in plot.rules) <= WIDTH - RIGHT
    assert all(0 <= level.at <= HEIGHT for level in plot.levels)


def test_a_plot_of_nothing_has_axes_and_no_marks() -> None:
    assert (trend([]).marks, columns([]).marks) == ([], [])


def test_more_labels_than_fit_are_thinned_out() -> None:
    assert len(trend([point(1)] * 60).labels) == 12


@pytest.mark.parametrize(
    ("value", "highest", "length"), [(None, 5, 0), (5, 5, 100), (6, 5, 100), (1, 0, 0), (1, 4, 25)]
)
def test_bars_are_as_long_as_their_share(value: float | None, highest: float, length: float) -> None:
    assert share_of(value, highest) == length


@pytest.mark.parametrize(
    ("value", "levels"), [(1, ["0", "1"]), (2, ["0", "1", "2"]), (4, ["0", "1", "2", "3", "4", "5"])]
)
def test_columns_count_whole_things(value: float, levels: list[str]) -> None:
    assert [level.text for level in columns([point(value)]).levels] == levels
