"""Which tests `make check` runs for what was changed."""

from pathlib import Path

import pytest

from tests.touched import PROJECT, mirrors_of

ALL_OF_WORK = [f"tests/shop/work/test_{name}.py" for name in ("desk", "inbox", "merging_races")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in {
        "tests/factories.py": "",
        "tests/shop/work/test_desk.py": "from shop.work.desk import service",
        "tests/shop/work/test_inbox.py": "import shop.work.inbox",
        "tests/shop/work/test_merging_races.py": "import httpx",
        "tests/shop/work/driving.py": "",
        "tests/shared/test_ids.py": "from shared import clock, ids",
        "tests/shared/test_logs.py": "from shared.logs import configure",
        "tests/documents/test_documents.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("tests/shop/work/test_desk.py", ["tests/shop/work/test_desk.py"]),
        ("tests/shop/work/test_removed.py", []),
        ("tests/shop/work/driving.py", ALL_OF_WORK),
        ("tests/factories.py", []),
        ("shop/work/desk/service.py", ["tests/shop/work/test_desk.py"]),
        ("shop/work/merging/service.py", ["tests/shop/work/test_merging_races.py"]),
        ("shop/work/merge/service.py", ALL_OF_WORK),
        ("shared/ids.py", ["tests/shared/test_ids.py"]),
        ("shared/logs.py", ["tests/shared/test_logs.py"]),
        ("shared/pooler.py", ["tests/shared/test_ids.py", "tests/shared/test_logs.py"]),
        ("docs/events.md", ["tests/documents/test_documents.py"]),
        ("README.md", ["tests/documents/test_documents.py"]),
        ("deploy/haproxy.cfg", []),
    ],
)
def test_a_change_is_tried_by_its_mirror(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str, tests: list[str]
) -> None:
    monkeypatch.setattr("tests.touched.PACKAGES", ("shop", "shared"))

    assert mirrors_of([path], root) == tests


def test_a_service_of_this_project_has_its_tests() -> None:
    assert "tests/intake_api/test_reference.py" in mirrors_of(["intake_api/reference/service.py"], PROJECT)
