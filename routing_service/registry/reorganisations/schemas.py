from datetime import date

from pydantic import ConfigDict, Field

from routing_service.registry.agencies.schemas import AgencyView, Day, ShortName
from shared.http.wire import Answer, Code, Schema, Title


class Renaming(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Dinas Bina Marga Kota Samarinda", "short_name": "Bina Marga", "valid_from": "2027-01-01"}
            ]
        }
    )

    name: Title
    short_name: ShortName | None = None
    valid_from: Day = Field(description="The first day of the new name; after that of the present one.")


class AgencyMerger(Schema):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"successor": "SAMARINDA-DPUPR", "valid_from": "2027-01-01"}]}
    )

    successor: Code = Field(description="Who takes over.")
    valid_from: Day = Field(description="The first day on which the agency is not there any more.")


class NameView(Answer):
    name: str
    short_name: str | None
    valid_from: date | None = Field(description="Null: since ever.")
    valid_to: date | None = Field(description="The last day; null: until another name comes.")


class NamesView(Answer):
    """The names of an agency, the latest first."""

    agency: str
    items: list[NameView]


class AgencyMergerView(Answer):
    """The agency as it ends, and what still has to be done."""

    agency: AgencyView
    open_reports: int = Field(
        description="Reports that it holds today, without secret ones; all must move on before its last day is over."
    )
