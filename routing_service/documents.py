"""What the OpenAPI document of routing_service says beyond its code."""

from collections.abc import Mapping, Sequence

from shared.http.openapi.said import Said

_AGENCIES = ("unknown_agency", "inactive_agency", "not_an_instansi", "outside_subtree")

_REFUSED = (
    "illegal_transition", "another_officer_decides", "already_corrected", "ring_must_keep", "same_agency",
    "merged_meanwhile",
)  # fmt: skip
_WRONG = (
    *_AGENCIES, "unknown_category", "inactive_category", "cannot_loosen", "supervisory_needs_complaint",
    "unknown_message", "foreign_response", "occurred_in_future", "occurred_too_early",
)  # fmt: skip

_CODES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "reports": {"422": ("bad_cursor", "reason_required", *_AGENCIES)},
    "actions": {"409": _REFUSED, "422": _WRONG},
    "merging": {
        "409": (
            "same_report",
            "survivor_is_younger",
            "survivor_not_open",
            "public_into_secret",
            "secret_into_public",
            "withdrawal_pending",
            "merged_meanwhile",
        ),
        "422": ("unknown_report", "outside_subtree"),
    },
    "public texts": {
        "403": ("may_not_lift",),
        "422": ("mask_outside_text", "too_many_masks", "unknown_mask", "words_not_found", "reason_required"),
    },
    "routing": {"422": ("unknown_agency", "unknown_category", "inactive_category", "unknown_region")},
    "registry": {
        "409": (
            "agency_exists",
            "agency_holds_reports",
            "agency_has_units",
            "agency_has_ended",
            "agency_merged",
            "category_exists",
            "same_name",
            "renamed_too_early",
            "merged_too_early",
        ),
        "422": (
            *_AGENCIES,
            "agency_cycle",
            "successor_cycle",
            "category_cycle",
            "unknown_region",
            "unknown_category",
            "validity_reversed",
        ),
    },
    "officers": {"409": ("officer_exists",), "422": ("role_is_national", "role_of_instansi", "unknown_agency")},
    "boundaries": {"409": ("already_imported",)},
    "rules": {
        "409": ("rule_set_active", "rule_set_empty", "rule_set_not_draft", "rule_set_replaced", "nothing_before"),
        "422": ("unknown_rule_set",),
    },
    "models": {"409": ("bad_model", "model_active", "no_model", "nothing_before")},
    "events": {"422": ("bad_cursor",)},
}

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
    tags={
        "reports": "The work list, and one report with all that happened to it.",
        "actions": "What officers do about a report: each moves it on, or is refused.",
        "merging": "Reports about the same matter: find them, merge them, part them again.",
        "public texts": "What everybody may read of a report and of its answers, and what is masked in it.",
        "routing": "Why a report is where it is, which agency is suggested, and a preview before a report is sent.",
        "registry": "Agencies, categories and their files; what is missing in them; mergers and new names of agencies.",
        "officers": "The people who work at agencies and above them.",
        "boundaries": "Polygons of regions, by which a position on a map is found.",
        "rules": "The rules that name the competent agency: drafts, checks, replays, and which set is in force.",
        "models": "What is learned from decisions of the past: train, compare, activate, go back.",
        "events": "The log of what happened to reports, as a feed to read on.",
    },
    codes=_CODES,
)
