"""The one schema, a file for each writer: only the service that a file names may change its tables.

A docstring says where a table, or a group of its columns, has another writer. Everybody imports from this package, so
that all tables are known whoever asks.
"""

from shared.schema.base import Model
from shared.schema.clocks import (
    AgencyLimit,
    CalendarDay,
    CalendarVersion,
    CalendarYear,
    Clock,
    Policy,
    Recomputation,
    Simulation,
)
from shared.schema.competence import (
    Boundary,
    BoundaryActivation,
    BoundaryOverlap,
    BoundarySet,
    RoutingModel,
    StoredRule,
    StoredRuleSet,
)
from shared.schema.escalations import Acknowledgement, Escalation, Notification, Reprimand
from shared.schema.intake import IdempotencyKey, Message, Report, Reporter, Support, SupportChain, SupportEntry
from shared.schema.log import Chain, EventRow, OutboxRow, RegistryEvent
from shared.schema.registry import Agency, AgencyName, ApiClient, Category, Officer, Region, Version
from shared.schema.routing import Chore, PublicText, ReportWords, RoutingDecision

__all__ = [
    "Acknowledgement",
    "Agency",
    "AgencyLimit",
    "AgencyName",
    "ApiClient",
    "Boundary",
    "BoundaryActivation",
    "BoundaryOverlap",
    "BoundarySet",
    "CalendarDay",
    "CalendarVersion",
    "CalendarYear",
    "Category",
    "Chain",
    "Chore",
    "Clock",
    "Escalation",
    "EventRow",
    "IdempotencyKey",
    "Message",
    "Model",
    "Notification",
    "Officer",
    "OutboxRow",
    "Policy",
    "PublicText",
    "Recomputation",
    "Region",
    "RegistryEvent",
    "Report",
    "ReportWords",
    "Reporter",
    "Reprimand",
    "RoutingDecision",
    "RoutingModel",
    "Simulation",
    "StoredRule",
    "StoredRuleSet",
    "Support",
    "SupportChain",
    "SupportEntry",
    "Version",
]
