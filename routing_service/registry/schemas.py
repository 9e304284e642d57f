"""An agency as callers write and read it."""

from enum import StrEnum, auto
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StringConstraints, model_validator

from shared.wire import Answer, Code, PageParams, RegionCode, Schema, ShortText, Storable, Title


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


ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Storable]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]

_PARENT = "Who it belongs to; without one it is an instansi, with a coordinator of its own."
_ZONE = "Without it, that of the region, else of the parent."


class AgencyCreate(Schema):
    code: Code
    name: Title
    short_name: ShortName | None = None
    kind: AgencyKind
    parent: Code | None = Field(None, description=_PARENT)
    region: RegionCode | None = None
    time_zone: TimeZone | None = Field(None, description=_ZONE)


class AgencyPatch(Schema):
    """Only the fields that are given change; null takes away a short name, a parent or a region."""

    name: Title | None = None
    short_name: ShortName | None = None
    kind: AgencyKind | None = None
    parent: Code | None = Field(None, description=_PARENT)
    region: RegionCode | None = None
    time_zone: TimeZone | None = Field(None, description="Null: " + _ZONE[0].lower() + _ZONE[1:])
    active: StrictBool | None = None

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in ("name", "kind", "active"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class AgencyView(Answer):
    code: str
    name: str
    short_name: str | None
    kind: str
    parent: str | None
    region: str | None
    time_zone: str
    active: bool


class AgencyParams(PageParams):
    parent: Code | None = None
    region: RegionCode | None = Field(None, description="The region and all within it.")
    kind: AgencyKind | None = None
    active: bool | None = None
    q: ShortText | None = Field(None, description="A part of the name, the short name or the code.")
    sort: Literal["code", "name"] = "code"
