"""How many links wait for their mail, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge

from routing_service.access.mails import queries
from shared.database import Sessions


class MailMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge(
            "lapor_invitation_mails",
            "Links of invitations that wait for their mail, or whose mail was refused to the end (parked).",
            ("state",),
            registry=registry,
        )

    async def read(self, sessions: Sessions) -> None:
        async with sessions() as session:
            waiting, parked = await queries.waiting_mails(session)
        self._waiting.labels("waiting").set(waiting)
        self._waiting.labels("parked").set(parked)
