"""Bruno's own command takes the collection that `lapor openapi --bruno` writes, and every request of it succeeds.

What is switched off on a fresh stack is refused as its example says.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from services.local import examples, up
from services.local.home import Home
from shared.http.openapi.examples import written
from tests.contract import tools
from tests.forks import ForkedStack, lapor
from tests.stack.driving import INTAKE, MONITOR, ROUTING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LAPOR_TEST_GENERATORS" not in os.environ, reason="`make contract` installs Bruno's command"),
]


async def test_all_requests_succeed_in_the_order_of_a_reports_life(fresh: ForkedStack, tmp_path: Path) -> None:
    program = tools.npm() / "bru"
    home, folder, told = Home(fresh.home), tmp_path / "collection", tmp_path / "told.json"
    home.write_stack(up.describe(fresh))
    examples.write_tokens(home)
    said = lapor("openapi", "--bruno", str(folder), environment={**os.environ, "LAPOR_HOME": str(fresh.home)})
    assert said.returncode == 0, said.stderr

    tools.run(program, "run", "-r", "--env", "local", "--noproxy", "--reporter-json", told, cwd=folder)

    answered = {Path(one["test"]["filename"]).stem: one for one in json.loads(told.read_text())[0]["results"]}
    everything = {id: one for service in (INTAKE, ROUTING, MONITOR) for id, one in written(service).items()}
    first = next(iter(everything))
    assert list(answered) == list(everything)
    assert [_shown(one) for id, one in answered.items() if _code(one) != everything[id].get("refused")] == []
    unmet = {id for id, one in answered.items() if one["assertionResults"][0]["status"] != "pass"}
    assert unmet <= {first}  # Bruno's sandbox may still be loading when the first answer comes


def _code(one: dict[str, Any]) -> str | None:
    """Of the problem that it was answered with; None: it succeeded."""
    response = one["response"]
    if 200 <= (response["status"] or 0) < 300:
        return None
    return str(response["data"]["code"]) if isinstance(response["data"], dict) else "none"


def _shown(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["request"]["url"], one["response"]["status"], one["response"]["data"], one["error"]
