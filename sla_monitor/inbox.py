"""`POST /internal/events`: every event about a report makes its clocks be computed anew; some are news for officers."""

from collections.abc import Sequence

from fastapi import Request

from shared.log import inbox
from shared.log.events import EventType
from shared.log.inbox import CloudEvent, Outcome, Receipt
from sla_monitor.escalations import service as escalations
from sla_monitor.notifications import service as notifications
from sla_monitor.notifications.news import TYPES
from sla_monitor.recompute import service

#: So long a batch waits for whoever has locked one of its reports; that event comes again later.
LOCK_SECONDS = 1.0


async def take(request: Request, batch: Sequence[CloudEvent]) -> list[Receipt]:
    """To clocks the events themselves do not matter: each says that its report has changed, and the log is read for the
    rest. Of those that give a report to somebody, or mention them in a note, they hear."""
    state = request.app.state
    reports = {event.data.report_id for event in batch}
    refused = await service.recompute(state.jobs, state.references, reports, lock_seconds=LOCK_SECONDS, wake=state.wake)
    erased = {event.data.report_id for event in batch if event.type == EventType.PERSON_ERASED}
    if erased:
        async with state.jobs.begin() as session:
            await escalations.erase_notes(session, erased)
    if news := [event.id for event in batch if event.type in TYPES or event.type == EventType.REPORT_NOTED]:
        await notifications.tell_news(state.jobs, state.settings, news)
    return [_receipt(event, refused.get(event.data.report_id)) for event in batch]


def _receipt(event: CloudEvent, refusal: str | None) -> Receipt:
    if refusal is None:
        return Receipt(id=event.id, outcome=Outcome.DONE)
    if refusal == service.LOCKED:
        return Receipt(id=event.id, outcome=Outcome.LATER)
    return Receipt(id=event.id, outcome=Outcome.RETRY, detail=refusal)


router = inbox.router(take)
