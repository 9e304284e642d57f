"""A deadline on a calendar: each day that counted, and why each other did not. It is the end of 12 March 2026."""

import re
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Role
from sla_monitor.pages.weeks import MOST_LATE, Course, DayKind, weeks
from tests.factories import a_registry
from tests.sla_monitor.histories import at_work
from tests.sla_monitor.pages.conftest import Open
from tests.sla_monitor.test_endpoints import a_watched_report, given_to

START, DUE = date(2026, 3, 5), date(2026, 3, 12)  # a Thursday; five working days
WEEKEND = {date(2026, 3, 7): "weekend", date(2026, 3, 8): "weekend"}


def days(course: Course) -> dict[date, DayKind]:
    return {day.on: day.kind for week in weeks(course) for day in week}


def test_every_day_of_the_limit_has_its_number_and_the_others_their_reason() -> None:
    found = weeks(Course(START, DUE, None, date(2026, 3, 10), WEEKEND))
    flat = {day.on: day for week in found for day in week}

    assert [len(week) for week in found] == [7, 7]
    assert flat[date(2026, 3, 2)].kind is DayKind.OUTSIDE
    assert flat[START].kind is DayKind.START
    assert [flat[date(2026, 3, n)].number for n in (6, 7, 8, 9, 10, 11, 12)] == [1, None, None, 2, 3, 4, 5]
    assert flat[date(2026, 3, 7)].reason == "weekend"
    assert (flat[DUE].is_due, flat[date(2026, 3, 11)].is_due) == (True, False)
    assert (flat[date(2026, 3, 10)].ahead, flat[date(2026, 3, 11)].ahead) == (False, True)


@pytest.mark.parametrize(("today", "late"), [(DUE, 0), (date(2026, 3, 13), 1), (date(2027, 3, 12), 365)])
def test_what_lies_past_the_deadline_is_late_and_not_drawn_for_ever(today: date, late: int) -> None:
    course = Course(START, DUE, None, today, WEEKEND)

    drawn = [on for on, kind in days(course).items() if kind is DayKind.LATE]

    assert course.late_days == late
    assert len(drawn) == min(late, MOST_LATE)


def test_a_clock_that_was_stopped_ends_there_and_one_that_is_paused_today() -> None:
    stopped = weeks(Course(START, DUE, date(2026, 3, 9), date(2026, 6, 1), WEEKEND))
    paused = days(Course(START, None, None, date(2026, 3, 9), {**WEEKEND, date(2026, 3, 9): "paused"}))

    assert [day.on for week in stopped for day in week if day.is_end] == [date(2026, 3, 9)]
    assert max(on for on, kind in days(Course(START, DUE, date(2026, 3, 9), date(2026, 6, 1), {})).items()
               if kind is not DayKind.OUTSIDE) == DUE  # fmt: skip
    assert paused[date(2026, 3, 9)] is DayKind.UNCOUNTED
    assert paused[date(2026, 3, 10)] is DayKind.OUTSIDE


async def test_the_page_says_what_the_api_says(session: AsyncSession, open_page: Open) -> None:
    await a_registry(session)
    history = at_work("2026-02-12 10:00").held("2026-02-25 09:00").resumed("2026-02-27 09:00")
    await a_watched_report(session, history, tracking_number="1000000001")

    page = await open_page("/board/deadlines/1000000001")
    indonesian = await open_page("/board/deadlines/1000000001", language="id")

    assert page.status_code == 200, page.text
    for said in ("Deadlines of report 1000000001", "17 February 2026", "Days in WITA", "day uncounted paused", "no. 5"):
        assert said in page.text
    assert "Tenggat laporan 1000000001" in indonesian.text
    assert len(page.content) < 200 * 1024


@pytest.mark.parametrize(
    ("role", "agency", "status"),
    [
        (Role.NATIONAL_ADMIN, None, 200), (Role.COORDINATOR, "SAMARINDA", 200), (Role.COORDINATOR, "BALIKPAPAN", 404),
        (Role.LIAISON_OFFICER, "SAMARINDA-DINKES", 404), (Role.SUPERVISOR, "KALTIM", 404), (Role.OPERATOR, None, 403),
    ],
)  # fmt: skip
async def test_a_secret_report_is_there_for_those_alone_who_may_see_it(
    role: Role, agency: str | None, status: int, session: AsyncSession, open_page: Open
) -> None:
    await a_registry(session)
    history = given_to("SAMARINDA-PU")
    await a_watched_report(session, history, secret=True, tracking_number="1000000001")

    page, unknown = [await open_page(f"/board/deadlines/{n}", role, agency) for n in ("1000000001", "9999999999")]

    assert page.status_code == status
    if status != 200:
        said, as_unknown = (re.sub(r'value="[0-9a-f]{64}"', "", one.text) for one in (page, unknown))
        assert said.replace("1000000001", "9999999999") == as_unknown
