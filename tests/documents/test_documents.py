"""Documents say what the code says: settings, the picture of the life of a report, commands, links, lists."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from typer.main import get_command

from intake_api.submissions.schemas import ReportSubmission
from services.cli import application
from shared.domain.lifecycle import TRANSITIONS, Action
from tests.documents import settings_table

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGES = ("shared", "intake_api", "routing_service", "sla_monitor", "services")
#: Not drawn: they go back to where a report was, start from every open status, or leave the status as it is.
NOT_DRAWN = frozenset(
    {
        Action.HOLD, Action.RESUME, Action.WITHDRAW, Action.CARRY_OUT_WITHDRAWAL, Action.MERGE, Action.UNMERGE,
        Action.ENTRUST, Action.CORRECT, Action.PUT_RIGHT,
    }
)  # fmt: skip


def _text(document: Path) -> str:
    return document.read_text("utf-8")


def test_the_settings_of_the_readme_are_those_of_the_code_by_name_default_and_meaning() -> None:
    """To write them: python -m tests.documents.settings_table"""
    assert settings_table.in_readme().splitlines() == settings_table.table().splitlines()


def test_every_setting_says_what_it_means() -> None:
    assert [row for row in settings_table.table().splitlines() if row.endswith("|  |")] == []


def test_the_picture_of_the_life_of_a_report_is_its_table_of_transitions() -> None:
    drawn = {
        (source, action.strip().replace(" ", "_"), target)
        for source, target, actions in re.findall(r"^    (\w+) --> (\w+): (.+)$", _text(ROOT / "README.md"), re.M)
        for action in actions.split(",")
    }
    expected = {
        (source.value, action.value, transition.target.value)
        for action, transition in TRANSITIONS.items()
        if action not in NOT_DRAWN and transition.target is not None
        for source in transition.sources
        if source is not transition.target
    }

    assert drawn == expected


def test_the_report_of_the_readme_can_be_submitted() -> None:
    found = re.search(r"-d '(\{.*?\})'", _text(ROOT / "README.md"), re.DOTALL)

    assert found is not None
    assert ReportSubmission.model_validate_json(found[1]).category == "road_damage"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_a_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    text = re.sub(r"```.*?```", "", _text(document), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)

    assert broken == []


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _text(document), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def _commands() -> Mapping[str, Any]:
    return cast(Mapping[str, Any], vars(get_command(application()))["commands"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_a_command_that_a_document_names_exists(document: Path) -> None:
    unknown = []
    for said in re.findall(r"(?:^|`|^ {4})(?:\.venv/bin/)?lapor ([a-z][^`\n]*)", _text(document), re.M):
        commands: Mapping[str, Any] | None = _commands()
        for word in re.split(r"[ \n]+", said):
            if not commands or not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            if word not in commands:
                unknown.append(said)
                break
            commands = vars(commands[word]).get("commands")

    assert unknown == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_line_to_be_typed_calls_the_command_as_a_working_copy_has_it(document: Path) -> None:
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", _text(document), re.DOTALL | re.MULTILINE)

    assert [
        line for block in blocks for line in block.splitlines() if re.search(r"(?<![/\w.-])lapor [a-z]", line)
    ] == []


def test_the_list_of_decisions_is_complete_and_each_number_is_taken_once() -> None:
    folder = ROOT / "docs" / "decisions"
    titles = {file.name: _text(file).splitlines()[0].removeprefix("# ") for file in folder.glob("[0-9]*.md")}
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", _text(folder / "README.md"), re.M)

    assert [(f"{number}. {title}", file) for number, title, file in listed] == [
        (title, file) for file, title in sorted(titles.items())
    ]
    numbers = [int(file[:4]) for file in sorted(titles)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_reading_order_leads_to_every_document() -> None:
    text = _text(ROOT / "docs" / "index.md")
    pages = {file.name for file in (ROOT / "docs").glob("*.md")} - {"index.md"}

    assert {page for page in pages if f"({page})" not in text} == set()


def test_a_file_that_a_document_names_exists() -> None:
    """`shared/domain/lifecycle.py` and its like; a star stands for any name. A guide says what it makes itself."""
    missing = {
        f"{document.name}: {path}"
        for document in DOCUMENTS
        for path in re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|migrations)/[\w/.*-]+)`", _text(document))
        if not any(ROOT.glob(path.rstrip("/"))) and not path.startswith(_made_by(document))
    }

    assert missing == set()


def _made_by(document: Path) -> tuple[str, ...]:
    return tuple(path for said in re.findall(r"<!-- makes (.+) -->", _text(document)) for path in said.split())


def test_every_word_of_the_glossary_that_stands_in_code_font_exists_in_the_code() -> None:
    code = "\n".join(file.read_text("utf-8") for one in PACKAGES for file in (ROOT / one).rglob("*.py"))
    names = set(re.findall(r"[A-Za-z_]\w*", code))
    rows = [line.split("|") for line in _text(ROOT / "docs" / "glossary.md").splitlines() if line.startswith("| ")]
    terms = {term for row in rows if len(row) == 6 for term in re.findall(r"`(\w+)`", row[4])}

    assert terms - names == set()
    assert len(terms) > 50


def test_every_room_has_its_place_in_the_picture_and_says_what_is_there() -> None:
    text = _text(ROOT / "docs" / "architecture.md")
    picture = text.partition("```mermaid")[2].partition("```")[0]
    storeys = dict(re.findall(r'"<b>(\w+)</b>(.*?)"', picture))
    rooms = [(storey, room) for storey in storeys for room in _rooms(f"routing_service/{storey}")]

    assert [(storey, room) for storey, room in rooms if room not in storeys[storey]] == []
    assert [(storey, room) for storey, room in rooms if f"`{storey}/{room}/`" not in text] == []
    assert [
        room for service in ("intake_api", "sla_monitor") for room in _rooms(service) if f"`{room}/" not in text
    ] == []


def _rooms(folder: str) -> list[str]:
    return sorted(path.parent.name for path in (ROOT / folder).glob("*/__init__.py"))
