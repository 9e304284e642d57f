"""What routing_service does about facts that others recorded."""

from collections.abc import Sequence

from fastapi import Request

from routing_service.report.consequences import MOVING
from routing_service.work.inbox import service
from shared.clock import utc_now
from shared.log import inbox
from shared.log.events import EventType
from shared.log.inbox import CloudEvent, Receipt


async def handle(request: Request, events: Sequence[CloudEvent]) -> Sequence[Receipt]:
    state = request.app.state
    receipts = await service.process(state.jobs, events, now=utc_now())
    if any(event.type == EventType.REPORT_RECEIVED for event in events):
        state.workers.wake()
    if any(event.type in MOVING for event in events):
        state.wake()
    return receipts


router = inbox.router(handle)
