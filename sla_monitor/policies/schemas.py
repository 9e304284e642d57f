"""What is asked of policies and what is answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.domain.lifecycle import Classification
from shared.http.wire import Answer, Code, Instant, Schema, Storable
from sla_monitor.recomputations.schemas import Preview

Reference = Annotated[str, StringConstraints(min_length=1, max_length=64), Storable]


class PolicyStatus(StrEnum):
    """A policy is a draft until it is in force."""

    DRAFT = "draft"
    ACTIVE = "active"


class PolicyView(Answer):
    code: str
    name: str
    legal_basis: str
    status: PolicyStatus
    effective_from: date | None = Field(description="Null for an active policy: it has always applied.")
    created_by: str | None
    created_at: datetime
    activated_at: datetime | None


class PolicyDetail(PolicyView):
    document: dict[str, Any] = Field(
        description="Stages, limits, pauses and ladders, as `POST /v1/policies` takes them."
    )


class PolicyActivation(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"effective_from": "2027-01-01"}]})

    effective_from: Annotated[
        date, Field(description="Reports received on that day or later, in the time of their place, are under it.")
    ]


class ReportFilter(Schema):
    """Reports to which all of this applies; at least one field is needed."""

    policy: Annotated[Code | None, Field(description="The policy of their clocks today.")] = None
    agency: Annotated[Code | None, Field(description="The agency that holds them, or one above it.")] = None
    classification: Classification | None = None
    received_from: Instant | None = None
    received_before: Instant | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set or all(value is None for value in dict(self).values()):
            raise ValueError("an empty filter would include every report; give at least the policy")
        return self


class MigrationRequest(Schema):
    """Which reports are to be under the policy. Of these only reports with an open clock are touched."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"filter": {"policy": "ID-SP4N-2018", "received_from": "2026-07-01T00:00:00+07:00"}},
                {"reports": ["0123456789"]},
            ]
        }
    )

    reports: Annotated[
        list[Reference] | None, Field(min_length=1, max_length=1000, description="Ids or tracking numbers.")
    ] = None
    filter: ReportFilter | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.reports is None) == (self.filter is None):
            raise ValueError("name either the reports or a filter")
        return self


class MigrationPreview(Preview):
    """Which clocks would move if the reports were under this policy."""

    policy: str
