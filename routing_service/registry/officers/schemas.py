"""An officer as operators write and read it."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, model_validator

from shared.domain.officers import NewsChoice, OfficerRole
from shared.domain.wording import Language
from shared.http.wire import Answer, EmailAddress, PageParams, Schema, Storable

#: Becomes a header of a mail, so that it may hold no line break.
OfficerName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]


#: The `sub` of somebody's tokens.
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable]

_NEWS = "How they hear that a report has come to them: at once, within working hours, or in one mail in the morning."
_SUBJECT = "The `sub` of the officer's tokens: by it the registry knows when they last acted."


class NationalOfficerCreate(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Budi", "email": "budi@pusat.example"}]})

    name: OfficerName
    email: EmailAddress
    language: Language = Language.ID
    subject: Subject | None = Field(None, description=_SUBJECT)
    news: NewsChoice = Field(NewsChoice.AT_ONCE, description=_NEWS)


class NationalRoleOfficerCreate(NationalOfficerCreate):
    role: Literal[OfficerRole.NATIONAL_ADMIN, OfficerRole.SUPERVISOR] = OfficerRole.NATIONAL_ADMIN


class OfficerCreate(NationalOfficerCreate):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "liaison_officer",
                    "name": "Sari Wulandari",
                    "email": "sari@samarinda.example",
                    "language": "id",
                    "subject": "dpupr-officer",
                }
            ]
        }
    )

    role: OfficerRole = Field(
        description="The roles that a ladder step is addressed to; four of them exist only in an instansi."
    )


class OfficerPatch(Schema):
    """Only the fields that are given change; null takes away a subject.

    An officer who leaves becomes inactive: nothing is sent to them any more.
    """

    name: OfficerName | None = None
    email: EmailAddress | None = None
    language: Language | None = None
    subject: Subject | None = Field(None, description=_SUBJECT)
    news: NewsChoice | None = Field(None, description=_NEWS)
    active: StrictBool | None = None

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in self.model_fields_set - {"subject"}:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class OfficerView(Answer):
    id: UUID
    agency: str | None = Field(description="Null: national.")
    role: OfficerRole
    name: str
    email: str
    language: Language
    subject: str | None
    news: NewsChoice = Field(description=_NEWS)
    active: bool
    last_active_at: datetime | None = Field(description="When the officer last acted on a report, to the hour.")
    active_in_last_month: bool = Field(description="Whether that was within the last 30 days.")
    created_at: datetime


class OfficerParams(PageParams):
    role: OfficerRole | None = None
    active: bool | None = Field(None, description="Whether the officer is in service.")
    active_in_last_month: bool | None = Field(
        None, description="Whether the officer acted on a report in the last 30 days."
    )


class OwnNews(Schema):
    """How an officer hears of reports."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"news": "digest"}]})

    news: NewsChoice = Field(description=_NEWS)
