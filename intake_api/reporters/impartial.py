"""Nobody judges their own work: what an officer's token may carry of what a reporter does. Pure.

Who only typed a report in may type in, too, what its reporter says later at the counter, an appeal included: it helps
the reporter, and the log names whose token it was. What ends or judges the report they leave to the reporter. Whoever
worked on it does nothing in the reporter's name.
"""

from collections.abc import Sequence

from shared.clients import OFFICERS, Client, Role
from shared.errors import Forbidden
from shared.log.events import Event, EventType

#: Apps and gateways carry what reporters do, and answer nothing.
_MAY_HAVE_WORKED = OFFICERS | {Role.CHANNEL}


def check_word(history: Sequence[Event], client: Client | None) -> None:
    """Raises Forbidden for whoever worked on the report."""
    if client is not None and _worked_on(history, client):
        raise Forbidden(
            "You worked on this report, so you cannot act for its reporter; the reporter does so without your token.",
            code="not_impartial",
        )


def check_decision(history: Sequence[Event], client: Client | None) -> None:
    """For what judges or ends: raises Forbidden for whoever typed the report in, too."""
    check_word(history, client)
    if client is not None and client.role in OFFICERS and _is_by(history[0], client):
        raise Forbidden(
            "You typed this report in; its reporter decides this, with the access code of the slip.",
            code="not_impartial",
        )


def _worked_on(history: Sequence[Event], client: Client) -> bool:
    if client.role not in _MAY_HAVE_WORKED:
        return False
    others = (event for event in history if not event.type.startswith("reporter."))
    return any(
        _is_by(event, client) for event in others if event.type not in (EventType.REPORT_RECEIVED, EventType.SLIP_MADE)
    )


def _is_by(event: Event, client: Client) -> bool:
    """Whatever role it was done in: one person may have several."""
    role, _, sub = event.actor.partition(":")
    return sub == client.sub and role in _MAY_HAVE_WORKED
