from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from shared.http.wire import Answer


class Instructions(Answer):
    """What the citizen can do with the slip, sentence by sentence."""

    id: Sequence[str]
    en: Sequence[str]


class Slip(Answer):
    """For the reporter alone. It can be made only once."""

    tracking_number: str
    access_code: str = Field(description="Anybody who has this code can open the report. Earlier codes no longer work.")
    received_at: datetime
    instructions: Instructions
