"""What becomes of files, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from intake_api.evidence.media import queries
from shared.database import Sessions


class MediaMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.looked_at = Counter(
            "lapor_evidence_looked_at",
            "Files that this process has looked through: ready, quarantined, covered, or the code of a refusal.",
            ("outcome",), registry=registry,
        )  # fmt: skip
        self.put_off = Counter(
            "lapor_evidence_put_off",
            "Files that it left for later: scanner_away, store_away, child_lost, failed.",
            ("cause",), registry=registry,
        )  # fmt: skip
        self._depth = Gauge("lapor_evidence_waiting", "Files that wait to be looked through.", registry=registry)
        self._age = Gauge("lapor_evidence_oldest_seconds", "How long the oldest of them has waited.", registry=registry)

    async def read(self, sessions: Sessions) -> None:
        async with sessions() as session:
            depth, age = await queries.waiting_files(session)
        self._depth.set(depth)
        self._age.set(age)
