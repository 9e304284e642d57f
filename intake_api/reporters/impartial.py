"""Nobody judges their own work: what an officer's token may carry of what a reporter does.

Who only typed a report in may type in, too, what its reporter says later at the counter, an appeal included: it helps
the reporter, and the log names whose token it was. What ends or judges the report they leave to the reporter. Whoever
worked on it does nothing in the reporter's name.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.reporters import queries
from shared.clients import OFFICERS, Client, Role
from shared.errors import Forbidden
from shared.log.events import Event

#: Apps and gateways carry what reporters do, and answer nothing.
_MAY_HAVE_WORKED = OFFICERS | {Role.CHANNEL}


async def check_word(session: AsyncSession, received: Event, client: Client | None) -> None:
    """Raises Forbidden for a caller who worked on the report."""
    if client is not None and await _worked_on(session, received.report_id, client):
        raise Forbidden(
            "You worked on this report, so you cannot act for its reporter; the reporter does so without your token.",
            code="not_impartial",
        )


async def check_decision(session: AsyncSession, received: Event, client: Client | None) -> None:
    """For actions that judge or end: raises Forbidden for the officer who typed the report in, too."""
    await check_word(session, received, client)
    if client is not None and client.role in OFFICERS and received.actor in _names(client):
        raise Forbidden(
            "You typed this report in; its reporter decides this, with the access code of the slip.",
            code="not_impartial",
        )


async def _worked_on(session: AsyncSession, report_id: UUID, client: Client) -> bool:
    return client.role in _MAY_HAVE_WORKED and await queries.worked_on(session, report_id, _names(client))


def _names(client: Client) -> list[str]:
    """As events name them, whatever role it was done in: one person may have several."""
    return [f"{role.value}:{client.sub}" for role in sorted(_MAY_HAVE_WORKED)]
