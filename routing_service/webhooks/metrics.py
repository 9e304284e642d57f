"""How webhooks do, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from routing_service.webhooks import queries
from routing_service.webhooks.sending.service import Outcome
from shared.clock import utc_now
from shared.database import Sessions
from shared.domain.webhooks import WebhookState


class WebhookMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "lapor_webhook_attempts", "Attempts of this process to tell a receiver something.", ("outcome",),
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "lapor_webhook_attempt_seconds", "How long receivers took to answer this process.", registry=registry,
            buckets=(0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15),
        )  # fmt: skip
        self._waiting = Gauge(
            "lapor_webhook_messages_waiting", "Messages that no receiver has taken yet.", registry=registry
        )
        self._oldest = Gauge(
            "lapor_webhook_oldest_seconds",
            "For how long the oldest of them has waited, those of paused and disabled webhooks aside.",
            registry=registry,
        )
        self._states = Gauge("lapor_webhooks", "Webhooks, by their state.", ("state",), registry=registry)
        self._failing = Gauge(
            "lapor_webhooks_failing", "Active webhooks whose receiver failed last.", registry=registry
        )

    def count(self, outcome: Outcome) -> None:
        self._attempts.labels(outcome.error or "taken").inc()
        self._seconds.observe(outcome.milliseconds / 1000)

    async def read(self, sessions: Sessions) -> None:
        async with sessions() as session:
            waiting, oldest, failing = await queries.backlog(session)
            states = await queries.webhooks_by_state(session)
        self._waiting.set(waiting)
        self._oldest.set((utc_now() - oldest).total_seconds() if oldest else 0)
        self._failing.set(failing)
        for state in WebhookState:
            self._states.labels(state.value).set(states.get(state, 0))
