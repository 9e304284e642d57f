"""Samples on a fresh stack, so that the examples of the API's pages succeed: a report, a draft or a file for each
operation that needs one, as far through its life as the operation asks for.

They are made over HTTP by the clients whose tokens `lapor up` writes, and only while there is no report at all; what
takes a past (past.py) is written before the services run.
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.database import engine_for
from services.local import private
from services.local.samples import codes, files, monitoring, past, registry, reports, webhooks
from services.local.samples.calls import Calls, NoSample
from services.local.samples.past import Past
from services.local.samples.reports import Lives
from services.local.stack import Stack
from shared.actors import INTAKE

__all__ = ["NoSample", "Past", "are_missing", "make", "write_past"]

Samples = dict[str, dict[str, Any]]


async def are_missing(database_url: str) -> bool:
    """Whether nobody has reported anything yet."""
    engine = engine_for(database_url)
    try:
        async with engine.connect() as connection:
            return not (await connection.scalar(text("SELECT EXISTS (SELECT FROM reports)")))
    finally:
        await engine.dispose()


async def write_past(stack: Stack) -> Past:
    """Before the services of the stack are started: they would go on with it as of today."""
    return await past.write(stack.database_url, keys=stack.keys.held_by(INTAKE), now=datetime.now(UTC))


async def make_samples(stack: Stack, file: Path, before: Past) -> int:
    """What each example of this stack is tried on, into a file; how many operations that are."""
    async with Calls.to(stack) as call:
        now, lives = datetime.now(UTC), Lives(call)
        parts = await asyncio.gather(
            reports.make(lives),
            files.make_files(lives),
            registry.make(call, before, now=now),
            monitoring.make(call, before, now=now),
            webhooks.make_webhooks(call, now=now),
            codes.make_codes(call),
        )
    samples: Samples = {}
    for part in parts:
        samples |= part
    private.write(file, json.dumps(samples, indent=1, ensure_ascii=False))
    return len(samples)
