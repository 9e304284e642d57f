"""`lapor bench`: how fast it is, compared with the least that could do the same, on this machine and now.

Everything it needs runs for it: a PostgreSQL of its own in a temporary LAPOR_HOME, services on free ports. Ratios are
of what was measured side by side; the absolute figures say as much about the machine as about lapor.
"""

from collections.abc import Sequence
from pathlib import Path


def main(
    *,
    only: Sequence[str] = (),
    rows: int = 1_000_000,
    small_rows: int | None = None,
    seconds: float = 10,
    out: Path | None = None,
) -> int:
    """Measure what `only` names (letters a-i; default: all), print a table and write JSON.

    Times are only shown: 0 unless something could not be measured. `seconds`: how long each thing is measured for, all
    rounds of (a) and (d) taking a few times that.
    """
    from services.bench import bench  # here, because the load generator is in this package and has to start quickly

    return bench.run(only="".join(only).replace(",", ""), rows=rows, small_rows=small_rows, seconds=seconds, out=out)
