"""What a mail says of each report: computed from its events, like the answer to a request for its clocks."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.clocks import ClockState, StepKind
from shared.domain.newer import code
from shared.domain.wording import Language
from shared.log import events
from shared.log.events import Event
from sla_monitor import deadlines, explanations
from sla_monitor.clock import Clock
from sla_monitor.notifications.letters import TO_DO, Item, news_of
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
    return Item(row.tracking_number, True, _kind(row), "", ("", ""), None, "")


def _kind(row: Row[Any]) -> StepKind | None:
    return None if row.kind is None else code(StepKind, row.kind)


def _item(row: Row[Any], rules: Reference, history: Sequence[Event], language: Language, now: datetime) -> Item:
    name, due_on, reason = row.stage or "", None, ""
    label = (name, name)
    try:
        policy = rules.policy_of(history)
        found = deadlines.clocks(history, policy, rules.calendar, local_limits=rules.local_limits)
        clock = _next(found) if row.kind is None else _of(row, found)
        if clock is not None:
            name, due_on = clock.stage, clock.due_on
            reason = explanations.text(clock, policy, rules.calendar, language=language, now=now)
        if stage := policy.stages.get(name):
            label = stage.label
    except Exception as error:  # a mail without its reason is better than none, and than a digest held up by one
        logger.warning("no reason for a mail", extra={"report_id": str(row.report_id), "error": type(error).__name__})
    news = None if row.kind is not None else news_of(row.cause, holds=row.holds)
    return Item(row.tracking_number, False, _kind(row), name, label, due_on, reason, news)


def _of(row: Row[Any], clocks: Iterable[Clock]) -> Clock | None:
    return next((one for one in clocks if (one.stage, one.opened_seq) == (row.stage, row.opened_seq)), None)


def _next(clocks: Iterable[Clock]) -> Clock | None:
    """What the new holder of the report has to do first: of the clocks with a ladder for officers."""
    due = [(one.due_at, one) for one in clocks if one.stage in TO_DO and one.state is ClockState.RUNNING and one.due_at]
    return min(due, key=lambda pair: pair[0])[1] if due else None
