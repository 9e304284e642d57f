"""Escalations: each has its event, of the same id, and each event of a step its escalation."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.audit.files import Entry, File, Findings, Found
from sla_monitor.sweep.queries import EVENTS

_KINDS = {event.value: kind.value for kind, event in EVENTS.items()}
#: What the event of a step says, by the column of the escalation. An elapsed clock has one step and tells nobody.
_COLUMNS = {
    "stage": "stage",
    "opened_seq": "opened_seq",
    "step": "step_code",
    "level": "level",
    "agency": "agency_code",
    "late_entry": "late_entry",
    "notify": "notify",
}


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
    said = {column: event.data[name] for name, column in _COLUMNS.items() if name in event.data}
    if "recipients" in event.data:
        said["recipients"] = ",".join(event.data["recipients"])
    return said | {"kind": _KINDS[event.type], "step_at": event.occurred_at, "recorded_at": event.recorded_at}


def _says_row(stored: Row[Any], event: Entry) -> dict[str, Any]:
    return {column: getattr(stored, column) for column in _says(event)}


def _revoked(history: Sequence[Entry], stored: Mapping[UUID, Row[Any]]) -> dict[UUID, Any]:
    """When a step was taken back, because its deadline had moved."""
    standing: dict[tuple[str, int, int], UUID] = {}
    revoked: dict[UUID, Any] = {}
    for event in history:
        data = event.data
        if event.type in _KINDS and event.id in stored:
            standing[data["stage"], data["opened_seq"], stored[event.id].step_code] = event.id
        elif event.type == "clock.reinstated":
            for step in data["steps"]:
                if (id := standing.pop((data["stage"], data["opened_seq"], step), None)) is not None:
                    revoked[id] = event.recorded_at
    return revoked
