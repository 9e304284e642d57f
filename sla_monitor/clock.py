"""One deadline, as it is computed, stored and shown. Pure."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from shared.domain.clocks import ClockOutcome, ClockState, OnDue
from shared.domain.lifecycle import Level
from shared.domain.wording import Wording
from sla_monitor.day_rules import LadderStep, Pause
from sla_monitor.policy import Limit, Unit


class Clock(NamedTuple):  # a frozen dataclass takes longer to make, and they are made by the million
    """One deadline. Known by `stage` and `opened_seq`, the event that opened it.

    This is the shape of a clock: rows, views and packages take its fields by `only`, and
    tests/sla_monitor/test_shape_of_clocks.py compares theirs with it.
    """

    stage: str
    round: int  # counts the reopenings, from 1
    opened_seq: int
    opened_recorded_at: datetime  # a step before it is a late entry
    holder: Level  # whose it was while it ran, and of which agency (None: the national level)
    agency: str | None
    started_at: datetime
    due_at: datetime | None  # exclusive: late means now >= due_at; None while an open-ended pause moves it
    due_on: date | None  # the last counted day
    stopped_at: datetime | None
    stopped_seq: int | None
    state: ClockState
    outcome: ClockOutcome  # pending does not mean in time: nobody reads the time here
    time_zone: str
    place: str | None  # whose days off counted: the regency or city, else the province
    pauses: tuple[Pause, ...]  # those that moved the due instant
    on_due: OnDue
    steps: tuple[LadderStep, ...]  # ascending, none after the stop
    days: int
    unit: Unit
    legal_basis: Wording
    limit: Limit  # of the policy; `days` are fewer where the agency set itself a stricter one

    def only(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


#: What people are shown of a clock as it is. The rest they get in words.
SHOWN = (
    "stage", "opened_seq", "round", "agency", "started_at", "due_at", "due_on", "stopped_at", "state", "outcome",
    "on_due", "days", "unit", "time_zone",
)  # fmt: skip
