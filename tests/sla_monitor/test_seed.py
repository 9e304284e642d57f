"""Reference data: loaded once, read back as it was, read again when it changes."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import Sessions
from shared.schema import CalendarDay, CalendarVersion, Policy
from sla_monitor import policy_documents, seed
from sla_monitor.deadlines import clocks
from sla_monitor.reference import queries
from sla_monitor.reference.service import NoReferenceData, References
from tests.sla_monitor.histories import at_work, calendar, policy


def quietly(_line: str) -> None:
    pass


async def test_seeding_twice_and_twice_at_once_adds_nothing(own_engine: AsyncEngine, sessions: Sessions) -> None:
    lines: list[str] = []

    await asyncio.gather(*(seed.load_rules(own_engine, progress=quietly) for _ in range(3)))
    await seed.load_rules(own_engine, progress=lines.append)

    assert lines == ["policies: all are there", f"calendar: {calendar().name} is there"]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(CalendarVersion)) == 1
        assert await session.scalar(select(func.count()).select_from(Policy)) == 2
        days = await session.scalar(select(func.count()).select_from(CalendarDay))
        assert days == len(calendar().holidays) + len(calendar().cuti_bersama)


async def test_seeding_says_which_years_are_incomplete(own_engine: AsyncEngine) -> None:
    lines: list[str] = []

    await seed.load_rules(own_engine, progress=lines.append)

    assert "calendar: provisional for 2027, 2028, 2029, 2030, 2031 (no cuti bersama, or feasts only estimated)" in lines


async def test_what_was_stored_computes_the_same_clocks(own_engine: AsyncEngine, sessions: Sessions) -> None:
    await seed.load_rules(own_engine, progress=quietly)
    history = at_work("2025-03-25 09:00").held("2025-04-09 09:00").resumed("2025-04-10 09:00")

    async with sessions() as session:
        reference = await References().current(session)

    assert reference.calendar == calendar()
    assert list(reference.policies) == ["ID-SP4N-2018"]
    stored = reference.policy_for(datetime(2025, 3, 25, tzinfo=UTC))
    assert clocks(history.events, stored, reference.calendar) == history.clocks()
    assert stored.legal_basis == policy().legal_basis


async def test_an_unchanged_version_is_read_once_and_a_changed_one_again(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    await seed.load_rules(own_engine, progress=quietly)
    references = References()

    async with sessions.begin() as session:
        first = await references.current(session)
        assert await references.current(session) is first
        await session.execute(
            update(Policy)
            .where(Policy.code == "ID-SP4N-2025")
            .values(
                active=True,
                effective_from=date(2026, 7, 1),
                document={**policy_documents.shipped("ID-SP4N-2018"), "code": "ID-SP4N-2025"},
            )
        )
    async with sessions() as session:
        second = await references.current(session)

    assert second is not first
    received = [datetime(2026, 6, 30, hour, tzinfo=UTC) for hour in (15, 16)]  # midnight in Makassar
    assert [second.policy_for(at, "Asia/Makassar").code for at in received] == ["ID-SP4N-2018", "ID-SP4N-2025"]


async def test_an_unfinished_draft_stops_nobody(own_engine: AsyncEngine, sessions: Sessions) -> None:
    await seed.load_rules(own_engine, progress=quietly)
    async with sessions.begin() as session:
        await session.execute(update(Policy).where(Policy.code == "ID-SP4N-2025").values(document={"stages": 1}))

        reference = await References().current(session)

    assert list(reference.policies) == ["ID-SP4N-2018"]


async def test_a_newer_calendar_waits_for_an_operator(own_engine: AsyncEngine, sessions: Sessions) -> None:
    await seed.load_rules(own_engine, progress=quietly)
    async with own_engine.begin() as connection:
        await connection.execute(text("UPDATE calendars SET name = 'of an older package'"))
    lines: list[str] = []

    await seed.load_rules(own_engine, progress=lines.append)

    assert f"calendar: {calendar().name} added (inactive, because another version is active)" in lines
    async with sessions() as session:
        assert (await References().current(session)).calendar.name == "of an older package"


async def test_an_empty_database_says_what_to_do(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(NoReferenceData, match="lapor seed"):
            await References().current(session)


async def test_only_the_provisional_years_that_deadlines_reach_are_counted(
    own_engine: AsyncEngine, sessions: Sessions
) -> None:
    await seed.load_rules(own_engine, progress=quietly)

    async with sessions() as session:
        for now, count in (
            ("2026-06-01", 0),
            ("2026-09-02", 0),  # 120 days before the new year
            ("2026-09-03", 1),  # from here on deadlines reach 2027, whose feasts are estimated
            ("2027-06-01", 1),
            ("2027-12-31", 2),
        ):
            at = datetime.fromisoformat(f"{now}T12:00:00+00:00")
            assert await queries.count_incomplete_years(session, now=at) == count, now
