import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_what_the_threat_model_says_is_tested_is_tested_in_files_that_exist() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))

    assert len(named) > 30
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_each_threat_says_what_stands_against_it_and_where_that_is_tested() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if re.match(r"\| [STRIDE] \|", line)]

    assert len(rows) > 30
    assert [row for row in rows if len(row) != 4 or "`tests/" not in row[3]] == []


def test_each_boundary_says_what_is_not_defended() -> None:
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]

    assert len(parts) == 7
    assert [part for part in parts if "Not defended: " not in part] == []
