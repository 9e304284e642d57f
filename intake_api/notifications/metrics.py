"""What is counted of news for reporters."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from intake_api.notifications import queries
from intake_api.notifications.gathering import READER
from shared.database import Sessions


class NewsMetrics:
    def __init__(self, registry: CollectorRegistry, *, enabled: bool) -> None:
        self.read = Counter(
            "lapor_news_events_read", "Events that were looked at for news of reporters.", registry=registry
        )
        self._messages = Counter(
            "lapor_news_messages",
            "Messages to reporters of this process, by what became of them.",
            ("outcome",),
            registry=registry,
        )
        self._pending = Gauge("lapor_news_pending", "News that reporters are still to be told.", registry=registry)
        self._failed = Gauge(
            "lapor_news_failed", "Of these, what was refused at least once and is tried again.", registry=registry
        )
        self._oldest = Gauge("lapor_news_oldest_seconds", "Age of the oldest news still to be told.", registry=registry)
        self._behind = Gauge(
            "lapor_news_behind_seconds", "Since when the log was read last for news.", registry=registry
        )
        self._untold = Gauge(
            "lapor_news_untold", "News of the last day that was not told, by why.", ("reason",), registry=registry
        )
        Gauge("lapor_news_mail_enabled", "1 if mails to reporters are sent.", registry=registry).set(int(enabled))

    def count(self, outcomes: Mapping[str, int]) -> None:
        for outcome, number in outcomes.items():
            self._messages.labels(outcome).inc(number)

    async def read_figures(self, sessions: Sessions) -> None:
        """As it is now; asked for at each scrape."""
        async with sessions() as session:
            found = await queries.news_figures(session, READER)
            untold = await queries.untold_lately(session)
        self._pending.set(found.pending)
        self._failed.set(found.failed)
        self._oldest.set(float(found.oldest or 0))
        self._behind.set(float(found.behind or 0))
        for reason, count in untold.items():
            self._untold.labels(reason).set(count)
