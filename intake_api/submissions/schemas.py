"""What a report looks like when it is handed in, and the receipt for it."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from intake_api.identities.sealing import Identity
from shared.domain import folding
from shared.domain.codes import Channel
from shared.domain.lifecycle import Classification, Status
from shared.http.locations import GivenLocation
from shared.http.wire import Answer, Code, LongText, Schema, Storable, SubjectCode, Title


def _plausible(national_id: str) -> str:
    from lokal import is_valid_nik  # here: it takes a sixth of the start of a service, and few reports name a NIK

    if not is_valid_nik(national_id):
        raise ValueError("this is not a NIK: its region or its date of birth does not exist")
    return national_id


def _plain(value: Any) -> Any:
    """As programs paste numbers: U+2011, no-break spaces, marks of direction, digits of other shapes."""
    return folding.fold(value).text.strip() if isinstance(value, str) and not value.isascii() else value


def _digits(value: Any) -> Any:
    return _PARTING.sub("", _plain(value)) if isinstance(value, str) else value


def _seen(value: Any) -> Any:
    return folding.visible(value).strip() if isinstance(value, str) else value


_PARTING = re.compile(r"(?<=[0-9])[ .-](?=[0-9])")
Phone = Annotated[
    str,
    BeforeValidator(_plain),
    StringConstraints(strip_whitespace=True, max_length=25, pattern=r"^\+?[0-9][0-9 ().-]{5,23}$"),
]
Email = Annotated[
    str,
    BeforeValidator(_seen),
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"),
]
NationalId = Annotated[
    str, BeforeValidator(_digits), StringConstraints(pattern=r"^[0-9]{16}$"), AfterValidator(_plausible)
]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), Storable]
#: An app's opaque account id; it travels in paths and headers too.
ReporterReference = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:@-]*$")
]


class StrictSchema(Schema):
    """ "yes" is no boolean and 1 no text. JSON has no dates and enums, so that their strings stay welcome."""

    model_config = ConfigDict(strict=True)


class Location(StrictSchema, GivenLocation):
    pass


class Contact(StrictSchema):
    """Stored apart from the report. `national_id` is the NIK."""

    name: Title | None = None
    phone: Phone | None = None
    email: Email | None = None
    national_id: NationalId | None = None

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.phone, self.email, self.national_id)


def _in_utc(instant: datetime) -> datetime:
    """The same instant in another zone is the same; one that UTC cannot write is refused later, in words."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return instant


_NOTHING = {None}


def _or_nothing(part: Schema | None) -> Schema | None:
    """`{}` says as little as null."""
    return None if part is None or set(vars(part).values()) == _NOTHING else part


class ReportSubmission(StrictSchema):
    classification: Classification
    title: Title
    body: LongText
    occurred_on: date | None = Field(None, description="The day it happened, not in the future.")
    location: Annotated[Location | None, AfterValidator(_or_nothing)] = None
    category: Code | None = None
    subject: SubjectCode | None = Field(None, description="What it is about, in plain words; the citizen picks it.")
    agency: Code | None = Field(None, description="The agency that the reporter means it for.")
    anonymous: bool = Field(False, description="Only the custodian may see who reported.")
    secret: bool = Field(False, description="The report itself is not public.")
    channel: Channel | None = Field(None, description="One of your own; without it, your first one.")
    received_at: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None = Field(
        None, description="When a paper form or a call came in; only by channels and officers."
    )
    external_reference: Reference | None = Field(None, description="Your own number of it, used once.")
    entered_by: Reference | None = Field(None, description="Who typed it in; only by channels and officers.")
    reporter_reference: ReporterReference | None = Field(
        None, description="The app's opaque account id, stored hashed; only by apps."
    )
    reporter: Annotated[Contact | None, AfterValidator(_or_nothing)] = None


class ReportReceipt(Answer):
    """The access code is shown only once. Everybody who has it sees the report as its reporter does.

    An officer who types a report in for somebody gets none: `POST /v1/reports/{tracking_number}/slip` makes the sheet
    for the citizen.
    """

    id: UUID
    tracking_number: str
    access_code: str | None = Field(description="Null for an officer.")
    status: Status
    received_at: datetime
