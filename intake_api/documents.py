"""What the OpenAPI document of intake_api says beyond its code."""

from collections.abc import Mapping, Sequence

from shared.http.openapi.said import Said

_ACTS = ("illegal_transition", "merged", "still_pending", "not_impartial")

_CODES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "intake_submit_report": {
        "403": ("foreign_channel",),
        "409": ("duplicate_external_reference",),
        "422": (
            "occurred_in_future",
            "received_in_future",
            "received_at_not_allowed",
            "too_early",
            "entered_by_not_allowed",
            "reporter_reference_not_allowed",
            "inactive_category",
            "unregistered_agency",
        ),
    },
    "intake_list_reports": {"422": ("bad_near", "bad_cursor", "unknown_agency")},
    "intake_list_own_reports": {"422": ("bad_cursor",)},
    "intake_reply_to_report": {"409": _ACTS, "429": ("too_many_replies",)},
    "intake_rate_answer": {"409": (*_ACTS, "already_rated")},
    "intake_give_consent": {"409": _ACTS},
    "intake_withdraw_report": {"409": (*_ACTS, "already_withdrawn")},
    "intake_reopen_report": {"409": (*_ACTS, "already_reopened", "too_late_to_reopen", "survivor_is_closed")},
    "intake_appeal_archiving": {"409": (*_ACTS, "already_appealed", "too_late_to_appeal")},
    "intake_make_slip": {"409": ("slip_made_before",)},
    "intake_support_report": {"409": ("merged", "not_open", "not_public", "own_report", "support_taken_back")},
}

SAID = Said(
    title="LAPOR intake API",
    description="Accepts reports of citizens from every channel and shows where they stand.",
    names={
        "Author": "MessageAuthor",
        "Codes": "CodeLists",
        "Contact": "ReporterContact",
        "Deadline": "ReportDeadline",
        "Instructions": "SlipInstructions",
        "Location": "SubmittedLocation",
        "Matter": "TimelineMatter",
        "MessageView": "OwnMessage",
        "PartsView": "PublicSimilarityParts",
        "Place": "OwnLocation",
        "Purpose": "ConsentPurpose",
        "SimilarReport": "SimilarPublicReport",
        "SimilarReports": "SimilarPublicReports",
        "Sort": "PublicSort",
    },
    tags={
        "reports": "Submit a report, and read where it stands: as everybody, or as its reporter.",
        "reporters": "What a reporter does with their report after it was submitted, and what is told to their app.",
        "supports": "Saying that the report of another concerns oneself as well.",
        "similar reports": "What others have reported already, before a report is submitted.",
        "reference": "Categories, regions, agencies and codes, for the forms of apps.",
        "events": "What happens to the reports of an app, as a feed to read on.",
    },
    codes=_CODES,
)
