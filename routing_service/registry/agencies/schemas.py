"""An agency as callers write and read it."""

from datetime import date
from enum import StrEnum, auto
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, WithJsonSchema, model_validator

from routing_service.registry.levels import AgencyLevel
from shared.domain.duties import DUTIES
from shared.http.wire import Answer, Code, EmailAddress, PageParams, RegionCode, Schema, ShortText, Storable, Title


class AgencyKind(StrEnum):
    MINISTRY = auto()
    PROVINCE = auto()
    REGENCY = auto()
    CITY = auto()
    DINAS = auto()
    BADAN = auto()
    BIRO = auto()
    HOSPITAL = auto()
    COMPANY = auto()
    UNIT = auto()
    DISTRICT = auto()
    VILLAGE = auto()


def _known_duty(duty: str) -> str:
    if duty not in DUTIES:
        raise ValueError("there is no such duty; `GET /v1/codes` of intake_api lists them")
    return duty


def _plausible(day: date) -> date:
    if not 1900 <= day.year <= 2200:
        raise ValueError("the year must lie between 1900 and 2200")
    return day


def _distinct(duties: list[str]) -> list[str]:
    return sorted(set(duties))


Day = Annotated[date, AfterValidator(_plausible)]
ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Storable]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
Duty = Annotated[str, AfterValidator(_known_duty), WithJsonSchema({"type": "string", "enum": list(DUTIES)})]
Duties = Annotated[list[Duty], Field(max_length=20), AfterValidator(_distinct)]
#: A number as people write it, or a short one such as 112.
Phone = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=40, pattern=r"^\+?[0-9(][0-9 ().-]{1,30}( ?ext\.? ?[0-9]{1,6})?$"
    ),
]
Website = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=300,
        pattern=r"^https?://[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+(:[0-9]{1,5})?(/[!-~]*)?$",
    ),
]

_PARENT = "The agency above it. Without one it is an instansi, with a coordinator of its own."
_ZONE = "Default: that of the region, else of the parent."
_LEVEL = "Default: what follows from the kind."
_OWN = "Of an instansi: its coordinator verifies the reports that lie in its region."
_AUTOMATIC = "Of an instansi: clear cases are verified and go to its agencies without a person."
_FROM = "The first day in service; null: no first day."
_UNTIL = "The last day in service; null: for good."


class Contacts(Schema):
    """How the office is reached; never a person's own."""

    phone: Phone | None = None
    email: EmailAddress | None = None
    address: ShortText | None = None
    website: Website | None = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


class AgencyCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "SAMARINDA-DISPORAPAR",
                    "name": "Dinas Pemuda, Olahraga dan Pariwisata Kota Samarinda",
                    "short_name": "Disporapar Samarinda",
                    "kind": "dinas",
                    "parent": "SAMARINDA",
                    "region": "64.72",
                    "duties": ["tourism", "youth_sports"],
                    "contacts": {"phone": "(0541) 123456", "email": "disporapar@samarinda.example"},
                    "valid_from": "2026-01-01",
                }
            ]
        }
    )

    code: Code
    name: Title
    short_name: ShortName | None = None
    kind: AgencyKind
    level: AgencyLevel | None = Field(None, description=_LEVEL)
    parent: Code | None = Field(None, description=_PARENT)
    region: RegionCode | None = None
    time_zone: TimeZone | None = Field(None, description=_ZONE)
    duties: Duties = Field([], description="What rules call it by.")
    contacts: Contacts = Contacts()
    valid_from: Day | None = Field(None, description=_FROM)
    valid_until: Day | None = Field(None, description=_UNTIL)
    own_verification: StrictBool = Field(False, description=_OWN)
    automatic_assignment: StrictBool = Field(False, description=_AUTOMATIC)


class AgencyPatch(Schema):
    """Only the fields that are given change; null takes away what may be missing.

    A name is corrected this way, for the past too; POST to `/names` for a new name from a day on. Contacts are
    replaced as a whole. Without a last day an agency has no successor either.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"short_name": "DPUPR", "duties": ["public_works"]}]})

    name: Title | None = None
    short_name: ShortName | None = None
    kind: AgencyKind | None = None
    level: AgencyLevel | None = Field(None, description="Null: " + _LEVEL[0].lower() + _LEVEL[1:])
    parent: Code | None = Field(None, description=_PARENT)
    region: RegionCode | None = None
    time_zone: TimeZone | None = Field(None, description="Null: " + _ZONE[0].lower() + _ZONE[1:])
    duties: Duties | None = None
    contacts: Contacts | None = None
    valid_from: Day | None = Field(None, description=_FROM)
    valid_until: Day | None = Field(None, description=_UNTIL)
    active: StrictBool | None = None
    own_verification: StrictBool | None = Field(None, description=_OWN)
    automatic_assignment: StrictBool | None = Field(None, description=_AUTOMATIC)

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in ("name", "kind", "active", "own_verification", "automatic_assignment"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class AgencyView(Answer):
    code: str
    name: str = Field(description="Today's.")
    short_name: str | None
    kind: str
    level: str
    parent: str | None
    region: str | None
    time_zone: str
    duties: list[str]
    contacts: dict[str, str]
    valid_from: date | None
    valid_until: date | None
    successor: str | None = Field(description="Who took over when it ended.")
    active: bool
    own_verification: bool = Field(description=_OWN)
    automatic_assignment: bool = Field(description=_AUTOMATIC)


class AgencyParams(PageParams):
    parent: Code | None = None
    region: RegionCode | None = Field(None, description="The region and all within it.")
    kind: AgencyKind | None = None
    level: AgencyLevel | None = None
    duty: Duty | None = None
    active: bool | None = None
    in_service_on: Day | None = Field(None, description="Active, and in its effective dates on this day.")
    q: ShortText | None = Field(None, description="A part of the name, the short name or the code.")
    sort: Literal["code", "name"] = "code"
