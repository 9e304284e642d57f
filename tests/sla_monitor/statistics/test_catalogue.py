"""What ships in the catalogue, and what an installation may set of it."""

import json
from pathlib import Path

import pytest

from shared.domain.periods import read_period
from sla_monitor.indicators.catalogue import BadThresholds, IndicatorKind, Thresholds, read_catalogue, shipped
from sla_monitor.statistics.marks import Colour, colour_of, ranks


def test_every_indicator_is_explained_in_both_languages_and_says_what_it_counts() -> None:
    for one in shipped().indicators.values():
        assert all((*one.name, *one.formula, *(one.denominator or ("x",))))
        assert (one.value is not None) is (one.kind is IndicatorKind.MEAN)
        assert one.thresholds is None or one.higher_is_better is not None
        assert one.kind is not IndicatorKind.COUNT or one.thresholds is None


def thresholds(tmp_path: Path, said: object) -> Path:
    file = tmp_path / "thresholds.json"
    file.write_text(said if isinstance(said, str) else json.dumps(said))
    return file


def test_an_installation_sets_its_own_thresholds(tmp_path: Path) -> None:
    file = thresholds(tmp_path, {"closed_share": {"green": 0.9, "minimum_n": 5}, "speed_calendar": {"yellow": 7}})

    found = read_catalogue(file).indicators

    assert (found["closed_share"].thresholds, found["closed_share"].minimum_n) == (Thresholds(0.9, 0.6), 5)
    assert colour_of(found["speed_calendar"], 7.1) is Colour.RED
    assert found["in_time_share"] == shipped().indicators["in_time_share"]


@pytest.mark.parametrize(
    "said",
    [
        "no JSON", "[]", {"fastest": {"green": 1}}, {"received": {"green": 1}}, {"closed_share": {"red": 1}},
        {"closed_share": {"green": 0.5, "yellow": 0.6}}, {"speed_calendar": {"green": 9, "yellow": 5}},
        {"closed_share": {"green": "much"}}, {"closed_share": {"green": 90, "yellow": 60}},
        {"speed_calendar": {"green": -1}}, '{"speed_calendar": {"green": NaN}}',
        '{"closed_share": {"minimum_n": 1e999}}',
    ],
)  # fmt: skip
def test_thresholds_that_mean_nothing_stop_the_service_with_a_sentence(tmp_path: Path, said: object) -> None:
    with pytest.raises(BadThresholds) as refused:
        read_catalogue(thresholds(tmp_path, said))

    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("code", "value", "colour"),
    [
        ("closed_share", 0.8, "green"), ("closed_share", 0.79, "yellow"), ("closed_share", 0.6, "yellow"),
        ("closed_share", 0.59, "red"), ("closed_share", None, "grey"), ("speed_calendar", 5.0, "green"),
        ("speed_calendar", 5.01, "yellow"), ("speed_calendar", 10.0, "yellow"), ("speed_calendar", 10.1, "red"),
        ("received", 3.0, None),
    ],
)  # fmt: skip
def test_a_colour_begins_at_its_threshold(code: str, value: float | None, colour: str | None) -> None:
    assert colour_of(shipped().indicators[code], value) == colour


def test_equals_share_a_rank_and_the_next_one_counts_them_all() -> None:
    found = ranks(shipped().indicators["speed_calendar"], {"A": 2.0, "B": 1.0, "C": 2.0, "D": 3.0, "E": None})

    assert found == {"B": 1, "A": 2, "C": 2, "D": 4}
    assert ranks(shipped().indicators["received"], {"A": 2.0}) == {}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026", "2026-01-01..2026-12-31"), ("2026-02", "2026-02-01..2026-02-28"),
        ("2028-02", "2028-02-01..2028-02-29"),
        ("2026-Q4", "2026-10-01..2026-12-31"), ("2020-01..2020-08", "2020-01-01..2020-08-31"),
        ("2026-03-05..2026-03-05", "2026-03-05..2026-03-05"), ("2025..2026-Q1", "2025-01-01..2026-03-31"),
    ],
)  # fmt: skip
def test_a_period_is_named_as_people_name_it(text: str, days: str) -> None:
    assert str(read_period(text)) == days
