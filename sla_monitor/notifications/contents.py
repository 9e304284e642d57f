"""What a mail says of each report: computed from its events, as whoever asks for its clocks is answered."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared import events
from shared.events import Event
from shared.officers import Language
from sla_monitor import deadlines, explanations
from sla_monitor.notifications.letters import Item
from sla_monitor.policy import StepKind
from sla_monitor.reference.service import Reference, References

logger = logging.getLogger(__name__)


async def items(
    session: AsyncSession, references: References, rows: Sequence[Row[Any]], language: Language, *, now: datetime
) -> list[Item]:
    """In the order of the rows. Of a secret report not even its history is read."""
    rules = await references.current(session)
    histories = await events.histories(session, {row.report_id for row in rows if not row.secret})
    return [_secret(row) if row.secret else _item(row, rules, histories[row.report_id], language, now) for row in rows]


def _secret(row: Row[Any]) -> Item:
    return Item(row.tracking_number, True, StepKind(row.kind), "", ("", ""), None, "")


def _item(row: Row[Any], rules: Reference, history: Sequence[Event], language: Language, now: datetime) -> Item:
    label, due_on, reason = (row.stage, row.stage), None, ""
    try:
        policy = rules.policy_of(history)
        if stage := policy.stages.get(row.stage):
            label = (stage.label_id, stage.label_en)
        for clock in deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits):
            if (clock.stage, clock.opened_seq) == (row.stage, row.opened_seq):
                due_on = clock.due_on
                reason = explanations.text(clock, policy, rules.calendar, language=language, now=now)
    except Exception as error:  # a mail without its reason is better than none, and than a digest held up by one
        logger.warning("no reason for a mail", extra={"report_id": str(row.report_id), "error": type(error).__name__})
    return Item(row.tracking_number, False, StepKind(row.kind), row.stage, label, due_on, reason)
