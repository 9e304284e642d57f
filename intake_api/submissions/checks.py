"""What may be said of a report that is handed in, and by whom, as far as it can be told without the registry."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from intake_api.submissions.schemas import ReportSubmission
from shared.clients import OFFICERS, TO_SUBMIT, Client, Role
from shared.domain.regions import WIT, time_zone_of
from shared.errors import Invalid
from shared.http.auth import allow

CLOCK_SKEW = timedelta(minutes=2)
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)

SUBMITTERS = OFFICERS | {Role.REPORTER_APP, Role.CHANNEL}
#: Who enters reports on somebody else's behalf.
ENTERERS = OFFICERS | {Role.CHANNEL}
#: Asked by the door, and once more where a submission begins.
ALLOWED = allow(*SUBMITTERS, needs=TO_SUBMIT)


def check_fields(submission: ReportSubmission, client: Client) -> None:
    """Fields that only some may set."""
    if submission.received_at is not None and client.role not in ENTERERS:
        raise Invalid(
            "Only channels and officers say when a report was received; leave it out.",
            pointer="/received_at",
            code="received_at_not_allowed",
        )
    if submission.entered_by is not None and client.role not in ENTERERS:
        raise Invalid(
            "Only channels and officers enter reports for somebody else; leave it out.",
            pointer="/entered_by",
            code="entered_by_not_allowed",
        )
    if submission.reporter_reference is not None and client.role is not Role.REPORTER_APP:
        raise Invalid(
            "Only apps have accounts of reporters; leave it out.",
            pointer="/reporter_reference",
            code="reporter_reference_not_allowed",
        )


def received_at(submission: ReportSubmission, now: datetime) -> datetime:
    """Legal time: what a channel or officer says, else now."""
    if submission.received_at is None:
        return now
    received_at = submission.received_at  # compared before it is converted, which the year 9999 does not survive
    if received_at > now + CLOCK_SKEW:
        raise Invalid(
            "A report cannot have been received in the future.", pointer="/received_at", code="received_in_future"
        )
    if received_at < EARLIEST:
        raise Invalid(
            f"No report can have been received before {EARLIEST.year}; check the year.",
            pointer="/received_at",
            code="too_early",
        )
    return received_at.astimezone(UTC)


def check_occurred_on(submission: ReportSubmission, received_at: datetime) -> None:
    """Where the place is not known, the day may be the one that it is in the east already."""
    if submission.occurred_on is None:
        return
    region = submission.location and submission.location.region_code
    zone = time_zone_of(region) if region else WIT
    if submission.occurred_on > received_at.astimezone(ZoneInfo(zone)).date():
        raise Invalid(
            "The event cannot have happened after it was reported; check occurred_on.",
            pointer="/occurred_on",
            code="occurred_in_future",
        )
