"""Carries out what is due, batch by batch. No state is kept: what is due stands in the clocks."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from shared.database import Sessions
from sla_monitor.sweep import queries


async def sweep(sessions: Sessions, *, batch: int, now: datetime | None = None) -> Mapping[str, int]:
    """Record every ladder step that is due, each batch in a transaction of its own; the steps by kind.

    `now` is the database's own time unless a test gives one.
    """
    steps: Counter[str] = Counter()
    while True:
        async with sessions.begin() as session:
            done = await queries.sweep_batch(session, batch=batch, now=now)
        steps.update(done.steps)
        if not done.picked:  # a batch takes one step of a report, so a small one may leave others behind
            return steps
