"""The made-up open reports, and the statement that a sweep is compared with."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services import audit
from services.bench import rows, sweeping
from services.bench.sweeping import Sweeper
from services.trouble import CannotRun
from shared import ids
from shared.database import create_sessions
from sla_monitor.sweep.service import sweep

COLUMNS = "id, tracking_number, received_at, due_at"
POPULATION = rows.population(800, due=80)


@pytest.fixture
async def loaded(own_engine: AsyncEngine) -> AsyncEngine:
    seen: list[int] = []
    await rows.load_population(own_engine, POPULATION, progress=seen.append)
    assert seen[-1] == POPULATION.rows
    return own_engine


async def counts(engine: AsyncEngine) -> dict[str, int]:
    tables = ("reports", "chains", "clocks", "events", "escalations", "outbox")
    async with engine.connect() as connection:
        return {table: int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in tables}


async def test_rows_are_whole_reports_in_the_order_of_their_receipt(loaded: AsyncEngine) -> None:
    async with loaded.connect() as connection:
        found = (
            await connection.execute(text(f"SELECT {COLUMNS} FROM reports r JOIN clocks c ON report_id = id"))
        ).all()

    by_id = sorted(found, key=lambda row: row.id)
    assert len(found) == POPULATION.rows
    assert [row.received_at for row in by_id] == sorted(row.received_at for row in found)
    assert all(row.id.version == 7 for row in found)
    assert len({row.tracking_number for row in found}) == POPULATION.rows
    assert all(ids.is_tracking_number(row.tracking_number) for row in found)
    assert max(row.received_at for row in found) < min(row.due_at for row in found)
    findings = await audit.verify(loaded)
    assert (findings.reports, findings.broken) == (POPULATION.rows, 0)


async def test_each_day_from_the_first_full_one_has_the_same_number_of_steps(loaded: AsyncEngine) -> None:
    sessions = create_sessions(loaded)

    swept = [
        sum((await sweep(sessions, batch=50, now=POPULATION.after_midnight(rows.FIRST_FULL_DAY + day))).values())
        for day in range(5)
    ]

    assert swept == [POPULATION.due] * 5


async def test_the_plain_statement_writes_as_many_rows_as_the_sweep(loaded: AsyncEngine) -> None:
    sweeper = Sweeper(loaded, POPULATION, batch=50)
    before = await counts(loaded)

    await sweeper.repeat(sweep_first=True)
    both = await counts(loaded)

    written = {table: both[table] - before[table] for table in before}
    assert written == {
        "reports": 0, "chains": 0, "clocks": 0,
        "events": 2 * POPULATION.due, "escalations": 2 * POPULATION.due, "outbox": 2 * POPULATION.due,
    }  # fmt: skip
    async with loaded.connect() as connection:
        due = await connection.scalar(
            text("SELECT count(*) FROM clocks WHERE next_step_at <= :now"),
            {"now": POPULATION.after_midnight(rows.FIRST_FULL_DAY + 1)},
        )
    assert due == 0
    assert len(sweeper.times.sweeps) == len(sweeper.times.plain) == 1
    assert sweeper.times.figures()["ratio"] > 0


async def test_a_sweep_of_anything_but_what_is_due_is_no_measurement(loaded: AsyncEngine) -> None:
    async with loaded.begin() as connection:
        await connection.execute(text("UPDATE clocks SET next_step_at = NULL WHERE next_step = 2"))

    with pytest.raises(CannotRun, match="were due"):
        await Sweeper(loaded, POPULATION, batch=50).warm_up()


async def test_sweeps_with_nothing_due_are_timed(loaded: AsyncEngine) -> None:
    sweeper = Sweeper(loaded, POPULATION, batch=50)
    await sweeper.warm_up()

    await sweeper.sweep_nothing()

    assert len(sweeper.times.idle) == sweeping.IDLE_SWEEPS


async def test_tracking_numbers_to_ask_for_are_those_of_reports(loaded: AsyncEngine) -> None:
    numbers = await rows.tracking_numbers(loaded, POPULATION, count=100)

    async with loaded.connect() as connection:
        known = await connection.scalar(
            text("SELECT count(*) FROM reports WHERE tracking_number = ANY(:numbers)"), {"numbers": numbers}
        )
    assert known == len(set(numbers)) == 100
