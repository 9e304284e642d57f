"""What is counted of a report is kept by whoever computes its clocks: in the same transaction, under the same lock."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import is_locked
from shared.errors import DomainError
from shared.http.problems import is_away
from shared.log.events import Event
from sla_monitor import deadlines
from sla_monitor.clock import Clock
from sla_monitor.counting import fold, queries
from sla_monitor.counting.fold import SPELL, Spell, Step
from sla_monitor.policy import Policy
from sla_monitor.reference.service import Reference

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Counted:
    """What some reports are counted as from now on."""

    reports: list[UUID] = field(default_factory=list)
    spells: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def take(
        self, report_id: UUID, history: Sequence[Event], clocks: Iterable[Clock], policy: Policy, reference: Reference
    ) -> bool:
        """A history that cannot be counted is left as it was counted before: no deadline may wait for a figure."""
        try:
            spells, steps = counted(history, clocks, policy, reference)
        except Exception as error:
            not_counted(report_id, error)
            return False
        if spells:
            self.reports.append(report_id)
            self.spells += [_row(report_id, spell) for spell in spells]
            shared = {name: getattr(spells[-1], name) for name in queries.ATTRIBUTES}
            self.steps += [{"report_id": report_id, **shared, **step._asdict()} for step in steps]
        return True

    async def keep(self, session: AsyncSession) -> int:
        """Whoever calls holds the chains of these reports. How many the database does not take: they are left as they
        were counted before, and what else the transaction does goes on.
        """
        if not self.reports:
            return 0
        try:
            async with session.begin_nested():
                await queries.replace(session, self.reports, self.spells, self.steps)
        except DBAPIError as error:
            if is_locked(error) or is_away(error):
                raise
            if len(self.reports) == 1:
                not_counted(self.reports[0], error)
                return 1
            return sum([await self._of(report_id).keep(session) for report_id in self.reports])
        return 0

    def _of(self, report_id: UUID) -> "Counted":
        spells, steps = ([row for row in rows if row["report_id"] == report_id] for rows in (self.spells, self.steps))
        return Counted([report_id], spells, steps)


def not_counted(report_id: UUID, error: Exception) -> None:
    """With a code, since a message might repeat what the report is about."""
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    logger.warning("report not counted", extra={"report_id": str(report_id), "error": code})


def counted(
    history: Sequence[Event], clocks: Iterable[Clock], policy: Policy, reference: Reference
) -> tuple[list[Spell], list[Step]]:
    days = partial(reference.calendar.working_days, cuti_bersama_off=policy.cuti_bersama_off)

    def clocks_of(known: Sequence[Event]) -> Iterable[Clock]:
        return deadlines.clocks(known, policy, reference.calendar, local_limits=reference.local_limits)

    return fold.spells(history, days), fold.steps(history, clocks, clocks_of)


def _row(report_id: UUID, spell: Spell) -> dict[str, Any]:
    return {"report_id": report_id, **{name: getattr(spell, name) for name in SPELL}}
