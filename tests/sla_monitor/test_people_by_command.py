"""`lapor sla mail`, `reprimand` and `package`: what reaches people, from the terminal."""

import asyncio
import json
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from typer.testing import CliRunner

from services.cli import application
from services.trouble import CannotRun
from sla_monitor import seed
from sla_monitor.notifications import addressing
from sla_monitor.notifications.addressing import Manner
from tests.conftest import clone, drop
from tests.sla_monitor.post import DUE, an_officer, overdue
from tests.sla_monitor.test_ombudsman import a_case, answered

NUMBER = "1234567890"


@pytest.fixture
def database(server: URL, template: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    url = asyncio.run(clone(server, template))
    monkeypatch.setenv("LAPOR_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    yield url
    asyncio.run(drop(server, url))


def done(url: URL, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
    async def run() -> None:
        engine = create_async_engine(url)
        async with AsyncSession(engine) as session, session.begin():
            await work(session)
        await engine.dispose()

    asyncio.run(run())


async def seeded(url: URL) -> None:
    engine = create_async_engine(url)
    await seed.load_rules(engine, progress=lambda _message: None)
    await engine.dispose()


def said(*arguments: str) -> str:
    result = CliRunner().invoke(application(), ["sla", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_mails_that_were_refused_to_the_end_are_shown_and_sent_again(database: URL) -> None:
    async def parked(session: AsyncSession) -> None:
        await a_case(session, swept_at=None)
        await an_officer(session)
        await overdue(session)
        await addressing.address(session, Manner(3, 7), batch=9, now=DUE)
        await session.execute(text("UPDATE notifications SET state = 'parked', attempts = 12"))

    done(database, parked)

    assert json.loads(said("mail", "--json")) == {"pending": 0, "parked": 3, "resent": 0}
    assert json.loads(said("mail", "--resend", "--json")) == {"pending": 3, "parked": 0, "resent": 3}
    assert "pending" in said("mail")


def test_a_reprimand_is_compiled_and_shown(database: URL) -> None:
    done(database, a_case)
    period = ("SAMARINDA", "--first-day", "2026-03-01", "--last-day", "2026-03-31")

    made, again = json.loads(said("reprimand", *period, "--json")), said("reprimand", *period)

    assert [case["tracking_number"] for case in made["cases"]] == [NUMBER]
    assert (NUMBER in again, made["id"] in again) == (True, True)
    with pytest.raises(CannotRun, match="nothing to reprimand"):
        said("reprimand", "BALIKPAPAN", *period[1:])


def test_the_package_for_the_ombudsman_is_written_only_with_consent(database: URL, tmp_path: Path) -> None:
    async def refused(session: AsyncSession) -> None:
        await answered(session, await a_case(session), False)

    done(database, refused)
    with pytest.raises(CannotRun, match="does not want"):
        said("package", NUMBER, "--to", str(tmp_path))

    async def granted(session: AsyncSession) -> None:
        report_id = (await session.execute(text("SELECT id FROM reports"))).scalar_one()
        await answered(session, report_id, True)

    done(database, granted)
    with pytest.raises(CannotRun, match="lapor seed"):
        said("package", NUMBER, "--to", str(tmp_path))
    asyncio.run(seeded(database))
    said("package", NUMBER, "--to", str(tmp_path))

    with zipfile.ZipFile(tmp_path / f"ombudsman-{NUMBER}.zip") as archive:
        assert "verify.py" in archive.namelist()
