"""`lapor routing train` and `models`: from confirmed reports to a model in force."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from typer.testing import CliRunner

from routing_service.competence.learning import kinds
from services.cli import application
from services.database import engine_for
from services.trouble import CannotRun
from shared.database import create_sessions
from shared.domain.lifecycle import Status
from tests.conftest import clone, drop
from tests.factories import a_registry, a_report
from tests.routing_service.competence.learning_corpora import examples

AGENCIES = {"PU": "SAMARINDA-PU", "DLH": "SAMARINDA-DINKES", "DISHUB": "BALIKPAPAN-PU"}


async def _prepared(url: URL) -> None:
    engine = engine_for(url.render_as_string(hide_password=False))
    async with create_sessions(engine).begin() as session:
        await a_registry(session)
        chosen = [one for one in examples() if not one.label.startswith(kinds.MARK)]
        for number, one in enumerate([*chosen, *chosen[:3]]):
            await a_report(
                session,
                title="Laporan",
                body=one.reading.text,
                status=Status.ANSWERED,
                agency_code=AGENCIES[one.label],
                received_at=datetime.combine(one.received_on, time(1), UTC),
                secret=number >= len(chosen),  # of which nothing is learned
            )
        await session.execute(
            text(
                "INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)"
                " SELECT id, title, body, '[]', 1, now(), 'x' FROM reports"
            )
        )
    await engine.dispose()


@pytest.fixture(scope="module")
def database(server: URL, template: URL) -> Iterator[URL]:
    url = asyncio.run(clone(server, template))
    asyncio.run(_prepared(url))
    yield url
    asyncio.run(drop(server, url))


@pytest.fixture(autouse=True)
def environment(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", database.render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))


def lapor(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(application("routing"), ["routing", *arguments, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_model_is_trained_compared_put_in_force_and_taken_back() -> None:
    assert lapor("models", "list") == {"items": [], "active": None, "achieved": None}

    first = lapor("train", "--min-reports", "50", "--until", "2026-02-03")
    assert (first["state"], first["comparison"], first["trained_on"]["agencies"]) == ("active", None, 3)
    same = lapor("train", "--min-reports", "50", code=1)
    assert same["state"] == "candidate"
    assert "Only" in same["comparison"]
    forced = lapor("train", "--min-reports", "50", "--force")
    assert (forced["state"], forced["compared_with"]) == ("active", first["id"])

    assert lapor("models", "rollback")["id"] == first["id"]
    assert lapor("models", "activate", str(same["id"]))["state"] == "active"
    states = {one["id"]: one["state"] for one in lapor("models", "list")["items"]}
    assert states == {first["id"]: "retired", same["id"]: "active", forced["id"]: "retired"}


def test_too_few_reports_are_refused() -> None:
    with pytest.raises(CannotRun, match="96 reports have been confirmed by an agency; 200 are needed"):
        CliRunner().invoke(application("routing"), ["routing", "train"], catch_exceptions=False)


def test_a_table_says_what_there_is() -> None:
    result = CliRunner().invoke(application("routing"), ["routing", "models", "list"])

    assert result.exit_code == 0
    assert "state" in result.output or "Nothing has been learned yet" in result.output
