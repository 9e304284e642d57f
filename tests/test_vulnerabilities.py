import json

import pytest

from tests import vulnerabilities

SAFE = {"name": "joserfc", "version": "1.0", "vulns": []}
WEAK = {"name": "starlette", "version": "0.1", "vulns": [{"id": "CVE-1", "fix_versions": ["0.2"]}]}
UNKNOWN = {"name": "lokal-id", "skip_reason": "not found"}


def told(*libraries: object) -> str:
    return json.dumps({"dependencies": libraries})


def test_a_known_vulnerability_fails_and_an_index_that_does_not_answer_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert vulnerabilities.judged(told(SAFE)) == 0
    assert "was not found out" not in capsys.readouterr().out
    assert vulnerabilities.judged(told(SAFE, WEAK)) == 1
    assert "starlette 0.1: CVE-1, mended in 0.2" in capsys.readouterr().out
    for nothing in ("", "ERROR: connection refused", told(SAFE, UNKNOWN)):
        assert vulnerabilities.judged(nothing) == 0
        assert "was not found out" in capsys.readouterr().out
