"""A report with all that is stored of it and that its log may contradict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from shared.log.payloads import Logged
from shared.log.payloads.intake import ReportReceived
from shared.log.payloads.types import EventType


@dataclass(frozen=True)
class Entry(Logged):
    """An event as it is stored; `text` is its `data` exactly as it was hashed."""

    id: UUID
    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    text: str
    data: Mapping[str, Any]
    previous_hash: bytes
    hash: bytes


class Words(NamedTuple):
    """A message, or an acknowledgement's note; of the words only the digest is kept."""

    id: UUID
    kind: str | None
    agency: str | None
    author: str
    at: datetime
    digest: str
    corrects: UUID | None = None
    public_is_true: bool = True  #: what everybody may read of it is its words with its masks
    erased: bool = False  #: the words are gone, and their salt with them


class Found(NamedTuple):
    """A contradiction; `seq` is None if no single event is to blame."""

    seq: int | None
    what: str


@dataclass(slots=True)
class File:
    report: Mapping[str, Any]
    history: list[Entry] = field(default_factory=list)
    messages: dict[UUID, Words] = field(default_factory=dict)
    acknowledgements: dict[UUID, Words] = field(default_factory=dict)
    escalations: dict[UUID, Row[Any]] = field(default_factory=dict)
    clocks: list[Row[Any]] = field(default_factory=list)
    supports: list[Row[Any]] = field(default_factory=list)
    support_log: list[Row[Any]] = field(default_factory=list)
    unopened: bool = False  #: its identity could not be compared, for want of the key

    @property
    def person_erased(self) -> bool:
        """Who reported was erased, with all words; what other services keep goes a moment later."""
        return any(event.type == EventType.PERSON_ERASED for event in self.history)

    awaits_monitor: bool = False  #: an event of it is still on its way to sla_monitor

    @property
    def is_imported(self) -> bool:
        received = self.history[0].carries(ReportReceived)
        return received is not None and received.imported


Findings = Iterator[Found]
