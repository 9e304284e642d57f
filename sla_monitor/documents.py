"""What the OpenAPI document of sla_monitor says beyond its code."""

from collections.abc import Mapping, Sequence

from shared.http.openapi.said import Said

_CODES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "clocks": {"422": ("as_of_in_future", "bad_cursor", "unknown_agency")},
    "escalations": {"409": ("already_acknowledged", "escalation_revoked"), "422": ("bad_cursor",)},
    "calendars": {
        "409": ("calendar_not_draft", "calendar_replaced", "calendar_years_missing", "name_taken"),
        "422": ("unknown_calendar", "period"),
    },
    "policies": {
        "409": ("policy_active", "policy_exists", "policy_overlaps", "policy_not_active"),
        "422": ("effective_too_early", "limit_not_stricter", "unknown_stage", "unknown_agency", "unknown_report"),
    },
    "reprimands": {
        "409": ("no_cases", "period_open"),
        "422": ("agency_required", "not_an_instansi", "period", "unknown_agency"),
    },
}

SAID = Said(
    title="LAPOR SLA monitor",
    description="Watches the deadlines of every report, and escalates what is overdue.",
    names={
        "Activated": "CalendarActivated",
        "Activation": "CalendarActivation",
        "CaseView": "SimulatedCase",
        "GroupView": "SimulatedGroup",
        "Label": "StageLabel",
        "Mark": "RuleCertainty",
        "Note": "EscalationNote",
        "Proof": "ReprimandProof",
        "ResultView": "SimulationResult",
        "Unit": "LimitUnit",
        "Years": "CalendarYears",
    },
    tags={
        "clocks": "The deadlines of reports: what runs, what is late, and figures about them.",
        "escalations": "Reminders and escalations, and the officers who took note of them.",
        "ombudsman": "The file of a case for the Ombudsman.",
        "reprimands": "What an instansi left unanswered in a period, compiled for the record.",
        "calendars": "Versions of the calendar of working days.",
        "policies": "The rules of deadlines and ladders, and the stricter limits of agencies.",
        "rules": "What other rules would change: recomputations and simulations.",
    },
    codes=_CODES,
)
