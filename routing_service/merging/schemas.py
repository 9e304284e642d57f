from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from routing_service.actions.schemas import Act
from shared.wire import LongText, Storable

#: An id or a tracking number.
ReportReference = Annotated[str, StringConstraints(min_length=1, max_length=64), Storable]


class Merger(Act):
    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "1234567897"}]})

    into: ReportReference = Field(description="The id or tracking number of the older report about the same thing.")
    note: LongText | None = Field(None, description="Internal.")


class Parting(Act):
    note: LongText | None = Field(None, description="Internal.")
