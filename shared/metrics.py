"""What every process counts, in Prometheus' text format. Each application has a registry of its own."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_OUTBOX = text(
    """
    SELECT follower, count(*) FILTER (WHERE parked_at IS NULL) AS depth,
           count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
           extract(epoch FROM now() - min(e.recorded_at) FILTER (WHERE parked_at IS NULL)) AS age
    FROM outbox o LEFT JOIN events e ON e.id = o.event_id GROUP BY follower
    """
)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self.requests = counter("lapor_requests", "Requests answered.", ("method", "route", "status"))
        self.latency = histogram(
            "lapor_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        )
        self.delivered = counter(
            "lapor_outbox_acknowledged", "Outbox rows that a service acknowledged to this process.", ("follower",)
        )
        self.refused = counter(
            "lapor_outbox_refused",
            "Outbox rows that a service did not take at an attempt of this process.",
            ("follower",),
        )
        self.outbox_depth = gauge("lapor_outbox_depth", "Outbox rows not acknowledged yet.", ("follower",))
        self.outbox_parked = gauge(
            "lapor_outbox_parked", "Outbox rows that were refused to the end and wait for an operator.", ("follower",)
        )
        self.outbox_age = gauge(
            "lapor_outbox_oldest_seconds", "Age of the oldest event not acknowledged yet.", ("follower",)
        )

    async def read_outbox(self, engine: AsyncEngine, followers: tuple[str, ...]) -> None:
        """The outbox as it is now; asked for at each scrape."""
        async with engine.connect() as connection:
            rows = {row.follower: row for row in await connection.execute(_OUTBOX)}
        for follower in followers:
            row = rows.get(follower)
            self.outbox_depth.labels(follower).set(row.depth if row else 0)
            self.outbox_parked.labels(follower).set(row.parked if row else 0)
            self.outbox_age.labels(follower).set(float(row.age or 0) if row else 0)
