"""What the payload of every type has in common, and where the types are known by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform
from uuid import UUID

from shared.domain.messages import MessageKind
from shared.log.payloads.parts import FIRST_RELEASE, Key, Part
from shared.log.payloads.types import EventType

P = TypeVar("P", bound="Payload")


@dataclass(frozen=True)
class Payload(Part):
    """What an event of one type carries: codes and ids; no words, nothing personal."""

    type: ClassVar[EventType]
    writer: ClassVar[str]
    followers: ClassVar[tuple[str, ...]]  #: the services that it is delivered to
    since: ClassVar[str]

    @property
    def event_type(self) -> EventType:
        return self.type


#: The payload of each type.
PAYLOADS: dict[str, type[Payload]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def carried_by(
    type: EventType, *, writer: str, followers: tuple[str, ...] = (), since: str = FIRST_RELEASE
) -> Callable[[type[P]], type[P]]:
    """The payload of a type of events; makes it a frozen dataclass."""

    def known(payload: Any) -> Any:
        made = dataclass(frozen=True, kw_only=True)(payload)
        made.type, made.writer, made.followers, made.since = type, writer, followers, since
        PAYLOADS[type] = made
        return made

    return known


@dataclass(frozen=True, kw_only=True)
class Said(Part):
    """Words that stand in `messages`, beside the log."""

    message: Annotated[UUID, "the id of the message that holds the words"]
    kind: Annotated[MessageKind, Key("message_kind"), "its kind"]
    agency: Annotated[str | None, Key("message_agency"), "the agency that speaks in it; null: none does"]
    digest: Annotated[str, "the salted digest of the words: whoever changes them, or the salt, breaks it"]
