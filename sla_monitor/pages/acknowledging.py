"""The form by which an officer says that they know of an escalation."""

from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Invalid, NotFound
from shared.pages.seat import Sent
from sla_monitor.escalations import service as escalations
from sla_monitor.escalations.schemas import Note


async def acknowledge(session: AsyncSession, sent: Sent, *, now: datetime) -> None:
    """Raises NotFound, Conflict, Invalid."""
    try:
        escalation = UUID(sent.last("escalation"))
    except ValueError:
        raise NotFound("This escalation is not there; choose it on the page.") from None
    try:
        body = Note(note=sent.last("note"))
    except ValidationError:
        raise Invalid("Say what is being done about it.", pointer="/note") from None
    await escalations.acknowledge(session, escalation, body.note, sent.seat.client, now=now)
