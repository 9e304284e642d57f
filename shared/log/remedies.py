"""What a reporter may still ask for, and until when. Pure: intake_api refuses by it, routing_service acts by it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.lifecycle import OPEN, Status
from shared.log.events import Event, EventType
from shared.log.payloads import fold
from shared.log.payloads.codes import BY_CLOCK
from shared.log.payloads.routing import ReportArchived, ReportClosed

REOPENING_WINDOW = timedelta(days=30)


_TAKEN_BACK = OPEN | {Status.MERGED}


def known_at(event: Event) -> datetime:
    """When the reporter could first know of a closing or an archiving.

    What a clock does counts from its due instant, which may lie far behind its recording: after an outage, or in a
    historical import.
    """
    return max(event.occurred_at, event.recorded_at) if _is_by_clock(event) else event.occurred_at


def _is_by_clock(event: Event) -> bool:
    told = event.carries(ReportClosed) or event.carries(ReportArchived)
    return told is not None and told.cause in BY_CLOCK


def reopening_ends_at(closed: Event) -> datetime:
    """The last instant at which a closed report may be reopened."""
    return known_at(closed) + REOPENING_WINDOW


def accepted_withdrawal(history: Sequence[Event]) -> Event | None:
    """The withdrawal that holds, whatever is done to the report until it is carried out.

    One that came when the report had ended was none: there was nothing left to take back.
    """
    for event in history:
        if event.type is EventType.REPORTER_WITHDREW and status_before(history, event) in _TAKEN_BACK:
            return event
    return None


def status_before(history: Sequence[Event], event: Event) -> Status:
    """The status of the report when that happened."""
    status, _ = fold(one.placed for one in history if one.seq < event.seq)
    return status


def appeal_is_used_up(history: Sequence[Event]) -> bool:
    """Whether an officer has decided on an appeal: what a clock archives after one, nobody has decided."""
    appealed = False
    for event in history:
        if event.type is EventType.REPORT_APPEALED:
            appealed = True
        elif appealed and event.type is EventType.REPORT_ARCHIVED and not _is_by_clock(event):
            return True
    return False
