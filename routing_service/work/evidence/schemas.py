"""Files of a report as those who work on it see and release them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool, model_validator

from routing_service.work.desk.schemas import Act
from shared.domain.evidence import EvidenceState, Remark
from shared.domain.wording import Language
from shared.http.wire import Answer, LongText, Schema

MOST_RECTANGLES = 100


class CoveredArea(Schema):
    """A rectangle of a picture, in pixels of the upright picture, from its upper left corner."""

    model_config = ConfigDict(frozen=True)

    left: int = Field(ge=0, le=100_000, description="How far its left side is from that of the picture.")
    top: int = Field(ge=0, le=100_000, description="How far its upper side is from that of the picture.")
    width: int = Field(ge=1, le=100_000, description="How wide it is.")
    height: int = Field(ge=1, le=100_000, description="How high it is.")


class EvidenceReviewChange(Schema):
    """Only the fields that are given change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"released": True, "covered": [{"left": 120, "top": 80, "width": 200, "height": 60}]}]
        }
    )

    released: StrictBool | None = Field(
        None, description="Whether everybody may see the file, as far as they may see the report."
    )
    covered: list[CoveredArea] | None = Field(
        None,
        max_length=MOST_RECTANGLES,
        description="All that is blackened in the copy for everybody: faces, number plates; an empty list: nothing.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.released is None and self.covered is None:
            raise ValueError("name what is changed: released or covered")
        return self


class TakenView(Answer):
    """When and where a file was taken, as far as the reporter has told it."""

    taken_at: str | None = Field(description="As the camera wrote it, often without a time zone.")
    latitude: float | None = Field(description="Of the place, in degrees.")
    longitude: float | None = Field(description="Of the place, in degrees.")


class OfficersEvidence(Answer):
    """A file of a report, for those who work on it. intake_api gives out the addresses at which it is fetched."""

    id: UUID = Field(description="Of this evidence.")
    media_type: str = Field(description="What the file is, by its content.")
    size: int = Field(description="The bytes of the original.")
    width: int | None = Field(description="Of a picture that is ready, upright, in pixels.")
    height: int | None = Field(description="Of a picture that is ready, upright, in pixels.")
    agency: str | None = Field(description="The code of the agency whose officer added it; null: the reporter did.")
    added_at: datetime = Field(description="When it was added.")
    state: EvidenceState = Field(description="Until it is `ready` nobody sees it. More values may be added.")
    reason: str | None = Field(description="The code of why it was refused.")
    remarks: list[Remark] = Field(description="What you should look at; the public is never told.")
    taken: TakenView = Field(description="When and where it was taken, where the reporter has told that.")
    released: bool = Field(description="Whether everybody may see it, as far as they may see the report.")
    covered: list[CoveredArea] = Field(description="What is blackened in the copy for everybody.")
    is_shown: bool = Field(
        description="Whether the copy for everybody is there with all of this; it takes some seconds to be made."
    )
    answers: list[UUID] = Field(description="The ids of the answers that it is shown with.")


class ReportEvidence(Answer):
    """All files of a report, in the order in which they came."""

    version: int = Field(description="Of the report; what If-Match takes.")
    needed: bool = Field(description="Whether the report is of a category that needs evidence.")
    items: list[OfficersEvidence] = Field(description="Each file.")


class ReviewedEvidence(OfficersEvidence):
    """The file after the change."""

    version: int = Field(description="Of the report; what If-Match takes.")


class EvidenceRequest(Act):
    """Asks the reporter for a file; without a question of your own, by a prepared one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"language": "id"}]})

    question: LongText | None = Field(None, description="What to ask, in your own words.")
    language: Language = Field(Language.ID, description="The language of the prepared question.")
