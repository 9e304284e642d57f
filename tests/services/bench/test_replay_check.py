import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays
import pytest

from tests.services.bench import replay_check

NOW = datetime(2023, 6, 1, tzinfo=UTC)


def day_by_day(start: date) -> date:
    """The fifth working day after the start, found by walking."""
    off = holidays.country_holidays("ID", years=(2022, 2023), categories=("public", "government"))
    day, counted = start, 0
    while counted < replay_check.WORKING_DAYS:
        day += timedelta(days=1)
        counted += day.weekday() < 5 and day not in off
    return day


def test_deadlines_are_those_of_walking_day_by_day_through_a_whole_year() -> None:
    days = [date(2022, 1, 1) + timedelta(days=number) for number in range(365)]
    noon = [datetime(day.year, day.month, day.day, 5, tzinfo=UTC) for day in days]

    dues = replay_check.dues(noon, replay_check.holidays_between(2022, 2023))

    assert [due.date() - timedelta(days=1) for due in dues] == [day_by_day(day) for day in days]


@pytest.mark.parametrize(
    ("received_at", "answered_at", "late"),
    [
        ("2022-01-03T03:00:00Z", "2022-01-10T16:59:59Z", False),
        ("2022-01-03T03:00:00Z", "2022-01-10T17:00:00Z", True),
        ("2022-01-03T17:00:00Z", "2022-01-11T16:59:59Z", False),  # already the fourth of January in WIB
        ("2022-01-03T03:00:00Z", "", True),
        ("2022-01-03T03:00:00Z", "2022-01-03T02:59:59Z", True),  # before its receipt: no answer
        ("2023-05-31T03:00:00Z", "", False),
    ],
)
def test_a_row_is_late_from_the_midnight_that_ends_its_last_day(
    tmp_path: Path, received_at: str, answered_at: str, late: bool
) -> None:
    path = tmp_path / "old.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["received_at", "answered_at"], [received_at, answered_at]])

    assert list(replay_check.late_rows(path, NOW).values()) == [late]
