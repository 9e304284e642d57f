"""The one schema, a file for each writer: only the service that a file names may change its tables.

A docstring says where a table, or a group of its columns, has another writer. Everybody imports from this package, so
that all tables are known whoever asks.
"""

from shared.schema.access import (
    Account,
    AuthorizationCode,
    ClaimMapping,
    ClientKey,
    ClientSecret,
    Invitation,
    InvitationMail,
    LoginSession,
    Passkey,
    RefreshToken,
    RevokedToken,
    TokenFamily,
    UsedAssertion,
)
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
from shared.schema.evidence import Evidence, Rendition, StoredFile, Upload
from shared.schema.intake import (
    IdempotencyKey,
    IdentityLook,
    Message,
    Report,
    Reporter,
    Support,
    SupportChain,
    SupportEntry,
)
from shared.schema.limits import LimitCounter
from shared.schema.log import Chain, EventRow, OutboxRow, RegistryEvent, ReportRead
from shared.schema.news import MailStop, NewsChoice, NewsPosition, NewsTemplate, ReporterNotification
from shared.schema.proof import Checkpoint, Cosignature, LogBundle, LoggedChain, LogTile
from shared.schema.registry import Agency, AgencyName, ApiClient, Category, Officer, Region, Version
from shared.schema.routing import Chore, PublicText, ReportWords, RoutingDecision

__all__ = [
    "Account",
    "Acknowledgement",
    "Agency",
    "AgencyLimit",
    "AgencyName",
    "ApiClient",
    "AuthorizationCode",
    "Boundary",
    "BoundaryActivation",
    "BoundaryOverlap",
    "BoundarySet",
    "CalendarDay",
    "CalendarVersion",
    "CalendarYear",
    "Category",
    "Chain",
    "Checkpoint",
    "Chore",
    "ClaimMapping",
    "ClientKey",
    "ClientSecret",
    "Clock",
    "Cosignature",
    "Escalation",
    "EventRow",
    "Evidence",
    "IdempotencyKey",
    "IdentityLook",
    "Invitation",
    "InvitationMail",
    "LimitCounter",
    "LogBundle",
    "LogTile",
    "LoggedChain",
    "LoginSession",
    "MailStop",
    "Message",
    "Model",
    "NewsChoice",
    "NewsPosition",
    "NewsTemplate",
    "Notification",
    "Officer",
    "OutboxRow",
    "Passkey",
    "Policy",
    "PublicText",
    "Recomputation",
    "RefreshToken",
    "Region",
    "RegistryEvent",
    "Rendition",
    "Report",
    "ReportRead",
    "ReportWords",
    "Reporter",
    "ReporterNotification",
    "Reprimand",
    "RevokedToken",
    "RoutingDecision",
    "RoutingModel",
    "Simulation",
    "StoredFile",
    "StoredRule",
    "StoredRuleSet",
    "Support",
    "SupportChain",
    "SupportEntry",
    "TokenFamily",
    "Upload",
    "UsedAssertion",
    "Version",
]
