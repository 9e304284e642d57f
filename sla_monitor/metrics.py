"""What the monitor counts, beside what every process does."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.database import Sessions
from shared.domain.officers import NotificationState
from sla_monitor.clocks import queries as clocks
from sla_monitor.notifications import queries as notifications
from sla_monitor.proof import queries as proof
from sla_monitor.proof.keeping import Kept
from sla_monitor.recomputations import queries as recomputations
from sla_monitor.recompute import queries as recompute
from sla_monitor.reference import queries as reference


class MonitorMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.sweep_seconds = histogram(
            "lapor_sweep_seconds",
            "How long a sweep took, until nothing was due.",
            buckets=(0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.sweeps_failed = counter("lapor_sweeps_failed", "Sweeps that broke off.")
        self.steps = counter("lapor_ladder_steps", "Ladder steps recorded by this process.", ("kind",))
        self.overdue = gauge("lapor_clocks_overdue", "Clocks that run past their due instant.", ("stage",))
        self.behind = gauge(
            "lapor_reports_behind", "Reports with facts older than a minute that are not in their clocks."
        )
        self.uncounted = gauge(
            "lapor_reports_not_counted",
            "Reports that no figure counts, as of the last hour; lapor statistics rebuild counts them.",
        )
        self.incomplete_years = gauge(
            "lapor_calendar_years_incomplete",
            "Years that deadlines reach by now without their cuti bersama, or with feasts that are only estimated.",
        )
        self.recomputations = gauge(
            "lapor_recomputations_unfinished",
            "Changes of calendar, policy or limits whose open clocks are not all computed anew.",
        )
        self.mails = counter(
            "lapor_mails",
            "Mails to officers by this process: single, digest, postponed, parked, or absent (no server let us in).",
            ("outcome",),
        )
        self.unreachable = counter(
            "lapor_escalations_unreachable",
            "Escalations for which nobody is registered in this role, found by this process.",
            ("instansi", "role"),
        )
        self.mail_enabled = gauge("lapor_mail_enabled", "1 if a mail server is set (LAPOR_SMTP_URL), else 0.")
        self.notifications = gauge(
            "lapor_notifications",
            "Notifications that wait to be sent, or were refused to the end (parked).",
            ("state",),
        )

        self.log_age = gauge(
            "lapor_log_age_seconds",
            "How long ago the transparency log was up to date; it grows where no checkpoint is made.",
        )
        self.log_size = gauge("lapor_log_size", "How many leaves the transparency log has.")
        self.log_refused = gauge(
            "lapor_log_refused",
            "1 if this process publishes nothing, because the log of the database contradicts what was published.",
            ("code",),
        )
        self.cosignatures = counter(
            "lapor_cosignatures", "Witnesses that this process has asked: cosigned or failed.", ("witness", "outcome")
        )

    def take_kept(self, kept: Kept) -> None:
        self.log_refused.clear()
        if kept.refused is not None:
            self.log_refused.labels(kept.refused.code).set(1)
        for name, asked in kept.asked.items():
            self.cosignatures.labels(name, "cosigned" if asked.cosigned else "failed").inc()

    async def read(self, sessions: Sessions) -> None:
        """The figures of the database as they are now; asked for at each scrape."""
        async with sessions() as session:
            overdue = await clocks.overdue_by_stage(session)
            behind = await recompute.count_behind(session)
            waiting = await notifications.counts(session)
            incomplete = await reference.count_incomplete_years(session)
            unfinished = await recomputations.count_unfinished(session)
            log = await proof.age(session)
        self.overdue.clear()
        for stage, count in overdue.items():
            self.overdue.labels(stage).set(count)
        self.behind.set(behind)
        self.incomplete_years.set(incomplete)
        self.recomputations.set(unfinished)
        self.log_age.set(log.seconds)
        self.log_size.set(log.size)
        for state in NotificationState.PENDING, NotificationState.PARKED:
            self.notifications.labels(state).set(waiting.get(state, 0))
