"""Two linters find nothing in any of the four documents, with the rules that they bring themselves."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.contract import tools
from tests.contract.conftest import NAMES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs the linters"),
]


@pytest.mark.parametrize("name", NAMES)
def test_redocly_finds_neither_errors_nor_warnings(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    done = tools.run(
        tools.npm() / "redocly", "lint", files[name], "--format=json", "--max-problems=1000",
        cwd=tmp_path, REDOCLY_TELEMETRY="off", REDOCLY_SUPPRESS_UPDATE_NOTICE="true",
    )  # fmt: skip
    found = Counter((one["severity"], one["ruleId"]) for one in json.loads(done.stdout)["problems"])

    assert found == {}


@pytest.mark.parametrize("name", NAMES)
def test_spectral_finds_neither_errors_nor_warnings(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text('extends: ["spectral:oas"]\n')
    done = tools.run(tools.npm() / "spectral", "lint", "-q", "-f", "json", "-r", rules, files[name], cwd=tmp_path)
    found = Counter(one["code"] for one in json.loads(done.stdout))

    assert found == {}
