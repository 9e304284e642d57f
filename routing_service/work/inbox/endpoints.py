"""What routing_service does about facts that others recorded."""

from collections.abc import Sequence

from fastapi import Request

from routing_service.work.inbox import service
from shared.clock import utc_now
from shared.log import inbox
from shared.log.inbox import CloudEvent, Receipt


async def handle(request: Request, events: Sequence[CloudEvent]) -> Sequence[Receipt]:
    state = request.app.state
    receipts = await service.process(state.jobs, events, now=utc_now())
    state.workers.wake()
    state.wake()
    return receipts


router = inbox.router(handle)
