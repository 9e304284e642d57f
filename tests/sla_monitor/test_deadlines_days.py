"""The day rules: anchors, boundaries on both sides, time zones."""

from datetime import UTC, date, datetime

import pytest

from shared.domain.clocks import ClockOutcome, ClockState
from sla_monitor.calendars import CalendarYearMissing
from sla_monitor.explanations import explain
from tests.sla_monitor.histories import (
    MICROSECOND,
    WIB,
    WIT,
    WITA,
    History,
    at_work,
    calendar,
    end_of,
    local,
    policy,
)


def stage_of(start: str, days: int) -> tuple[History, str]:
    """A report with a clock of so many working days that starts on the day."""
    match days:
        case 3:
            return History().received(f"{start} 09:00"), "verification"
        case 5:
            return at_work(f"{start} 09:00"), "first_response"
        case 10:
            return at_work(f"{start} 09:00").held(f"{start} 09:30"), "hold"
        case 14:
            return at_work(f"{start} 09:00"), "resolution"
        case _:
            return at_work(f"{start} 09:00", supervisory=True), "resolution"


@pytest.mark.parametrize(
    ("start", "days", "last_counted_day"),
    [
        ("2025-03-25", 3, "2025-04-08"),
        ("2025-03-25", 5, "2025-04-10"),
        ("2025-03-25", 14, "2025-04-24"),
        ("2025-03-25", 60, "2025-07-09"),
        ("2025-12-19", 60, "2026-03-30"),
        ("2026-03-10", 10, "2026-03-31"),
        ("2026-03-17", 5, "2026-03-31"),
    ],
)
def test_the_limits_around_lebaran_end_where_two_independent_implementations_say(
    start: str, days: int, last_counted_day: str
) -> None:
    history, stage = stage_of(start, days)

    clock = history.last(stage)

    assert clock.days == days
    assert clock.due_on == date.fromisoformat(last_counted_day)
    assert clock.due_at == end_of(last_counted_day)


@pytest.mark.parametrize(
    ("zone", "due_at"),
    [
        (WIB, datetime(2025, 4, 8, 17, tzinfo=UTC)),
        (WITA, datetime(2025, 4, 8, 16, tzinfo=UTC)),
        (WIT, datetime(2025, 4, 8, 15, tzinfo=UTC)),
    ],
)
def test_the_limit_ends_at_midnight_of_the_holders_zone(zone: str, due_at: datetime) -> None:
    assert History(zone).received("2025-03-25 09:00").last("verification").due_at == due_at


def test_one_instant_is_another_day_in_another_zone() -> None:
    instant = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)  # Monday 22:30 WIB, 23:30 WITA, Tuesday 00:30 WIT

    due = [History(zone).received(instant).last("verification").due_on for zone in (WIB, WITA, WIT)]

    assert due == [date(2026, 1, 8), date(2026, 1, 8), date(2026, 1, 9)]


def test_a_report_of_the_last_microsecond_of_a_day_counts_from_that_day() -> None:
    midnight = local("2026-01-06 00:00")

    before, after = (History().received(at).last("verification") for at in (midnight - MICROSECOND, midnight))

    assert (before.due_on, after.due_on) == (date(2026, 1, 8), date(2026, 1, 9))


def test_a_start_on_a_day_off_is_day_zero_as_well() -> None:
    sunday, friday = (History().received(f"2026-01-{day} 09:00").last("verification") for day in ("11", "09"))

    assert sunday.due_on == friday.due_on == date(2026, 1, 14)


def test_a_clock_keeps_the_zone_of_the_event_that_opened_it() -> None:
    history = History(WITA).received("2026-01-05 09:00").verified("2026-01-05 10:00")
    history.assigned("2026-01-05 11:00", zone=WIB)

    assert history.last("resolution").time_zone == WITA
    assert history.last("first_response").time_zone == WIB
    assert history.last("first_response").place == "31"


def test_without_a_zone_a_clock_runs_in_wib() -> None:
    history = History().fact("report.received", datetime(2026, 1, 5, 2, tzinfo=UTC), status="received")

    assert history.last("verification").due_at == end_of("2026-01-08", WIB)


def test_late_means_at_or_after_the_due_instant() -> None:
    due_at = end_of("2026-01-08")

    met = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded(due_at - MICROSECOND)
    late = History().received("2026-01-05 09:00").verified("2026-01-05 10:00").forwarded(due_at)

    assert met.last("verification").outcome is ClockOutcome.MET
    assert late.last("verification").outcome is ClockOutcome.LATE
    assert [clock.state for clock in met.all("verification")] == [ClockState.STOPPED]


def test_calendar_days_count_whatever_the_calendar_says() -> None:
    history = History().received("2025-03-25 09:00")

    assert history.last("statutory_answer").due_on == date(2025, 4, 8)
    assert history.last("oversight_response").due_on == date(2025, 5, 24)
    assert history.last("oversight_resolution").due_on == date(2025, 5, 24)


def test_a_calendar_day_limit_may_end_on_a_sunday() -> None:
    assert History().received("2026-01-04 09:00").last("statutory_answer").due_on == date(2026, 1, 18)


def test_a_count_that_leaves_the_calendar_names_the_year() -> None:
    with pytest.raises(CalendarYearMissing, match="2009"):
        History().received("2009-12-24 09:00").clocks()
    with pytest.raises(CalendarYearMissing, match="2032"):
        History().received("2031-12-30 09:00").clocks()


def test_every_uncounted_day_says_why() -> None:
    clock = at_work("2025-03-25 09:00").last("first_response")

    days = {day.on: (day.reason, day.name and day.name.id) for day in explain(clock, policy(), calendar())}

    assert days == {
        date(2025, 3, 28): ("cuti_bersama", "Cuti Bersama Hari Suci Nyepi"),
        date(2025, 3, 29): ("weekend", None),
        date(2025, 3, 30): ("weekend", None),
        date(2025, 3, 31): ("holiday", "Hari Raya Idul Fitri"),
        date(2025, 4, 1): ("holiday", "Hari kedua dari Hari Raya Idul Fitri"),
        date(2025, 4, 2): ("cuti_bersama", "Cuti Bersama Hari Raya Idul Fitri"),
        date(2025, 4, 3): ("cuti_bersama", "Cuti Bersama Hari Raya Idul Fitri"),
        date(2025, 4, 4): ("cuti_bersama", "Cuti Bersama Hari Raya Idul Fitri"),
        date(2025, 4, 5): ("weekend", None),
        date(2025, 4, 6): ("weekend", None),
        date(2025, 4, 7): ("cuti_bersama", "Cuti Bersama Hari Raya Idul Fitri"),
    }


def test_every_day_between_start_and_due_is_counted_or_explained() -> None:
    for clock in (
        at_work("2025-03-25 09:00", supervisory=True).held("2025-04-09 10:00").resumed("2025-04-16 10:00").clocks()
    ):
        assert clock.due_on is not None
        span = (clock.due_on - local(clock.started_at).astimezone(local("2025-01-01").tzinfo).date()).days
        assert span - len(explain(clock, policy(), calendar())) == clock.days


def test_an_action_dated_before_a_receipt_slightly_in_the_future_counts_from_the_receipt() -> None:
    history = History().received("2026-01-05 09:02").verified("2026-01-05 09:01")

    clock = history.assigned("2026-01-05 09:01").last("verification")

    assert clock.started_at == clock.stopped_at == local("2026-01-05 09:02")


@pytest.mark.parametrize(("regency", "place"), [("64.09", "64.09"), (None, "64")])
def test_a_clock_keeps_the_regency_of_the_event_that_opened_it_and_else_its_province(
    regency: str | None, place: str
) -> None:
    """Events of before it was written down have none."""
    more = {} if regency is None else {"regency": regency}
    history = History(WITA).fact(
        "report.received", "2026-01-07 09:00", classification="complaint", status="received", time_zone=WITA,
        province="64", holder={"level": "national", "agency": None}, **more,
    )  # fmt: skip

    assert history.last("verification").place == place
