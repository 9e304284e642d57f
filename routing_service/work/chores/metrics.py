"""How much waits for the workers, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge

from routing_service.work.chores import queries
from routing_service.work.chores.tasks import Task
from shared.database import Sessions


class ChoreMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._depth = Gauge(
            "lapor_chores_depth", "New reports that wait to be decided on, or masked.", ("task",), registry=registry
        )
        self._failing = Gauge(
            "lapor_chores_failing", "Those of them that failed three times.", ("task",), registry=registry
        )
        self._age = Gauge(
            "lapor_chores_oldest_seconds", "How long the oldest of them has waited.", ("task",), registry=registry
        )

    async def read(self, sessions: Sessions) -> None:
        async with sessions() as session:
            waiting = await queries.waiting(session)
        for task in Task:
            depth, failing, age = waiting.get(task, (0, 0, 0.0))
            self._depth.labels(task.value).set(depth)
            self._failing.labels(task.value).set(failing)
            self._age.labels(task.value).set(age)
