"""How many mails about accounts wait, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge

from routing_service.access.mails import notice_queries, queries
from shared.database import Sessions


class MailMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge(
            "lapor_invitation_mails",
            "Links of invitations that wait for their mail, or whose mail was refused to the end (parked).",
            ("state",),
            registry=registry,
        )

        self._notices = Gauge(
            "lapor_account_notices", "What people are still to be told of their accounts.", registry=registry
        )

    async def read(self, sessions: Sessions) -> None:
        async with sessions() as session:
            waiting, parked = await queries.waiting_mails(session)
            self._notices.set(await notice_queries.waiting_notices(session))
        self._waiting.labels("waiting").set(waiting)
        self._waiting.labels("parked").set(parked)
