"""What events carry: one frozen class for each type, and nobody reads their JSON by name but these.

To add an event: name its type in `types.py`; write its class into the module of the service that writes it (`intake`,
`routing`, `monitor`), with the services that follow it; give it labels in `intake_api/labels.py`; run `make docs`,
which writes docs/events.md. The tests in tests/shared/log/payloads say what is missing.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from shared.domain.newer import code
from shared.log.payloads import intake, monitor, routing
from shared.log.payloads.parts import Json, Unreadable
from shared.log.payloads.payload import PAYLOADS, Payload, Said
from shared.log.payloads.placed import Placed, fold, placed
from shared.log.payloads.types import EventType

__all__ = [
    "PAYLOADS",
    "EventType",
    "Json",
    "Logged",
    "Payload",
    "Placed",
    "Raw",
    "Said",
    "Unreadable",
    "fold",
    "intake",
    "monitor",
    "placed",
    "read_payload",
    "routing",
]  # fmt: skip

P = TypeVar("P", bound=Payload)
Kind = type[P]


@dataclass(frozen=True)
class Raw(Payload):
    """Of an event whose type only a newer release knows: its JSON, unread."""

    named: EventType
    data: Json

    @property
    def event_type(self) -> EventType:
        return self.named

    def as_data(self) -> dict[str, Any]:
        return dict(self.data)


def read_payload(type: str, data: Json) -> Payload:
    """The payload of an event, from its JSON. Raises Unreadable."""
    known = PAYLOADS.get(type)
    return Raw(code(EventType, type), data) if known is None else known.from_data(data)


class Logged:
    """An event of a report as whoever reads it has it; its payload is read from `data` when it is asked for."""

    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    data: Json  #: as it is stored

    @cached_property
    def payload(self) -> Payload:
        """Raises Unreadable."""
        return read_payload(self.type, self.data)

    @property
    def placed(self) -> Placed | None:
        """Where the event leaves the report; None: it does not speak of it."""
        return placed(self.data)

    @cached_property
    def said(self) -> Said | None:
        """What the event says of the words that stand beside it, if there are any. Raises Unreadable."""
        return Said.from_data(self.data) if "message" in self.data else None

    def carries(self, kind: Kind[P]) -> P | None:
        """The payload, if it is of this kind; else it is not even read. Raises Unreadable."""
        if not issubclass(PAYLOADS.get(self.type, Raw), kind):
            return None
        payload = self.payload
        return payload if isinstance(payload, kind) else None
