"""How many days are left, in the days that the limit counts."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.queries.days_left import DaysLeft, days_left
from sla_monitor import holidays_source, policy_documents, seed
from tests.factories import a_registry
from tests.sla_monitor.histories import History
from tests.sla_monitor.test_endpoints import a_watched_report

LAST = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("day", "left"),
    [
        (datetime(2026, 3, 17, 12, tzinfo=UTC), 5),  # over Nyepi, the feast with its cuti bersama, and two weekends
        (datetime(2026, 3, 30, 12, tzinfo=UTC), 1),
        (datetime(2026, 3, 30, 15, 59, tzinfo=UTC), 1),  # in Samarinda that is still the 30th
        (datetime(2026, 3, 30, 16, tzinfo=UTC), 0),
        (datetime(2026, 4, 1, 12, tzinfo=UTC), -1),
        (datetime(2026, 4, 5, 12, tzinfo=UTC), -2),  # a Sunday; the Friday before is Good Friday
    ],
)
async def test_a_limit_in_working_days_has_working_days_left(session: AsyncSession, day: datetime, left: int) -> None:
    await a_registry(session)
    connection = await session.connection()
    for code in policy_documents.SHIPPED:
        await seed._add_policy(connection, code)
    await seed._add_calendar(connection, holidays_source.calendar(), lambda said: None)
    at = "2026-03-17 10:00"
    history = History().received(at).verified(at).assigned(at, "SAMARINDA-PU")
    report = await a_watched_report(session, history, agency="SAMARINDA-PU", tracking_number="1000000005")
    await session.execute(text("UPDATE clocks SET calendar_id = (SELECT id FROM calendars WHERE active)"))

    asked = [(report, stage) for stage in ("first_response", "oversight_response", "disposition")]
    found = await days_left(session, asked, now=day)

    assert found[report, "first_response"] == DaysLeft(left, LAST, are_working=True)
    until = date(2026, 5, 16)
    today = day.astimezone(UTC).date() if day.hour < 16 else date(2026, 3, 31)
    assert found[report, "oversight_response"] == DaysLeft((until - today).days, until, are_working=False)
