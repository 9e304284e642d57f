"""`lapor sla`: the rules changed from the terminal."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from services.cli import application
from services.trouble import CannotRun
from tests.conftest import clone, drop
from tests.sla_monitor.histories import History
from tests.sla_monitor.ruling import ruling
from tests.sla_monitor.test_policies import a_document

CSV = "date,kind,province,name_id,name_en\n2026-03-05,cuti_bersama,,Libur,Day off\n"


@pytest.fixture
def database(server: URL, ruled: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    url = asyncio.run(clone(server, ruled))
    monkeypatch.setenv("LAPOR_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("LAPOR_HOME", str(tmp_path))
    yield url
    asyncio.run(drop(server, url))


async def _a_report(url: URL) -> None:
    async with ruling(url) as rules:
        await rules.report(History().received("2026-03-02 10:00").verified("2026-03-02 10:00").assigned(
            "2026-03-02 10:00", "SAMARINDA-PU"))  # fmt: skip


def lapor(*arguments: str) -> Any:
    result = CliRunner().invoke(application(), ["sla", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(application(), ["sla", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_calendar_is_amended_previewed_and_activated(database: URL, tmp_path: Path) -> None:
    asyncio.run(_a_report(database))
    file = tmp_path / "days.csv"
    file.write_text(CSV)

    draft = lapor("calendar", "amend", str(file), "--decree", "SKB 1/2026")
    preview = lapor("calendar", "preview", str(draft["id"]))
    shown = said("calendar", "preview", str(draft["id"]))
    activated = said("calendar", "activate", str(draft["id"]), "--yes")

    assert (draft["status"], draft["decree"], draft["based_on"]) == ("draft", "SKB 1/2026", preview["replaces"])
    assert preview["moved"] == 2  # first response and resolution
    assert "first_response" in shown
    assert "+1" in shown
    assert "1 reports computed anew, 2 clocks moved." in activated
    assert {one["id"]: one["status"] for one in lapor("calendar", "list")} == {
        draft["id"]: "active", preview["replaces"]: "superseded",
    }  # fmt: skip


def test_years_are_loaded_from_the_package(database: URL) -> None:
    made = lapor("calendar", "load", "--years", "2026-2032", "--name", "until 2032")

    assert (made["name"], made["years"][-1]) == (
        "until 2032",
        {"year": 2032, "complete": False, "cuti_bersama": False, "estimated": True},
    )
    assert "until 2032" in said("calendar", "list")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("calendar", "load", "--years", "soon"), "Write --years as"),
        (("calendar", "load", "--years", "2027-2026"), "not before the first"),
        (("calendar", "amend", "nowhere.csv"), "no file nowhere.csv"),
        (("calendar", "preview", "99"), "no calendar 99"),
        (("policy", "activate", "ID-SP4N-2018", "--from", "2030-01-01"), "active already"),
        (("policy", "migrate", "ID-SP4N-2018"), "either the reports or a filter"),
        (("limit", "SAMARINDA-PU", "first_response", "5"), "4 at most"),
        (("limit", "SAMARINDA-PU", "first_response", "0"), "no limit of its own"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(database: URL, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CannotRun, match=sentence):
        CliRunner().invoke(application(), ["sla", *arguments], catch_exceptions=False)


def test_a_policy_is_added_activated_and_migrated_to(database: URL, tmp_path: Path) -> None:
    asyncio.run(_a_report(database))
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(a_document(first_response=3)))

    assert lapor("policy", "add", str(file))["status"] == "draft"
    assert lapor("policy", "activate", "TEST-2026", "--from", "2099-01-01")["effective_from"] == "2099-01-01"
    migrated = said("policy", "migrate", "TEST-2026", "--under", "ID-SP4N-2018", "--yes")

    assert "1 reports computed anew, 1 clocks moved." in migrated
    assert "TEST-2026" in said("policy", "list")
    assert json.loads(said("policy", "show", "TEST-2026"))["document"]["legal_basis"] == "PermenPANRB 62/2018"


def test_local_limits_of_a_file_are_taken_listed_and_withdrawn(database: URL, tmp_path: Path) -> None:
    file = tmp_path / "limits.csv"
    file.write_text(
        "Batas OPD;;;\nKode OPD;Tahap;Hari;Dasar hukum\n"
        "SAMARINDA-PU;Jawaban pertama;3;SK 12/2026\nSAMARINDA-DINKES;verifikasi;2;\n",
        encoding="cp1252",
    )

    assert said("limits", "import", str(file)) == "Limits taken: 2.\n"
    assert [(one["agency"], one["stage"], one["days"]) for one in lapor("limits", "list")] == [
        ("SAMARINDA-DINKES", "verification", 2), ("SAMARINDA-PU", "first_response", 3),
    ]  # fmt: skip
    file.write_text("agency,stage,days\nSAMARINDA-PU,first_response,0\nSAMARINDA-DINKES,verification,0\n")
    said("limits", "import", str(file))
    assert "No agency has a limit" in said("limits", "list")


def test_a_file_of_limits_says_all_its_mistakes_and_changes_nothing(database: URL, tmp_path: Path) -> None:
    file = tmp_path / "limits.csv"
    file.write_text(
        "agency,stage,days\nSAMARINDA-PU,first_response,3\nNOWHERE,verification,2\nSAMARINDA-PU,resolution,99\n"
    )
    with pytest.raises(CannotRun) as refused:
        said("limits", "import", str(file))
    assert "/3/agency: There is no agency NOWHERE." in str(refused.value)
    assert "/4/days: The policy ID-SP4N-2018 gives" in str(refused.value)

    file.write_text(
        "agency,stage,days\nSAMARINDA-PU,lunch,3\nSAMARINDA-PU,verification,-1\nA,resolution,1\nA,resolution,2\n"
    )
    with pytest.raises(CannotRun) as refused:
        said("limits", "import", str(file))
    assert all(f"/{place}: " in str(refused.value) for place in ("2/stage", "3/days", "5/agency"))
    assert "No agency has a limit" in said("limits", "list")


def test_a_local_limit_is_set_and_withdrawn(database: URL) -> None:
    asyncio.run(_a_report(database))

    assert lapor("limit", "SAMARINDA-PU", "first_response", "3")["moved"] == 1
    assert "Nothing has changed." in said("limit", "SAMARINDA-PU", "first_response", "3")
    assert lapor("limit", "SAMARINDA-PU", "first_response", "0")["moved"] == 1
    assert [(one["reference"], one["state"]) for one in lapor("recomputations")] == [
        ("SAMARINDA-PU/first_response", "done")
    ] * 2
    assert "SAMARINDA-PU/first_response" in said("recomputations")
