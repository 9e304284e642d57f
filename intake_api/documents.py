"""What the OpenAPI document of intake_api says beyond its code."""

from shared.http.openapi.said import Said

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
)
