"""What the OpenAPI document of intake_api says beyond its code."""

from collections.abc import Mapping, Sequence

from shared.http.openapi.said import Said

_ACTS = ("illegal_transition", "merged", "still_pending", "not_impartial", "erased")

#: Of what opens an identity, and of what seals one.
_SEALED = ("identity_key_missing", "identity_unreadable")

_CODES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "intake_submit_report": {
        "403": ("unregistered_agency",),
        "409": ("duplicate_external_reference",),
        "422": (
            "occurred_in_future",
            "received_in_future",
            "received_at_not_allowed",
            "too_early",
            "entered_by_not_allowed",
            "reporter_reference_not_allowed",
            "inactive_category",
            "foreign_channel",
            "unknown_agency",
            "unknown_category",
            "unknown_region",
        ),
        "503": ("identity_key_missing",),
    },
    "intake_get_report": {"503": _SEALED},
    "intake_list_reports": {"422": ("bad_near", "unknown_agency")},
    "intake_get_region_tree": {"422": ("unknown_region",)},
    "intake_reply_to_report": {"409": _ACTS, "429": ("too_many_replies",), "503": _SEALED},
    "intake_rate_answer": {"409": (*_ACTS, "already_rated"), "503": _SEALED},
    "intake_give_consent": {"409": _ACTS, "503": _SEALED},
    "intake_withdraw_report": {"409": (*_ACTS, "already_withdrawn"), "503": _SEALED},
    "intake_reopen_report": {
        "409": (*_ACTS, "already_reopened", "too_late_to_reopen", "survivor_is_closed"),
        "503": _SEALED,
    },
    "intake_appeal_archiving": {"409": (*_ACTS, "already_appealed", "too_late_to_appeal"), "503": _SEALED},
    "intake_lift_limit": {"422": ("unknown_limit", "client_missing", "client_not_allowed")},
    "intake_get_receipt": {"404": ("no_receipt_yet",)},
    "intake_make_slip": {"409": ("slip_made_before",)},
    "intake_erase_person": {"409": ("report_is_open",)},
    "intake_export_report": {"503": _SEALED},
    "intake_support_report": {"409": ("merged", "not_open", "not_public", "own_report", "support_taken_back")},
}

_PROPERTIES: Mapping[str, str] = {
    "AgencyItem.time_zone": "The time zone of the agency, as `Asia/Makassar`: deadlines of its "
    "reports end with its day.",
    "OwnMessage.kind": "Who speaks to whom in it: an answer, a question, a reply and so on.",
    "AgencyItem.kind": "What kind of office it is.",
    "CodeLists.statuses": "Where a report can stand.",
    "CodeLists.agency_levels": "How high agencies stand.",
    "CodeLists.archive_reasons": "Why a report is archived.",
    "CodeLists.channels": "Where reports come in.",
    "CodeLists.classifications": "What a report can be.",
    "CodeLists.event_types": "What can happen to a report.",
    "CodeLists.return_reasons": "Why an agency returns a report.",
    "CodeLists.stages": "The deadlines of a report.",
    "PossibleAction.action": "What may be done, each by the operation of its name.",
    "comment": "What the reporter adds to the rating.",
    "consents": "What is asked of you, or what you answered.",
    "ConsentView.state": "Whether it is asked for, given or refused.",
    "answered_at": "When it was given or refused; null: not yet.",
    "ConsentView.purpose": "What the consent is for.",
    "Consent.purpose": "What you consent to, or refuse.",
    "granted": "`true` gives the consent, `false` refuses it.",
    "final": "Whether it is the final answer, which ends the work on the report.",
    "instructions": "What the citizen can do with the slip, in both languages.",
    "meaning": "What belongs to it, in plain words.",
    "national_id": "The NIK, sixteen digits; kept apart and shown to nobody but the custodian of identities.",
    "published": "Whether the public sees what it is about.",
    "OwnReport.reporter": "What you said of yourself; null: nothing.",
    "ReportSubmission.reporter": "Who reports; left out: nobody who is known.",
    "resolved": "Whether the matter is resolved.",
    "Rating.score": "1 (bad) to 5 (good).",
    "supported_at": "When your account said that it is concerned.",
    "verified_title": "The title as officers wrote it; null: yours stands.",
    "parts": "How much of the score comes from what.",
    "words": "How alike the words are, 0 to 1.",
    "distance": "How near the places are, 0 to 1; null: unknown.",
    "time": "How near in time they are, 0 to 1.",
    "PublicSimilarityParts.category": "How near the categories are, 0 to 1; null: unknown.",
    "Objection.body": "Why, in your own words.",
    "Reply.body": "What you have to say.",
    "OwnMessage.text": "What was said.",
    "TimelineEntry.type": "What happened: a code of `event_types` in GET /v1/codes.",
    "ReportDeadline.state": "How the clock stands. More values may be added.",
    "ReportDeadline.outcome": "Whether it was met. More values may be added.",
    "SlipInstructions.id": "In Indonesian, sentence by sentence.",
    "SlipInstructions.en": "In English, sentence by sentence.",
    "OwnMessage.author": "Who said it: the reporter, the agency, or an administrator.",
    "Survivor.text": "What became of it, in a sentence.",
    "ReportSubmission.classification": "What it is; an officer may correct it.",
    "ReportSubmission.category": "Of GET /v1/categories, if you know it.",
    "SubmittedLocation.text": "The place in words: street, building, village.",
    "OwnLocation.text": "The place in words; null: not given.",
    "SupportedItem.title": "As the public sees it; null: it is not public.",
}

_PARAMETERS: Mapping[str, str] = {
    "status": "Only reports that stand so, as the public sees it.",
    "of": "Whose timeline: your report's, or that of the report that it was merged into.",
}

_SUMMARIES: Mapping[str, str] = {
    "intake_list_reports": "List the reports that are public",
    "intake_get_report": "See where a report stands",
    "intake_get_receipt": "Get the receipt of a report, to be verified offline",
    "intake_reply_to_report": "Say something more about a report",
    "intake_rate_answer": "Rate the final answer",
    "intake_withdraw_report": "Take a report back for good",
    "intake_erase_person": "Erase who reported and every word, for good",
    "intake_export_report": "Export everything about a report",
    "intake_make_slip": "Make the sheet for the citizen whose report you typed in",
    "intake_find_similar_reports": "Find public reports about the same thing",
    "intake_list_categories": "List the categories",
    "intake_list_regions": "List provinces, or what lies below a region",
    "intake_list_agencies": "List the agencies that a report can name",
    "intake_list_codes": "List all codes with their labels",
}

_HEADERS: Mapping[str, Sequence[str]] = {"intake_make_slip": ["ETag"]}

SAID = Said(
    title="LAPOR intake API",
    description="Accepts reports of citizens from every channel and shows where they stand.",
    names={
        "Limit": "LimitName",
        "Author": "MessageAuthor",
        "Codes": "CodeLists",
        "Contact": "ReporterContact",
        "Deadline": "ReportDeadline",
        "Instructions": "SlipInstructions",
        "Location": "SubmittedLocation",
        "Matter": "TimelineMatter",
        "MessageView": "OwnMessage",
        "PartsView": "PublicSimilarityParts",
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
        "erasure": "What goes for good when a person asks for it, or somebody orders it.",
        "events": "What happens to the reports of an app, as a feed to read on.",
        "limits": "Limits that hold over all copies of the service.",
    },
    codes=_CODES,
    headers=_HEADERS,
    summaries=_SUMMARIES,
    properties=_PROPERTIES,
    parameters=_PARAMETERS,
)
