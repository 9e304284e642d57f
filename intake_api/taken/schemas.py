from pydantic import ConfigDict, Field, StrictBool

from shared.http.wire import Answer, Schema


class TakenOffer(Answer):
    """What a file says of when and where it was taken, and what of it those who work on the report know."""

    sentence: str | None = Field(description="The same in a sentence, for people; null: the file says nothing.")
    taken_at: str | None = Field(description="As the camera wrote it, often without a time zone.")
    latitude: float | None = Field(description="Of the place, in degrees.")
    longitude: float | None = Field(description="Of the place, in degrees.")
    time_is_told: bool = Field(description="Whether those who work on the report know when.")
    place_is_told: bool = Field(description="Whether they know where.")


class TakenChoice(Schema):
    """What those who work on the report may know of it, from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"time": True, "place": False}]})

    time: StrictBool = Field(description="Whether they may know when it was taken.")
    place: StrictBool = Field(description="Whether they may know where it was taken.")
