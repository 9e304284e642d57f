"""How the sweep and what is delivered are doing, for those who run the services. Counts alone, of no report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from sla_monitor.notifications import queries as notifications
from sla_monitor.pages import queries
from sla_monitor.pages.queries import Outbox, Sweep
from sla_monitor.proof import queries as proof
from sla_monitor.recomputations import queries as recomputations
from sla_monitor.recompute import queries as recompute
from sla_monitor.reference import queries as reference

#: Who runs the services looks at it, from here on.
LATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Health:
    sweep: Sweep
    outbox: list[Outbox]
    behind: int
    unfinished: int
    incomplete_years: int
    pending: int
    parked: int
    log_seconds: float

    @property
    def is_well(self) -> bool:
        told = (
            self.parked
            or self.behind
            or self.incomplete_years
            or any(one.parked or one.seconds > LATE_SECONDS for one in self.outbox)
        )
        return self.sweep.seconds <= LATE_SECONDS and not told


async def health(session: AsyncSession, *, now: datetime) -> Health:
    mails = await notifications.counts(session)
    log: Any = await proof.age(session)
    return Health(
        await queries.sweep(session, now=now), await queries.outbox(session, now=now),
        await recompute.count_behind(session), await recomputations.count_unfinished(session),
        await reference.count_incomplete_years(session), mails.get("pending", 0), mails.get("parked", 0), log.seconds,
    )  # fmt: skip
