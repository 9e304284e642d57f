from datetime import datetime
from enum import StrEnum, auto

from pydantic import Field

from shared.http.wire import Answer, Schema


class AskedErasure(StrEnum):
    """Why somebody asks for it; what has been kept long enough goes by itself."""

    REQUEST = auto()  #: the person asked for it
    ORDER = auto()  #: a court or an authority ordered it


class ErasureRequest(Schema):
    cause: AskedErasure = Field(description="Why: the person asked for it, or somebody who may order it did.")


class Erasure(Answer):
    """Who reported and what was said are gone; that it was reported, and what became of it, stays."""

    tracking_number: str
    erased_at: datetime = Field(description="When: a second request changes nothing.")
