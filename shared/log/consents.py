"""Whether a reporter lets the Ombudsman take their case over: derived from the events of the report alone. Pure."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Protocol

OMBUDSMAN = "ombudsman"

#: A withdrawal holds from the moment it was accepted, not only when it was carried out.
_TAKEN_BACK = frozenset({"reporter.withdrew", "report.withdrawn"})

#: A reporter who has not answered for this long is taken to be silent [I]; they may still answer.
SILENT_AFTER = timedelta(days=14)


class ConsentState(StrEnum):
    NOT_ASKED = auto()
    ASKED = auto()
    SILENT = auto()  #: asked, and no answer for `SILENT_AFTER`
    GRANTED = auto()
    REFUSED = auto()
    WITHDRAWN = auto()  #: whoever takes a report back asks for nothing more, whatever they allowed before


@dataclass(frozen=True, slots=True)
class Consent:
    state: ConsentState
    asked_at: datetime | None = None
    answered_at: datetime | None = None


class Happened(Protocol):
    """What this needs of an event."""

    @property
    def type(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def data(self) -> Any: ...


def to_ombudsman(history: Iterable[Happened], *, now: datetime) -> Consent:
    """The last answer counts, asked or not. Asked is who could have seen it: a step that was revoked asks nobody."""
    history = list(history)
    asked_at = _asked_at(history)
    if withdrawn := [event for event in history if event.type in _TAKEN_BACK]:
        return Consent(ConsentState.WITHDRAWN, asked_at, withdrawn[0].occurred_at)
    answers = [
        event for event in history if event.type == "reporter.consented" and event.data.get("purpose") == OMBUDSMAN
    ]
    if answers:
        state = ConsentState.GRANTED if answers[-1].data["granted"] else ConsentState.REFUSED
        return Consent(state, asked_at, answers[-1].occurred_at)
    if asked_at is None:
        return Consent(ConsentState.NOT_ASKED)
    return Consent(ConsentState.SILENT if now >= asked_at + SILENT_AFTER else ConsentState.ASKED, asked_at)


def _asked_at(history: Iterable[Happened]) -> datetime | None:
    """When the step that is addressed to the reporter was recorded."""
    asked: dict[tuple[str, int, int], datetime] = {}
    for event in history:
        data = event.data
        if event.type == "clock.reinstated":
            for step in data["steps"]:
                asked.pop((data["stage"], data["opened_seq"], step), None)
        elif event.type.startswith("clock.") and data.get("notify") and "reporter" in _recipients(data):
            asked.setdefault((data["stage"], data["opened_seq"], data["step"]), event.recorded_at)
    return min(asked.values(), default=None)


def _recipients(data: Any) -> Set[str]:
    return set(data.get("recipients", ()))
