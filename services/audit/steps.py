"""Escalations: each has its event, of the same id, and each event of a step its escalation."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.audit.files import Entry, File, Findings, Found
from shared.log.payloads.monitor import ClockReinstated, ClockStep, OfClock
from sla_monitor.sweep.queries import EVENTS

_KINDS = {event.value: kind.value for kind, event in EVENTS.items()}


def escalations(file: File) -> Findings:
    steps = {event.id: event for event in file.history if event.type in _KINDS}
    revoked = _revoked(file.history, file.escalations)
    for id, event in steps.items():
        if (stored := file.escalations.get(id)) is None:
            yield Found(event.seq, "the escalation that it tells of is not there")
        elif _says(event) != _says_row(stored, event) or stored.revoked_at != revoked.get(id):
            yield Found(event.seq, "its escalation was changed")
    for id in file.escalations.keys() - steps.keys():
        yield Found(None, f"escalation {id} is told by none of its events")


def _says(event: Entry) -> dict[str, Any]:
    """By the columns of the escalation. An elapsed clock has one step and tells nobody."""
    said = {"kind": _KINDS[event.type], "step_at": event.occurred_at, "recorded_at": event.recorded_at}
    if (of_clock := event.carries(OfClock)) is not None:
        said |= {"stage": of_clock.stage, "opened_seq": of_clock.opened_seq}
    if (step := event.carries(ClockStep)) is not None:
        said |= {
            "step_code": step.step,
            "level": step.level,
            "agency_code": step.agency,
            "late_entry": step.late_entry,
            "notify": step.notify,
            "recipients": ",".join(step.recipients),
        }
    return said


def _says_row(stored: Row[Any], event: Entry) -> dict[str, Any]:
    return {column: getattr(stored, column) for column in _says(event)}


def _revoked(history: Sequence[Entry], stored: Mapping[UUID, Row[Any]]) -> dict[UUID, Any]:
    """When a step was taken back, because its deadline had moved."""
    standing: dict[tuple[str, int, int], UUID] = {}
    revoked: dict[UUID, Any] = {}
    for event in history:
        of_clock = event.carries(OfClock)
        if of_clock is None:
            continue
        if event.type in _KINDS and event.id in stored:
            standing[of_clock.stage, of_clock.opened_seq, stored[event.id].step_code] = event.id
        elif isinstance(of_clock, ClockReinstated):
            for step in of_clock.steps:
                if (id := standing.pop((of_clock.stage, of_clock.opened_seq, step), None)) is not None:
                    revoked[id] = event.recorded_at
    return revoked
