"""What the OpenAPI document of routing_service says beyond its code."""

from shared.http.openapi.said import Said

SAID = Said(
    title="LAPOR routing service",
    description="Assigns reports to the competent agency, and keeps what agencies do about them.",
    names={
        "Achieved": "ModelAchievement",
        "Activation": "RuleSetActivation",
        "Contacts": "AgencyContacts",
        "Feed": "EventFeed",
        "Field": "MaskedField",
        "Hold": "HoldRequest",
        "Imported": "ImportedBoundaries",
        "Kind": "MaskKind",
        "Language": "MailLanguage",
        "Merger": "ReportMerger",
        "MessageView": "ReportMessage",
        "Metrics": "ModelMetrics",
        "Note": "InternalNote",
        "Parting": "ReportParting",
        "PartsView": "SimilarityParts",
        "Place": "MaskPlace",
        "Renaming": "AgencyRenaming",
        "Repair": "BoundaryRepair",
        "Return": "ReportReturn",
        "SetDetail": "BoundarySetDetail",
        "SetView": "BoundarySetView",
        "Severity": "FindingSeverity",
        "Source": "MaskSource",
        "Stretch": "TextStretch",
        "Suggestion": "RoutingSuggestion",
        "Tally": "RuleTally",
        "TextView": "TitleAndBody",
        "Told": "RoutingSentence",
        "Versions": "VersionsInForce",
    },
)
