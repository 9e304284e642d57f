"""Where something is, as a request says it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.domain.regions import LATITUDE_RANGE, LONGITUDE_RANGE
from shared.http.wire import RegionCode, Schema, ShortText

Latitude = Annotated[float, Field(ge=LATITUDE_RANGE[0], le=LATITUDE_RANGE[1], allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=LONGITUDE_RANGE[0], le=LONGITUDE_RANGE[1], allow_inf_nan=False)]


class GivenLocation(Schema):
    text: ShortText | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    region_code: RegionCode | None = None

    @model_validator(mode="after")
    def _both_coordinates(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude together, or neither")
        return self
