"""The demo against the real services: three processes, a real database."""

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text

from services import demo
from services.database import engine_for
from services.demo import lives
from services.local.stack import Stack
from tests.conftest import clone, drop
from tests.effort import THOROUGH
from tests.forks import ForkedStack
from tests.services.bench import replay_check

pytestmark = pytest.mark.slow

HEADING = ["text", "district", "village", "topic", "topic_kind", "agency", "received_at", "answered_at"]
#: (agency, received, answered): in time, late, never, before its receipt, at the very instant, a last day and after it.
OLD_REPORTS = [
    ("Dinas Perhubungan", "2022-04-27T03:00:00Z", "2022-04-28T03:00:00Z"),
    ("Dinas Perhubungan", "2022-04-27T03:00:00Z", "2022-06-28T03:00:00Z"),
    ("Dinas Sosial", "2022-01-01T00:29:00Z", ""),
    ("Dinas Sosial", "2022-01-05T00:29:00Z", "2022-01-04T00:29:00Z"),
    ("Kelurahan Gading", "2022-01-05T00:29:00Z", "2022-01-05T00:29:00Z"),
    ("Kelurahan Gading", "2022-01-03T03:00:00Z", "2022-01-10T16:59:59Z"),
    ("Kelurahan Gading", "2022-01-03T03:00:00Z", "2022-01-10T17:00:00Z"),
]


@pytest.fixture(scope="module")
async def stack(server: URL, seeded: URL, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One for all of these tests, which bring reports of their own: three processes take a while to load."""
    database = await clone(server, seeded)
    url = database.render_as_string(hide_password=False)
    home = tmp_path_factory.mktemp("demo")
    async with ForkedStack(url, home=home, environment={"LAPOR_SWEEP_SECONDS": "0.5"}) as stack:
        yield stack
    await drop(server, database)


async def reports_of(stack: Stack) -> int:
    engine = engine_for(stack.database_url)
    async with engine.connect() as connection:
        count: int = (await connection.execute(text("SELECT count(*) FROM reports"))).scalar_one()
    await engine.dispose()
    return count


@pytest.fixture
def old_reports(tmp_path: Path) -> Path:
    path = tmp_path / "old.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        for agency, received_at, answered_at in OLD_REPORTS:
            words = "Lampu jalan di depan balai RW padam sejak pekan lalu, mohon diperbaiki"
            writer.writerow([words, "Gubeng", "Mojo", "PJU", "fisik", agency, received_at, answered_at])
    return path


async def run(stack: Stack, capsys: pytest.CaptureFixture[str], source: Path | None) -> tuple[int, Any]:
    capsys.readouterr()
    code = await demo.main(
        intake_url=stack.url("intake_api"),
        routing_url=stack.url("routing_service"),
        sla_url=stack.url("sla_monitor"),
        source=source,
        signer=stack.keys.signer(),
        as_json=True,
    )
    return code, json.loads(capsys.readouterr().out)


def told() -> list[lives.Story]:
    """One of each life, and one that came late of each; `make faults` tells all."""
    every = lives.stories()
    return every if THOROUGH else list({(story.life, story.late_entry): story for story in every}.values())


async def test_the_invented_reports_end_where_their_lives_say_and_some_are_overdue(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = told()
    monkeypatch.setattr(lives, "stories", lambda: stories)

    code, shown = await run(stack, capsys, None)

    assert shown["astray"] == []
    assert code == 0
    assert {story.life for story in stories} == set(lives.LIVES)
    assert len(shown["reports"]) == len(stories)
    stages = {item["stage"] for item in shown["overdue"]}
    assert {"verification", "oversight_response"} <= stages


async def test_old_reports_are_replayed_once_and_their_late_answers_are_the_independent_ones(
    stack: Stack, capsys: pytest.CaptureFixture[str], old_reports: Path
) -> None:
    before = await reports_of(stack)

    code, first = await run(stack, capsys, old_reports)
    code_again, again = await run(stack, capsys, old_reports)

    assert (code, code_again) == (0, 0)
    assert (first["rows"], first["accepted"], first["already_there"]) == (7, 7, 0)
    assert (first["verified"], first["assigned"], first["answered"], first["answers_refused"]) == (7, 7, 5, 1)
    assert first["late_first_responses"] == 4
    assert (again["accepted"], again["already_there"], again["late_first_responses"]) == (7, 7, 4)
    checked = await replay_check.compare(old_reports, stack.database_url)
    assert (checked["late_expected"], checked["late_stored"], checked["rows_that_differ"]) == (4, 4, 0)
    assert await reports_of(stack) == before + 7
