"""Samples on a fresh stack, so that the examples of the API's pages succeed: a report, a draft or a file for each
operation that needs one, as far through its life as the operation asks for.

They are made over HTTP by the clients whose tokens `lapor up` writes, and only while there is no report at all.
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.database import engine_for
from services.local.home import write_private
from services.local.samples import monitoring, registry, reports
from services.local.samples.calls import Calls, NoSample
from services.local.stack import Stack

__all__ = ["NoSample", "are_missing", "make"]

Samples = dict[str, dict[str, Any]]


async def are_missing(database_url: str) -> bool:
    """Whether nobody has reported anything yet."""
    engine = engine_for(database_url)
    try:
        async with engine.connect() as connection:
            return not (await connection.scalar(text("SELECT EXISTS (SELECT FROM reports)")))
    finally:
        await engine.dispose()


async def make(stack: Stack, file: Path) -> int:
    """What each example of this stack is tried on, into a file; how many operations that are."""
    async with Calls.to(stack) as call:
        now = datetime.now(UTC)
        parts = await asyncio.gather(
            reports.make(call),
            registry.make(call, now=now),
            monitoring.make(call, now=now),
        )
    samples: Samples = {}
    for part in parts:
        samples |= part
    write_private(file, json.dumps(samples, indent=1, ensure_ascii=False))
    return len(samples)
