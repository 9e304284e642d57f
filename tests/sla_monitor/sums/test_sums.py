"""What is added up is what the rows say, whatever happened in between. The database is rolled back."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from sla_monitor.statistics.schemas import FigureValue
from sla_monitor.sums import queries
from sla_monitor.sums.keeping import add_up, keep
from sla_monitor.sums.queries import Summing
from sla_monitor.sums.terms import is_summed, shipped_terms
from tests.effort import times
from tests.factories import a_registry
from tests.sla_monitor.histories import History, end_of
from tests.sla_monitor.statistics.counting import counted, figures, total
from tests.sla_monitor.statistics.test_figures import OF_REPORTS, PU, given_to
from tests.sla_monitor.stored import rows
from tests.sla_monitor.test_deadlines_properties import histories

NOW = end_of("2026-03-12")
SUMMING = Summing(shipped_terms())
KEPT = [one for one in OF_REPORTS if is_summed(one)]
unhurried = settings(
    deadline=None,
    max_examples=times(3, 40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def kept(session: AsyncSession) -> dict[str, set[tuple[Any, ...]]]:
    found = {}
    for table in ("figure_sums", "figure_spreads", "figure_months"):
        listed = await rows(session, f"SELECT * FROM {table}")
        found[table] = {tuple(tuple(one) if isinstance(one, list) else one for one in row) for row in listed}
    return found


async def told(session: AsyncSession, **asked: Any) -> Mapping[str, Any]:
    """Every figure that is added up, told by everything."""
    found = {}
    for indicator in KEPT:
        for by in (None, *indicator.by):
            one = await figures(session, indicator.code, by=by, **asked)
            found[f"{indicator.code} {by}"] = (one.as_of, [_said(line) for line in (one.total, *one.items)])
    return found


def _said(line: FigureValue) -> Mapping[str, Any]:
    """Means but for the order in which their cases were added up."""
    said = line.model_dump()
    return said | {name: round(said[name] or 0, 9) for name in ("value", "median", "p90")}


@unhurried
@given(lives=st.lists(histories(), min_size=1, max_size=5), days=st.integers(0, 200))
async def test_every_figure_from_sums_is_the_one_from_the_rows(
    session: AsyncSession, lives: list[History], days: int
) -> None:
    async with session.begin_nested() as example:
        for history in lives:
            await counted(session, history)
        last = max(event.occurred_at for one in lives for event in one.events)
        as_of = (last + timedelta(days=days)).astimezone(UTC)  # as links have it
        from_rows = await told(session, now=as_of + timedelta(days=1), as_of=as_of, period="2025")

        await add_up(session, SUMMING, as_of=as_of)

        assert await told(session, now=as_of, period="2025") == from_rows
        await example.rollback()


@unhurried
@given(history=histories(), draw=st.data())
async def test_sums_that_are_kept_up_are_those_that_are_made_anew(
    session: AsyncSession, history: History, draw: st.DataObject
) -> None:
    """Events come, deadlines pass, and what was added up before is corrected."""
    async with session.begin_nested() as example:
        for count in range(1, len(history.events) + 1):
            if count < len(history.events) and draw.draw(st.booleans()):
                continue
            part = History()
            part.events = history.events[:count]
            await counted(session, part)
            await add_up(session, SUMMING, as_of=max(event.occurred_at for event in part.events))
        as_of = max(event.occurred_at for event in history.events) + timedelta(days=draw.draw(st.integers(0, 90)))
        await add_up(session, SUMMING, as_of=as_of)
        kept_up = await kept(session)

        for table in kept_up:
            await session.execute(text(f"DELETE FROM {table}"))
        await queries.mark_all(session)
        await add_up(session, SUMMING, as_of=as_of)

        assert await kept(session) == kept_up
        await example.rollback()


async def test_a_deadline_that_passes_is_late_although_nothing_has_happened(session: AsyncSession) -> None:
    await counted(session, given_to(PU))  # to be answered until the end of 9 March
    due_at = end_of("2026-03-09")
    found = []

    for as_of in (due_at - timedelta(seconds=1), due_at):
        await add_up(session, SUMMING, as_of=as_of)
        found.append((await total(session, "late", now=as_of, stage="first_response")).count)

    assert found == [0, 1]


async def test_only_months_in_which_something_has_changed_are_added_up(session: AsyncSession) -> None:
    await counted(session, given_to(PU, "2026-01-05 10:00"))
    await counted(session, given_to(PU, "2026-02-02 10:00").answered("2026-02-03 10:00").closed("2026-02-20"))
    first = await add_up(session, SUMMING, as_of=NOW)

    await counted(session, given_to(PU, "2026-02-03 10:00").answered("2026-02-04 10:00").closed("2026-02-20"))
    second = await add_up(session, SUMMING, as_of=NOW + timedelta(seconds=5))
    third = await add_up(session, SUMMING, as_of=NOW + timedelta(seconds=10))

    assert (first, second, third) == (2, 1, 0)
    assert (await total(session, "received", now=NOW + timedelta(seconds=12))).count == 3


@pytest.mark.parametrize(
    ("asked", "is_kept"),
    [
        ({"indicator": "received"}, True),
        ({"indicator": "received", "period": "2026-01..2026-02"}, True),
        ({"indicator": "received", "period": "2026-01-01..2026-02-27"}, False),  # no whole months
        ({"indicator": "speed_calendar", "period": "2026-02"}, True),
        ({"indicator": "speed_calendar", "period": "2026-Q1"}, False),  # no percentile follows from those of parts
        ({"indicator": "open_age"}, False),  # is another one every second
        ({"indicator": "received", "agency": "SAMARINDA"}, False),  # few rows
        ({"indicator": "received", "as_of": NOW - timedelta(seconds=1)}, False),
    ],
)
async def test_what_sums_cannot_say_is_asked_of_the_rows(
    session: AsyncSession, asked: dict[str, Any], is_kept: bool
) -> None:
    await a_registry(session)
    await counted(session, given_to(PU))
    await add_up(session, SUMMING, as_of=NOW)
    now = NOW + timedelta(minutes=1)

    found = await figures(session, now=now, **asked)

    assert found.as_of == (NOW if is_kept else asked.get("as_of", now))


@pytest.mark.parametrize(("seconds", "is_kept"), [(900, True), (901, False)])
async def test_sums_that_nobody_keeps_up_any_more_are_not_told(
    session: AsyncSession, seconds: int, is_kept: bool
) -> None:
    await counted(session, given_to(PU))
    await add_up(session, SUMMING, as_of=NOW)
    await session.execute(text("UPDATE figure_state SET seconds = 0"))
    now = NOW + timedelta(seconds=seconds)

    assert (await figures(session, "received", now=now)).as_of == (NOW if is_kept else now)


async def test_sums_of_other_conditions_are_not_told_and_made_anew(session: AsyncSession) -> None:
    await counted(session, given_to(PU))
    await add_up(session, SUMMING, as_of=NOW)
    await session.execute(text("UPDATE figure_state SET terms = 'those of another release'"))
    later = NOW + timedelta(seconds=5)

    before = (await figures(session, "received", now=later)).as_of
    months = await add_up(session, SUMMING, as_of=later)

    assert (before, months, (await figures(session, "received", now=later)).as_of) == (later, 1, later)


async def test_one_monitor_adds_up_at_a_time_and_rests_ten_times_as_long_as_it_took(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await queries.mark_all(session)
        assert await queries.lock(session)
        meanwhile = await keep(sessions, SUMMING)
    first = await keep(sessions, SUMMING)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE figure_state SET seconds = 60"))

    assert (meanwhile, first, await keep(sessions, SUMMING), await keep(sessions, SUMMING, at_once=True)) == (
        None, 0, None, 0,
    )  # fmt: skip
