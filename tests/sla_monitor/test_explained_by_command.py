"""`lapor sla explain`: the same as the API, in the terminal."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from typer.testing import CliRunner

from services.cli import application
from services.trouble import CannotRun
from tests.conftest import clone, drop
from tests.sla_monitor.histories import History
from tests.sla_monitor.ruling import SUPERVISOR, ruling


@pytest.fixture(scope="module")
def numbered(server: URL, ruled: URL) -> Iterator[tuple[URL, str]]:
    """A database with one report, overdue for years, and its tracking number."""
    url = asyncio.run(clone(server, ruled))
    yield url, asyncio.run(_a_report(url))
    asyncio.run(drop(server, url))


async def _a_report(url: URL) -> str:
    at = "2025-03-25 10:00"
    async with ruling(url) as rules:
        await rules.report(History().received(at).verified(at).assigned(at, "SAMARINDA-PU"))
        async with rules.sessions() as session:
            number: str = (await session.execute(text("SELECT tracking_number FROM reports"))).scalar_one()
    return number


async def _by_the_api(url: URL, number: str) -> Any:
    async with ruling(url) as rules:
        answer = await rules.client.get(f"/v1/reports/{number}/clocks", headers=SUPERVISOR | {"Accept-Language": "en"})
        return answer.json()


@pytest.fixture
def number(numbered: tuple[URL, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LAPOR_DATABASE_URL", numbered[0].render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    return numbered[1]


def explained(*arguments: str) -> str:
    result = CliRunner().invoke(application(), ["sla", "explain", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_clock_is_explained_with_its_days_and_its_ladder(number: str) -> None:
    shown = explained(number, "--language", "en")

    assert "First response: 5 working days from 25 March 2025 10:00 WITA (PermenPANRB 62/2018; certain)." in shown
    assert "due at 10 April 2025 24:00 WITA" in shown
    assert "[!] Escalation to level 2 at 15 April 2025 24:00 WITA" in shown
    assert "31 March 2025" in shown
    assert "Eid al-Fitr" in shown


def test_indonesian_is_the_default(number: str) -> None:
    assert "Tindak lanjut pertama: 5 hari kerja sejak 25 Maret 2025 10.00 WITA" in explained(number)


def test_programs_get_what_the_api_answers(numbered: tuple[URL, str], number: str) -> None:
    found = json.loads(explained(number, "--language", "en", "--json"))

    assert found["items"] == asyncio.run(_by_the_api(*numbered))["items"]


def test_the_past_can_be_asked_for(number: str) -> None:
    before = explained(number, "--as-of", "2025-03-25T01:59:59+00:00")
    then = explained(number, "--as-of", "2025-03-26T00:00:00Z", "--language", "en")

    assert "Belum ada tenggat." in before
    assert "It is not due yet" in then


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("0000000000",), "There is no report 0000000000."),
        (("{number}", "--as-of", "yesterday"), "yesterday is no instant with a time zone"),
        (("{number}", "--as-of", "2025-03-26"), "2025-03-26 is no instant with a time zone"),
        (("{number}", "--as-of", "2199-01-01T00:00:00Z"), "lies in the future"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_sentence(
    number: str, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CannotRun, match=sentence):
        explained(*(argument.format(number=number) for argument in arguments))
