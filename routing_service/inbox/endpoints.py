from collections.abc import Sequence

from fastapi import Request

from routing_service.inbox import service
from shared import inbox
from shared.clock import utc_now
from shared.inbox import CloudEvent, Receipt


async def handle(request: Request, events: Sequence[CloudEvent]) -> Sequence[Receipt]:
    state = request.app.state
    automatic = state.settings.automatic_assignment
    receipts = await service.process(state.sessions, events, automatic_assignment=automatic, now=utc_now())
    state.wake()
    return receipts


router = inbox.router(handle)
