import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from services import bench
from services.bench import table
from services.bench.measurements import Finding, Measurement, at_least, at_most, percentile, ratios
from services.trouble import CannotRun


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(100, 0, -1)]

    assert percentile(values, 0.50) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile([1.0, 2.0], 0.99) == 2


def test_ratios_are_of_what_was_measured_side_by_side() -> None:
    assert ratios([10, 20], [5, 40]) == [2, 0.5]


@pytest.mark.parametrize(
    ("finding", "ok"),
    [
        (at_least("speed", 0.70, 0.70), True),
        (at_least("speed", 0.69, 0.70), False),
        (at_most("growth", 1.30, 1.30), True),
        (at_most("growth", 1.31, 1.30), False),
    ],
)
def test_a_target_itself_is_reached(finding: Finding, ok: bool) -> None:
    assert finding.ok is ok


def test_a_measurement_is_shown_to_people_and_written_for_programs(tmp_path: Path) -> None:
    measured = Measurement(
        "a", "submissions [x]", [at_least("speed", 0.5, 0.7), Finding("p50", "3 ms")], {"p50_ms": 3.0}, "two workers"
    )
    screen = io.StringIO()

    table.show(Console(file=screen, width=120), [measured])
    table.write(tmp_path / "new" / "bench.json", [measured], {"options": {"rows": 1}})

    assert "not reached" in screen.getvalue()
    assert "submissions [x]" in screen.getvalue()
    assert "two workers" in screen.getvalue()
    written = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert written["options"] == {"rows": 1}
    assert written["measurements"]["a"]["figures"] == {"p50_ms": 3.0}
    assert written["measurements"]["a"]["findings"][0]["ok"] is False


def test_an_unknown_measurement_or_too_few_rows_are_refused_before_anything_starts() -> None:
    with pytest.raises(CannotRun, match="no measurement x"):
        bench.main(only=["a", "x"])
    with pytest.raises(CannotRun, match="round numbers"):
        bench.main(rows=123_457)
