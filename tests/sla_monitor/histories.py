"""Histories of reports for tests of deadlines, told in local time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from sla_monitor import holidays_source, policy_documents
from sla_monitor.calendars import Calendar
from sla_monitor.clock import Clock
from sla_monitor.deadlines import LocalLimits, LoggedEvent, clocks
from sla_monitor.policy import Policy
from tests.payloads import complete

WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
PROVINCES = {WIB: "31", WITA: "64", WIT: "91"}
MICROSECOND = timedelta(microseconds=1)
NATIONAL = {"level": "national", "agency": None}
COORDINATOR = {"level": "coordinator", "agency": "kaltim"}


@cache
def calendar() -> Calendar:
    return holidays_source.calendar()


@cache
def policy() -> Policy:
    return policy_documents.parse_policy(policy_documents.shipped("ID-SP4N-2018"))


def local(at: str | datetime, zone: str = WITA) -> datetime:
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=ZoneInfo(zone))


def end_of(day: str | date, zone: str = WITA) -> datetime:
    """The midnight that ends the day, in UTC."""
    following = date.fromisoformat(str(day)) + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


class History:
    """Events of one report, each as the services write it; instants without an offset are local."""

    def __init__(self, zone: str = WITA) -> None:
        self.zone = zone
        self.events: list[LoggedEvent] = []
        self.status = "received"
        self.held_from = "received"
        self.merged_from = "received"
        self.holder: Mapping[str, Any] = NATIONAL
        self.agency: str | None = None

    def fact(self, type: str, at: str | datetime, *, recorded: str | None = None, **data: Any) -> Self:
        occurred_at = local(at, self.zone)
        recorded_at = occurred_at if recorded is None else local(recorded, self.zone)
        event = LoggedEvent(len(self.events) + 1, type, occurred_at, recorded_at, complete(type, data))
        self.events.append(event)
        return self

    def _moved(self, type: str, at: str | datetime, to: str, **data: Any) -> Self:
        place = {"time_zone": self.zone, "province": PROVINCES[self.zone]}
        before = {"from": self.status, "to": to}
        self.status = to
        return self.fact(type, at, **before, holder=self.holder, agency=self.agency, **place, **data)

    def received(self, at: str | datetime, *, recorded: str | None = None, classification: str = "complaint") -> Self:
        return self.fact(
            "report.received",
            at,
            recorded=recorded,
            classification=classification,
            status="received",
            holder=self.holder,
            time_zone=self.zone,
            province=PROVINCES[self.zone],
        )

    def verified(self, at: str | datetime, *, classification: str = "complaint", supervisory: bool = False) -> Self:
        facts = {"classification": classification, "supervisory": supervisory, "digests": {"title": None}}
        return self._moved("report.verified", at, "verified", **facts)

    def forwarded(self, at: str | datetime) -> Self:
        self.holder = COORDINATOR
        return self._moved("report.forwarded", at, "verified")

    def assigned(self, at: str | datetime, agency: str = "dinas-pu", *, zone: str | None = None) -> Self:
        return self._given("report.assigned", at, agency, zone)

    def redirected(self, at: str | datetime, agency: str = "dinas-lh", *, zone: str | None = None) -> Self:
        return self._given("report.redirected", at, agency, zone)

    def _given(self, type: str, at: str | datetime, agency: str, zone: str | None) -> Self:
        self.zone, self.agency = zone or self.zone, agency
        self.holder = {"level": "agency", "agency": agency}
        return self._moved(type, at, "assigned")

    def returned(self, at: str | datetime, *, to: Mapping[str, Any] = COORDINATOR) -> Self:
        self.agency, self.holder = None, to
        return self._moved("report.returned", at, "verified", reason="not_our_authority")

    def held(self, at: str | datetime) -> Self:
        self.held_from = self.status
        return self._moved("report.held", at, "awaiting_reporter")

    def replied(self, at: str | datetime) -> Self:
        return self.fact("reporter.replied", at, message="m")

    def rated(self, at: str | datetime, *, poor: bool) -> Self:
        return self.fact("reporter.rated", at, score=1 if poor else 5, resolved=not poor, poor=poor)

    def resumed(self, at: str | datetime) -> Self:
        return self._moved("report.resumed", at, self.held_from, cause="reply")

    def responded(self, at: str | datetime) -> Self:
        return self._moved("report.responded", at, "in_progress")

    def answered(self, at: str | datetime) -> Self:
        return self._moved("report.answered", at, "answered", direct=self.status == "verified")

    def reopened(self, at: str | datetime, cause: str = "reply") -> Self:
        return self._moved("report.reopened", at, "in_progress", cause=cause)

    def closed(self, at: str | datetime) -> Self:
        return self._moved("report.closed", at, "closed", cause="silence")

    def archived(self, at: str | datetime) -> Self:
        return self._moved("report.archived", at, "archived", reason="too_general")

    def appealed(self, at: str | datetime) -> Self:
        return self._moved("report.appealed", at, "received")

    def withdrawn(self, at: str | datetime) -> Self:
        return self._moved("report.withdrawn", at, "withdrawn")

    def merged(self, at: str | datetime) -> Self:
        self.merged_from = self.status
        return self._moved("report.merged", at, "merged", into="an older one")

    def unmerged(self, at: str | datetime) -> Self:
        return self._moved("report.unmerged", at, self.merged_from, previous="an older one", cause="officer")

    def clocks(self, *, local_limits: LocalLimits | None = None) -> list[Clock]:
        return clocks(self.events, policy(), calendar(), local_limits=local_limits)

    def all(self, stage: str) -> list[Clock]:
        return [clock for clock in self.clocks() if clock.stage == stage]

    def last(self, stage: str) -> Clock:
        return self.all(stage)[-1]


def at_work(at: str = "2025-03-25 10:00", *, zone: str = WITA, **verified: Any) -> History:
    """A report received, verified and assigned at once."""
    return History(zone).received(at).verified(at, **verified).assigned(at)
