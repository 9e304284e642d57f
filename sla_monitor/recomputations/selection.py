"""Which reports are computed anew, as it is stored with a recomputation."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.domain.lifecycle import Classification
from shared.http.wire import Instant


class Selection(BaseModel):
    """Reports that have a clock which runs or is paused, and to which all of this applies."""

    model_config = ConfigDict(frozen=True)

    reports: tuple[UUID, ...] | None = None
    received_from: Instant | None = None
    received_before: Instant | None = None
    classification: Classification | None = None
    policy: str | None = None  # that its clocks are under
    agencies: tuple[str, ...] | None = None  # that hold it
    clock_agency: str | None = None  # with a clock of this agency, and of this stage
    clock_stage: str | None = None
    days: tuple[date, date] | None = None  # with a clock that runs over one of these days


EVERYTHING = Selection()
