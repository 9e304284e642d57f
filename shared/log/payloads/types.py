"""The types of events."""

from enum import StrEnum


class EventType(StrEnum):
    # Facts, by intake_api.
    REPORT_RECEIVED = "report.received"
    REPORTER_REPLIED = "reporter.replied"
    REPORTER_RATED = "reporter.rated"
    REPORTER_CONSENTED = "reporter.consented"
    REPORTER_WITHDREW = "reporter.withdrew"
    REPORTER_REOPENED = "reporter.reopened"
    REPORTER_APPEALED = "reporter.appealed"
    SLIP_MADE = "slip.made"  # a report that an officer typed in got a new access code, for its reporter on paper
    PERSON_ERASED = "person.erased"  # who reported, and every word
    EVIDENCE_ADDED = "evidence.added"  # by the reporter, or by whoever works on the report
    EVIDENCE_REFUSED = "evidence.refused"  # it is not what it says it is, or not allowed
    EVIDENCE_QUARANTINED = "evidence.quarantined"  # the scanner found something in it
    EVIDENCE_TOLD = "evidence.told"  # the reporter told when or where it was taken
    # Facts, by sla_monitor.
    CLOCK_REMINDED = "clock.reminded"
    CLOCK_BREACHED = "clock.breached"
    CLOCK_ESCALATED = "clock.escalated"
    CLOCK_ELAPSED = "clock.elapsed"
    CLOCK_REINSTATED = "clock.reinstated"
    CLOCK_ACKNOWLEDGED = "clock.acknowledged"  # by an officer, who was told of it
    CLOCK_MOVED = "clock.moved"  # by a new calendar, policy or limit
    POLICY_MIGRATED = "policy.migrated"  # counts as a fact: clocks follow from it
    # Status events, by routing_service.
    REPORT_ENTRUSTED = "report.entrusted"  # starts and stops no clock
    REPORT_VERIFIED = "report.verified"
    REPORT_FORWARDED = "report.forwarded"
    REPORT_ASSIGNED = "report.assigned"
    REPORT_REDIRECTED = "report.redirected"
    REPORT_RETURNED = "report.returned"
    REPORT_HELD = "report.held"
    REPORT_RESUMED = "report.resumed"
    REPORT_RESPONDED = "report.responded"
    REPORT_ANSWERED = "report.answered"
    REPORT_REOPENED = "report.reopened"
    REPORT_CLOSED = "report.closed"
    REPORT_ARCHIVED = "report.archived"
    REPORT_APPEALED = "report.appealed"
    REPORT_WITHDRAWN = "report.withdrawn"
    REPORT_MERGED = "report.merged"
    REPORT_UNMERGED = "report.unmerged"
    # Without a change of status, by routing_service.
    REPORT_CORRECTED = "report.corrected"  # what clocks depend on
    REPORT_JOINED = "report.joined"  # another one was merged into it
    REPORT_PARTED = "report.parted"  # and is no longer
    REPORT_LOCATED = "report.located"  # routing found where it is about, and nothing else happened with that
    REPORT_NOTED = "report.noted"
    REPORT_MASKED = "report.masked"  # somebody changed what the public may read of it
    EVIDENCE_RELEASED = "evidence.released"  # everybody may see it, where the report is public
    EVIDENCE_WITHHELD = "evidence.withheld"  # and may no longer
    EVIDENCE_COVERED = "evidence.covered"  # what is blackened in it was changed
    IDENTITY_REQUESTED = "identity.requested"  # one custodian asks, where two must agree
    IDENTITY_APPROVED = "identity.approved"  # and another one agrees
    IDENTITY_VIEWED = "identity.viewed"
