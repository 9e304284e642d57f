"""Why there was an escalation, in the words in which its clock explains itself.

Computed when somebody asks, from what was known when it was recorded: the sweep stays one statement.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.wording import Language
from shared.log import events
from shared.log.events import Event
from sla_monitor import deadlines, explanations, known
from sla_monitor.reference.past import PastRules
from sla_monitor.reference.service import Reference, References

logger = logging.getLogger(__name__)


async def explanations_of(
    session: AsyncSession, references: References, rows: Sequence[Row[Any]], language: Language
) -> Mapping[UUID, str]:
    """By the ids of the escalations; two queries for any number of them, one more for each calendar of the past."""
    histories = await events.histories(session, {row.report_id for row in rows})
    rules = PastRules(session, references)
    found = {}
    for row in rows:
        reference = (await rules.at(row.recorded_at)).reference
        try:
            found[row.id] = _text(row, known.known(histories[row.report_id], row.recorded_at), reference, language)
        except Exception as error:  # a list without one reason is better than no list
            logger.warning("no reason", extra={"report_id": str(row.report_id), "error": type(error).__name__})
    return found


def _text(row: Row[Any], history: Sequence[Event], rules: Reference, language: Language) -> str:
    policy = rules.policy_of(history)
    for clock in deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits):
        if (clock.stage, clock.opened_seq) == (row.stage, row.opened_seq):
            taken = [
                explanations.step_text(step, clock, language=language)
                for step in clock.steps
                if step.offset == row.step_code
            ]
            why = explanations.text(clock, policy, rules.calendar, language=language, now=row.recorded_at)
            return " ".join([*taken, why])
    return ""
