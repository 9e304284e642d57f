"""What sla_monitor needs beside what every process does."""

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from shared.settings.environment import HOURS
from shared.settings.every import Settings
from shared.settings.transparency import TransparencySettings


class MonitorSettings(TransparencySettings, Settings):
    sweep_seconds: PositiveFloat = Field(5.0, description="How often the monitor looks for what is due.")
    sweep_batch: PositiveInt = Field(2000, description="How many clocks a sweep takes at once.")
    statistics_at_once: PositiveInt = Field(2, description="How many statistics a process works on.")
    statistics_waiting: int = Field(50, ge=0, description="How many of them may wait; then 429.")
    thresholds_file: Path | None = Field(
        None,
        description=(
            "From where on a figure is green or yellow, and with how few it is grey: JSON as in "
            "[statistics](docs/statistics.md#red-yellow-green). Empty: as `sla_monitor/data/indicators.json` has it."
        ),
    )
    document_mails: bool = Field(
        False,
        description=(
            "Whether coordinators, regional secretaries and regional heads are mailed the evaluation of each month and "
            "the cases near 60 days, once the month has ended."
        ),
    )
    digest_above: int = Field(3, ge=0, description="More mails than this a day become one digest.")
    working_hours: str = Field(
        "08:00-16:00",
        pattern=HOURS,
        description=(
            "When officers are told at once that a report has come to them, on working days, where they are; outside "
            "of these hours it waits for their beginning. Empty: at any hour."
        ),
    )
    digest_hour: int = Field(
        7,
        ge=0,
        le=23,
        description=(
            "The hour of a working day, where the officer is, at which digests are sent, and what fell due in "
            "the night."
        ),
    )

    @field_validator("working_hours")
    @classmethod
    def _end_after_they_begin(cls, hours: str) -> str:
        begin, _, end = hours.partition("-")
        if hours and begin >= end:
            raise ValueError("they must end after they begin, on the same day; leave them empty for any hour")
        return hours
