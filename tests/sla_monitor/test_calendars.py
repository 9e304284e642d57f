"""Calendars, and what the `holidays` package makes of one."""

from datetime import date
from itertools import pairwise

import pytest

from sla_monitor import holidays_source
from sla_monitor.calendars import Calendar, CalendarError, CalendarYearMissing, Name
from sla_monitor.deadlines import clocks
from tests.sla_monitor.histories import History, calendar, policy

DAY_OFF = Name("Libur", "Day off")


def count(
    found: Calendar, first: date, end: date, province: str | None = None, *, cuti_bersama_off: bool = True
) -> int:
    counter = found.working_days(province, cuti_bersama_off=cuti_bersama_off)
    return counter.index(end.toordinal()) - counter.index(first.toordinal())


def test_march_2026_has_seventeen_working_days() -> None:
    assert count(calendar(), date(2026, 3, 1), date(2026, 4, 1)) == 17


def test_2026_has_seventeen_holidays_and_eight_days_of_cuti_bersama() -> None:
    days = [[day for day in kind if day.year == 2026] for kind in (calendar().holidays, calendar().cuti_bersama)]

    assert [len(kind) for kind in days] == [17, 8]


def test_the_day_added_late_in_2025_is_there() -> None:
    uncounted = calendar().uncounted(date(2025, 8, 18), place=None, cuti_bersama_off=True)

    assert uncounted is not None
    assert (uncounted.reason, uncounted.name) == (
        "cuti_bersama",
        Name("Cuti Bersama Hari Kemerdekaan Republik Indonesia", "Independence Day Joint Holiday"),
    )


def test_a_year_without_cuti_bersama_or_with_estimated_feasts_is_incomplete_and_still_counts() -> None:
    assert calendar().incomplete_years == (2027, 2028, 2029, 2030, 2031)
    assert calendar().estimated_years == {2027, 2028, 2029, 2030, 2031}
    assert calendar().is_complete(date(2026, 12, 31))
    assert not calendar().is_complete(date(2027, 1, 1))
    assert not calendar().is_complete(date(2028, 1, 1))
    assert count(calendar(), date(2028, 1, 1), date(2029, 1, 1)) > 240


def test_a_policy_may_count_cuti_bersama_as_working_days() -> None:
    on, off = (count(calendar(), date(2026, 3, 1), date(2026, 4, 1), cuti_bersama_off=flag) for flag in (False, True))

    assert on - off == 4


def test_a_regional_day_off_counts_in_its_province_alone() -> None:
    base = calendar()
    regional = Calendar(
        "with a regional day",
        2026,
        2026,
        frozenset({2026}),
        {day: name for day, name in base.holidays.items() if day.year == 2026},
        {day: name for day, name in base.cuti_bersama.items() if day.year == 2026},
        regional={"64": {date(2026, 1, 9): Name("Hari Jadi Provinsi Kalimantan Timur", "Kaltim's anniversary")}},
    )

    def due_on(zone: str) -> date | None:
        history = History(zone).received("2026-01-07 09:00")
        found = {clock.stage: clock.due_on for clock in clocks(history.events, policy(), regional)}
        return found["verification"]

    assert (due_on("Asia/Makassar"), due_on("Asia/Jakarta")) == (date(2026, 1, 13), date(2026, 1, 12))


ANNIVERSARY = Name("Hari Jadi Penajam Paser Utara", "Anniversary of Penajam Paser Utara")


@pytest.mark.parametrize(
    ("place", "due_on"),
    [
        ("64.09", date(2026, 1, 14)),  # its own day off and that of its province
        ("64.72", date(2026, 1, 13)),
        ("64", date(2026, 1, 13)),
        ("63", date(2026, 1, 12)),
        (None, date(2026, 1, 12)),
    ],
)
def test_a_day_off_of_a_regency_counts_there_alone_beside_that_of_its_province(place: str | None, due_on: date) -> None:
    known = Calendar(
        "with regional days", 2026, 2026, frozenset({2026}),
        regional={"64": {date(2026, 1, 9): Name("a", "a")}, "64.09": {date(2026, 1, 12): ANNIVERSARY}},
    )  # fmt: skip
    days = known.working_days(place, cuti_bersama_off=True)

    third = days.day(days.index(date(2026, 1, 8).toordinal()) + 2)

    assert date.fromordinal(third) == due_on
    off = known.uncounted(date(2026, 1, 12), place=place, cuti_bersama_off=True)
    assert (off is not None and off.name == ANNIVERSARY) is (place == "64.09")


def test_provinces_without_days_of_their_own_share_one_count() -> None:
    assert calendar().working_days("64", cuti_bersama_off=True) is calendar().working_days(None, cuti_bersama_off=True)


def test_a_working_week_is_data() -> None:
    six_days = Calendar("six days a week", 2026, 2026, frozenset({2026}), weekend=frozenset({7}))

    assert count(six_days, date(2026, 1, 5), date(2026, 1, 12)) == 6


def test_a_year_that_is_not_loaded_is_named() -> None:
    with pytest.raises(CalendarYearMissing, match="does not cover the year 2033") as missing:
        calendar().uncounted(date(2033, 1, 1), place=None, cuti_bersama_off=True)
    assert (missing.value.year, missing.value.code) == (2033, "calendar_year_missing")
    with pytest.raises(CalendarYearMissing, match="2009"):
        calendar().working_days(None, cuti_bersama_off=True).index(date(2009, 12, 31).toordinal())


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ({"holidays": {date(2027, 1, 1): DAY_OFF}}, "lies outside the years"),
        ({"regional": {"64": {date(2025, 1, 1): DAY_OFF}}}, "lies outside the years"),
        ({"weekend": frozenset(range(1, 8))}, "no working day"),
        ({"last_year": 2025}, "before it begins"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(mistake: dict[str, object], sentence: str) -> None:
    values = {"name": "wrong", "first_year": 2026, "last_year": 2026, "complete_years": frozenset(), **mistake}

    with pytest.raises(CalendarError, match=sentence):
        Calendar(**values)  # type: ignore[arg-type]


def test_years_are_loaded_without_a_gap() -> None:
    with pytest.raises(CalendarError, match="without a gap"):
        holidays_source.calendar([2024, 2026])
    chosen = holidays_source.calendar([2025, 2024])
    assert (chosen.first_year, chosen.last_year) == (2024, 2025)
    assert {day.year for day in chosen.holidays} == {2024, 2025}


def test_every_name_is_there_in_both_languages() -> None:
    names = [*calendar().holidays.values(), *calendar().cuti_bersama.values()]

    assert all(name.id and name.en for name in names)
    assert all(earlier < later for earlier, later in pairwise(calendar().holidays))
