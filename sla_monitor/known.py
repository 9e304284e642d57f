"""A report as it was known at an instant: what had been recorded by then, and what the sweep had made of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sla_monitor.deadlines import Event

AnyEvent = TypeVar("AnyEvent", bound=Event)
Key = tuple[str, int]  # stage, opened_seq

_BREACHING = frozenset({"clock.breached", "clock.escalated"})
_STEPS = _BREACHING | {"clock.reminded", "clock.elapsed"}


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
class Standing:
    """What the sweep has made of a clock."""

    steps: dict[int, Done] = field(default_factory=dict)  # by their offsets

    @property
    def level(self) -> int:
        return max((step.level for step in self.steps.values()), default=0)

    @property
    def breached_at(self) -> datetime | None:
        return min((step.at for step in self.steps.values() if step.breaching), default=None)


NOTHING_DONE = Standing()


def standings(events: Iterable[Event]) -> Mapping[Key, Standing]:
    """By what the monitor wrote down, in the order of `seq`; a step that was revoked is not among them."""
    found: dict[Key, Standing] = {}
    for event in sorted(events, key=lambda event: event.seq):
        data = event.data
        if event.type in _STEPS:
            step = Done(event.occurred_at, event.recorded_at, data.get("level", 0), event.type in _BREACHING)
            found.setdefault((data["stage"], data["opened_seq"]), Standing()).steps[data.get("step", 0)] = step
        elif event.type == "clock.reinstated":
            standing = found.setdefault((data["stage"], data["opened_seq"]), Standing())
            for offset in data["steps"]:
                standing.steps.pop(offset, None)
    return found
