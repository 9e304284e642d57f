from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from shared.http.wire import Answer


class Instructions(Answer):
    """What the citizen does with it, sentence by sentence."""

    id: Sequence[str]
    en: Sequence[str]


class Slip(Answer):
    """For the reporter alone. Nobody can have it made a second time."""

    tracking_number: str
    access_code: str = Field(description="Opens the report to whoever has it; no code before it does any more.")
    received_at: datetime
    instructions: Instructions
