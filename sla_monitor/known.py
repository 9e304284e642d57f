"""A report as it was known at an instant: what had been recorded by then, and what the sweep had made of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from shared.log.payloads import Logged
from shared.log.payloads.monitor import (
    ClockBreached,
    ClockElapsed,
    ClockEscalated,
    ClockReinstated,
    ClockStep,
    OfClock,
)

AnyEvent = TypeVar("AnyEvent", bound=Logged)
Key = tuple[str, int]  # stage, opened_seq


def known(history: Sequence[AnyEvent], at: datetime) -> list[AnyEvent]:
    """The events that had been recorded by then, at that instant included."""
    return [event for event in history if event.recorded_at <= at]


@dataclass(frozen=True, slots=True)
class Done:
    """A ladder step that was carried out and stands."""

    at: datetime
    recorded_at: datetime
    level: int
    breaching: bool


@dataclass(slots=True)
class Swept:
    """What the sweep has made of a clock."""

    steps: dict[int, Done] = field(default_factory=dict)  # by their offsets

    @property
    def level(self) -> int:
        return max((step.level for step in self.steps.values()), default=0)

    @property
    def breached_at(self) -> datetime | None:
        return min((step.at for step in self.steps.values() if step.breaching), default=None)


NOTHING_DONE = Swept()


def standings(events: Iterable[Logged]) -> Mapping[Key, Swept]:
    """By what the monitor wrote down, in the order of `seq`; a step that was revoked is not among them."""
    found: dict[Key, Swept] = {}
    for event in sorted(events, key=lambda event: event.seq):
        of_clock = event.carries(OfClock)
        if of_clock is None:
            continue
        standing = found.setdefault((of_clock.stage, of_clock.opened_seq), Swept())
        match of_clock:
            case ClockStep(level=level, step=offset):
                breaching = isinstance(of_clock, ClockBreached | ClockEscalated)
                standing.steps[offset] = Done(event.occurred_at, event.recorded_at, level, breaching)
            case ClockElapsed():
                standing.steps[0] = Done(event.occurred_at, event.recorded_at, level=0, breaching=False)
            case ClockReinstated(steps=steps):
                for offset in steps:
                    standing.steps.pop(offset, None)
    return found
