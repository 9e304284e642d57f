"""What the OpenAPI document of sla_monitor says beyond its code."""

from shared.http.openapi.said import Said

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
)
