from collections.abc import Sequence

from fastapi import Request

from routing_service.decisions.advice import Advising
from routing_service.inbox import service
from routing_service.texts import service as texts
from shared import inbox
from shared.clock import utc_now
from shared.events import EventType
from shared.inbox import CloudEvent, Receipt


async def handle(request: Request, events: Sequence[CloudEvent]) -> Sequence[Receipt]:
    state = request.app.state
    received = [event.data.report_id for event in events if event.type == EventType.REPORT_RECEIVED]
    await texts.make_missing(state.sessions, received, now=utc_now())
    receipts = await service.process(
        state.sessions,
        events,
        advising=Advising(state.knowledge, state.settings.most_returns),
        automatic_assignment=state.settings.automatic_assignment,
        now=utc_now(),
    )
    state.wake()
    return receipts


router = inbox.router(handle)
