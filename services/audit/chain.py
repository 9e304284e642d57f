"""The chain of a report from its first link to its head."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.audit.files import Entry, File, Findings, Found
from shared.actors import is_actor
from shared.log import payloads
from shared.log.events import GENESIS, event_hash
from shared.log.payloads import Unreadable


def links(file: File) -> Findings:
    """A broken one makes everything after it worthless."""
    if not file.history:
        yield Found(None, "the report has no events")
        return
    previous = GENESIS
    for expected, event in enumerate(file.history, start=1):
        if event.seq != expected:
            yield Found(expected, f"event {expected} is missing, {event.seq} follows")
            return
        if event.previous_hash != previous:
            yield Found(event.seq, "its previous_hash is not the hash of the event before")
        if event.hash != _computed(previous, file.report, event):
            yield Found(event.seq, "its hash is not that of its content: the event was changed")
        if not is_actor(event.actor):
            yield Found(event.seq, "its actor is none that the log is written with")
        previous = event.hash


def readable(file: File) -> Findings:
    """What nothing else can be made of: the checks after this one read what events carry."""
    for event in file.history:
        try:
            event.placed, event.payload, event.said  # noqa: B018
        except (Unreadable, AttributeError, KeyError, TypeError, ValueError) as error:
            yield Found(event.seq, f"what it carries cannot be read ({type(error).__name__})")


def _computed(previous: bytes, report: Mapping[str, Any], event: Entry) -> bytes:
    return event_hash(
        previous, event_id=event.id, report_id=report["id"], seq=event.seq, type=event.type,
        occurred_at=event.occurred_at, recorded_at=event.recorded_at, actor=event.actor, data=event.text,
    )  # fmt: skip


def head(file: File) -> Findings:
    report, last = file.report, file.history[-1]
    if report["head_seq"] is None:
        yield Found(None, "the report has no chain head")
        return
    if report["head_seq"] != last.seq:
        yield Found(last.seq + 1, f"the chain head says {report['head_seq']} events, there are {last.seq}")
    elif report["head_hash"] != last.hash:
        yield Found(last.seq, "the chain head has another hash than the last event")
    last_fact = _last_fact(file.history)
    if report["fact_seq"] != last_fact:
        yield Found(last.seq, f"the chain head says fact_seq {report['fact_seq']}, it is {last_fact}")


def _last_fact(history: Sequence[Entry]) -> int:
    return max((event.seq for event in history if not event.type.startswith("clock.")), default=0)


def state(file: File) -> Findings:
    status, holder = payloads.fold(event.placed for event in file.history)
    if file.report["status"] != status.value:
        yield Found(None, f"the stored status is {file.report['status']}, its events make it {status.value}")
    stored = (file.report["holder_level"], file.report["holder_agency_code"])
    computed = (holder.level.value, holder.agency)
    if stored != computed:
        yield Found(None, f"the stored holder is {_words(*stored)}, its events make it {_words(*computed)}")


def _words(level: str, agency: str | None) -> str:
    return f"{level} {agency}" if agency else level
