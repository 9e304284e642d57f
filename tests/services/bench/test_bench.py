import os
from pathlib import Path

import pytest
from rich.progress import Progress
from sqlalchemy import URL

from services.bench import recomputing, rows, servers, sweeping
from services.database import engine_for
from sla_monitor import seed
from tests.conftest import clone, drop


async def test_sweeps_of_two_populations_are_measured_in_turn(
    server: URL, template: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "REPETITIONS", 2)
    small, large = rows.population(400, due=40), rows.population(800, due=40)
    clones = {population: await clone(server, template) for population in (small, large)}
    urls = {population: url.render_as_string(hide_password=False) for population, url in clones.items()}
    for population, url in urls.items():
        engine = engine_for(url)
        await rows.load_population(engine, population, progress=lambda _: None)
        await engine.dispose()

    with Progress(disable=True) as progress:
        b, c = await sweeping.measure(urls, progress=progress)

    assert (b.figures["open"], c.figures["open"]) == (800, 400)
    assert len(b.figures["ratios"]) == len(c.figures["ratios"]) == 2
    assert c.figures["growth"] == b.figures["ratio"] / c.figures["ratio"]
    assert [finding.target for finding in b.findings if finding.target] == ["at most 1.30", "at most 10.00"]
    assert [finding.target for finding in c.findings if finding.target] == ["at most 1.20", "at most 10.00"]
    for each in clones.values():
        await drop(server, each)


async def test_clocks_are_computed_anew_by_a_process_of_their_own(server: URL, template: URL) -> None:
    population = rows.population(80, due=40)
    database = await clone(server, template)
    url = database.render_as_string(hide_password=False)
    engine = engine_for(url)
    await seed.load_rules(engine, progress=lambda _: None)
    await rows.load_population(engine, population, progress=lambda _: None)
    await engine.dispose()

    with Progress(disable=True) as progress:
        f = await recomputing.measure(url, population, progress=progress)

    assert (f.figures["reports"], f.figures["clocks"]) == (80, 80 * recomputing.CLOCKS_PER_REPORT)
    assert 0 < f.figures["moved"] <= 80, "verification alone is counted in working days"
    assert f.figures["peak_mib"] >= f.figures["early_mib"] > 0
    await drop(server, database)


def test_only_what_killed_runs_left_behind_is_removed(tmp_path: Path) -> None:
    left, running = tmp_path / f"{servers.PREFIX}99999999-x", tmp_path / f"{servers.PREFIX}{os.getpid()}-y"
    left.mkdir()
    running.mkdir()

    servers.remove_leftovers(tmp_path)

    assert list(tmp_path.iterdir()) == [running]
