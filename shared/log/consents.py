"""Whether a reporter lets the Ombudsman take their case over: derived from the events of the report alone. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from shared.log.payloads import EventType, Logged
from shared.log.payloads.codes import Purpose
from shared.log.payloads.intake import ReporterConsented
from shared.log.payloads.monitor import ClockReinstated, ClockStep

#: A withdrawal holds from the moment it was accepted, not only when it was carried out.
_TAKEN_BACK = frozenset({EventType.REPORTER_WITHDREW, EventType.REPORT_WITHDRAWN})

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


def to_ombudsman(history: Iterable[Logged], *, now: datetime) -> Consent:
    """The last answer counts, asked or not. Asked is who could have seen it: a step that was revoked asks nobody."""
    history = list(history)
    asked_at = _asked_at(history)
    if withdrawn := [event for event in history if event.type in _TAKEN_BACK]:
        return Consent(ConsentState.WITHDRAWN, asked_at, withdrawn[0].occurred_at)
    answers = [(event, said) for event in history if (said := event.carries(ReporterConsented)) is not None]
    answers = [(event, said) for event, said in answers if said.purpose is Purpose.OMBUDSMAN]
    if answers:
        event, said = answers[-1]
        return Consent(ConsentState.GRANTED if said.granted else ConsentState.REFUSED, asked_at, event.occurred_at)
    if asked_at is None:
        return Consent(ConsentState.NOT_ASKED)
    return Consent(ConsentState.SILENT if now >= asked_at + SILENT_AFTER else ConsentState.ASKED, asked_at)


def _asked_at(history: Iterable[Logged]) -> datetime | None:
    """When the step that is addressed to the reporter was recorded."""
    asked: dict[tuple[str, int, int], datetime] = {}
    for event in history:
        if (revoked := event.carries(ClockReinstated)) is not None:
            for offset in revoked.steps:
                asked.pop((revoked.stage, revoked.opened_seq, offset), None)
        step = event.carries(ClockStep)
        if step is not None and step.notify and "reporter" in step.recipients:
            asked.setdefault((step.stage, step.opened_seq, step.step), event.recorded_at)
    return min(asked.values(), default=None)
