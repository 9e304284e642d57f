"""What the lists of Open311 are asked for, as the specification says it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints

from intake_api.channels.open311.queries import Sought
from intake_api.channels.open311.schemas import Open311Status
from shared.clock import to_the_minute
from shared.domain.lifecycle import PUBLIC_GROUP, PublicGroup, Status
from shared.errors import Invalid

MOST_DAYS = 90
MOST_ROWS = 1_000
MOST_NAMED = 500
_MINUTE = timedelta(minutes=1)

Listed = Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
Jurisdiction = Annotated[str, StringConstraints(min_length=1, max_length=64)]


def _plus(said: object) -> object:
    """A plus sign that nobody escaped came as a space."""
    return said.strip().replace(" ", "+") if isinstance(said, str) and said.count(" ") == 1 and "T" in said else said


Date = Annotated[AwareDatetime, BeforeValidator(_plus)]


class Open311Span(BaseModel):
    jurisdiction_id: Jurisdiction | None = Field(None, description="The code of an instansi: only what it answers.")
    start_date: Date | None = Field(
        None,
        description="Not before this instant, in the W3C's form: `2026-01-31T00:00:00Z`. Without it: 90 days back from "
        "`end_date`.",
    )
    end_date: Date | None = Field(
        None, description="Not after this instant. Without it: 90 days on from `start_date`, or now."
    )
    page: int = Field(1, ge=1, le=100_000, description="Which page; the first is 1.")
    page_size: int = Field(
        MOST_ROWS, ge=1, le=MOST_ROWS, description="How many rows a page has; without it the first 1,000 are answered."
    )

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """From the first instant on, and before the second. Raises Invalid: it may not be longer than 90 days.

        Nobody learns by narrowing it in which second something was: an instant counts as the minute that it is told as.
        """
        longest = timedelta(days=MOST_DAYS)
        for name, said in (("start_date", self.start_date), ("end_date", self.end_date)):
            if said is not None and not 1900 <= said.year <= 2200:
                raise Invalid("The year must lie between 1900 and 2200.", pointer=f"query/{name}", code="out_of_range")
        end = self.end_date or now
        if self.end_date is None and self.start_date is not None:
            end = min(self.start_date + longest, max(now, self.start_date))
        begin = self.start_date or end - longest
        if begin > end:
            raise Invalid("It lies after end_date.", pointer="query/start_date", code="not_right")
        if end - begin > longest:
            detail = f"They may not lie more than {MOST_DAYS} days apart; ask several times."
            raise Invalid(detail, pointer="query/start_date", code="span_too_long")
        begin = begin.astimezone(UTC)
        first = to_the_minute(begin)
        return (first if first == begin else first + _MINUTE), to_the_minute(end.astimezone(UTC)) + _MINUTE

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size


class Open311News(Open311Span):
    service_request_id: Listed | None = Field(None, description="Only of these reports: numbers, with commas between.")

    def numbers(self) -> list[str] | None:
        """Raises Invalid."""
        return _parts(self.service_request_id, "service_request_id")

    def happened(self, now: datetime) -> tuple[datetime, datetime]:
        """The same span of what is told as of the end of its minute: then no minute that was asked for gets more."""
        begin, end = self.span(now)
        return begin - _MINUTE, end - _MINUTE


class Open311Search(Open311Span):
    service_request_id: Listed | None = Field(
        None, description="Tracking numbers, with commas between; all else but the instansi then counts for nothing."
    )
    service_code: Listed | None = Field(None, description="Codes of categories, with commas between.")
    status: Listed | None = Field(None, description="`open`, `closed`, or both with a comma between.")
    extensions: bool = Field(False, description="`true`: with `extended_attributes`.")

    def sought(self, now: datetime) -> Sought:
        """Raises Invalid."""
        numbers = _parts(self.service_request_id, "service_request_id")
        begin, end = (None, None) if numbers is not None else self.span(now)
        services = _parts(self.service_code, "service_code")
        return Sought(numbers, services, self._statuses(), self.jurisdiction_id, begin, end)

    def _statuses(self) -> Sequence[Status] | None:
        asked = _parts(self.status, "status")
        if asked is None:
            return None
        if not set(asked) <= set(Open311Status):
            raise Invalid("Give open, closed, or both.", pointer="query/status", code="not_one_of")
        return [status for status in Status if status_of(status) in asked]


def end_of_minute(instant: datetime) -> datetime:
    return to_the_minute(instant) + _MINUTE


def status_of(status: Status) -> Open311Status:
    """Of one that only a newer release knows, nobody can say more than that something is done about the report."""
    ended = PUBLIC_GROUP.get(status) is PublicGroup.SELESAI
    return Open311Status.CLOSED if ended else Open311Status.OPEN


def _parts(said: str | None, name: str) -> list[str] | None:
    if said is None:
        return None
    found = [part.strip() for part in said.split(",") if part.strip()]
    if not 1 <= len(found) <= MOST_NAMED:
        raise Invalid(f"Name 1 to {MOST_NAMED}, with commas between.", pointer=f"query/{name}", code="wrong_form")
    return found
