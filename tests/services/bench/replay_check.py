"""Is the number of late first responses right? Computed a second time, straight from the file.

    python -m tests.services.bench.replay_check FILE.csv DATABASE_URL

Shares nothing with the product but the file: working days are numpy's, feasts and cuti bersama those of `holidays`.
Late: answered at or after the midnight (WIB) that ends the fifth working day after the day of receipt, or not answered
and that midnight is past. An answer before its receipt is none. Exit code 0 if every row agrees.
"""

import asyncio
import csv
import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import holidays
import numpy

WIB = ZoneInfo("Asia/Jakarta")
WORKING_DAYS = 5

LATE = """
    SELECT r.external_reference, c.outcome = 'late' OR (c.stopped_at IS NULL AND c.due_at <= now()) AS late
    FROM clocks c JOIN reports r ON r.id = c.report_id
    WHERE r.imported AND r.external_reference LIKE $1 || ':%' AND c.stage = 'first_response'
      AND c.state <> 'cancelled'
"""
#: Every event and follower that `outbox` must have had a row for, by the rule of who follows what.
DELIVERIES = """
    SELECT count(*) FILTER (WHERE type = 'report.received' OR type LIKE 'clock.%'
                                OR type LIKE 'reporter.%' AND type <> 'reporter.consented')
         + count(*) FILTER (WHERE type NOT LIKE 'clock.%' AND type <> 'policy.migrated')
    FROM events
"""


def holidays_between(first: int, last: int) -> numpy.busdaycalendar:
    days = holidays.country_holidays("ID", years=range(first, last + 1), categories=("public", "government"))
    return numpy.busdaycalendar(weekmask="1111100", holidays=sorted(days))


def dues(received: Sequence[datetime], calendar: numpy.busdaycalendar) -> list[datetime]:
    """The midnight, exclusive, that ends the last day of each limit: day 0 is the day of receipt, working or not."""
    days = numpy.array([instant.astimezone(WIB).date() for instant in received], dtype="datetime64[D]")
    # "preceding": from a Saturday or a feast the count begins on the last working day before, as if on day 0.
    ends = numpy.busday_offset(days, WORKING_DAYS, roll="preceding", busdaycal=calendar) + 1
    return [datetime.combine(_date(end), datetime.min.time(), WIB) for end in ends]


def _date(day: numpy.datetime64) -> date:
    value = day.astype(date)
    assert isinstance(value, date)
    return value


def late_rows(path: Path, now: datetime) -> dict[str, bool]:
    """Whether each row's first response is late, by external reference."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    received = [datetime.fromisoformat(row["received_at"]) for row in rows]
    calendar = holidays_between(min(received).year, max(received).year + 1)
    result: dict[str, bool] = {}
    for number, (row, start, due) in enumerate(zip(rows, received, dues(received, calendar), strict=True), start=1):
        answer = datetime.fromisoformat(row["answered_at"]) if row["answered_at"] else None
        if answer is not None and answer < start:
            answer = None
        result[f"{digest}:{number}"] = (answer or now) >= due
    return result


async def compare(path: Path, database_url: str) -> dict[str, object]:
    connection = await asyncpg.connect(database_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        now = await connection.fetchval("SELECT now()")
        expected = late_rows(path, now)
        digest = next(iter(expected)).partition(":")[0]
        stored = {record["external_reference"]: record["late"] for record in await connection.fetch(LATE, digest)}
        deliveries = await connection.fetchval(DELIVERIES)
        waiting = await connection.fetchval("SELECT count(*) FROM outbox")
    finally:
        await connection.close()
    differing = sorted(reference for reference, late in expected.items() if stored.get(reference) is not late)
    return {
        "rows": len(expected),
        "clocks": len(stored),
        "late_expected": sum(expected.values()),
        "late_stored": sum(stored.values()),
        "rows_that_differ": len(differing),
        "examples": differing[:10],
        "outbox_rows_written": deliveries,
        "outbox_rows_left": waiting,
        "as_of": now.astimezone(UTC).isoformat(),
    }


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    result = asyncio.run(compare(Path(arguments[0]), arguments[1]))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if not result["rows_that_differ"] and not result["outbox_rows_left"] else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
