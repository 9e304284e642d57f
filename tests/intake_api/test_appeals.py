"""Until when an archived report may be appealed: the end of the tenth working day, where the report is."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, insert

from intake_api.reporters import queries
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from shared.schema import CalendarDay, CalendarVersion
from tests.factories import NOON
from tests.intake_api.helpers import Clock, code_of, moved, submitted

# From the joint decree for 2026, as far as these tests reach, and a day off of one province alone.
DAYS_OFF = {
    date(2026, 3, 18): ("cuti_bersama", ""),
    date(2026, 3, 19): ("holiday", ""),
    date(2026, 3, 20): ("cuti_bersama", ""),
    date(2026, 3, 23): ("cuti_bersama", ""),
    date(2026, 3, 24): ("cuti_bersama", ""),
    date(2026, 3, 27): ("regional", "35"),
}


@pytest.fixture
async def calendar(committed: Sessions) -> AsyncIterator[None]:
    async with committed.begin() as session:
        version = CalendarVersion(name="test", source="test", weekend=[6, 7], active=True)
        session.add(version)
        await session.flush()
        days = [
            {"calendar_id": version.id, "day": day, "kind": kind, "province": province, "name_id": "x", "name_en": "x"}
            for day, (kind, province) in DAYS_OFF.items()
        ]
        await session.execute(insert(CalendarDay), days)
    yield
    async with committed.begin() as session:
        await session.execute(delete(CalendarDay))
        await session.execute(delete(CalendarVersion))


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize(
    ("start", "number", "province", "expected"),
    [
        (date(2026, 3, 10), 10, "64", date(2026, 3, 31)),  # the anchor of domain.md
        (date(2026, 3, 10), 10, None, date(2026, 3, 31)),
        (date(2026, 3, 10), 10, "35", date(2026, 4, 1)),
        (date(2026, 3, 17), 5, "64", date(2026, 3, 31)),  # another
        (date(2026, 3, 14), 1, "64", date(2026, 3, 16)),  # from a Saturday
    ],
)
async def test_working_days_leave_out_weekends_holidays_and_the_provinces_own(
    committed: Sessions, start: date, number: int, province: str | None, expected: date
) -> None:
    async with committed() as session:
        assert await queries.working_day(session, start, number, places=[province]) == expected


async def test_without_a_calendar_weekends_are_left_out(committed: Sessions) -> None:
    async with committed() as session:
        assert await queries.working_day(session, date(2026, 3, 10), 10, places=["64", "64.72"]) == date(2026, 3, 24)


LAST_MOMENT = datetime(2026, 3, 31, 16, tzinfo=UTC) - timedelta(microseconds=1)  # midnight in Samarinda is 16:00 UTC


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize(("at", "accepted"), [(LAST_MOMENT, True), (LAST_MOMENT + timedelta(microseconds=1), False)])
async def test_an_appeal_is_possible_until_the_tenth_working_day_ends(
    client: httpx.AsyncClient, committed: Sessions, now: Clock, at: datetime, accepted: bool
) -> None:
    report = await submitted(client)
    archived_at = datetime(2026, 3, 9, 17, tzinfo=UTC)  # the tenth of March in Samarinda already
    assert archived_at > NOON
    await moved(committed, report, EventType.REPORT_ARCHIVED, Status.ARCHIVED, at=archived_at)
    now.now = at

    answer = await client.post(f"{report.path}/appeal", headers=report.as_reporter)

    assert answer.status_code == 200 if accepted else code_of(answer) == (409, "too_late_to_appeal")
