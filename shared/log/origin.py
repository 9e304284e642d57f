"""By whose hands a report came in: what leads to the person who reported.

Of a report that is anonymous or secret, neither a gateway's own number of it (often a telephone number) nor who typed
it in, at which counter, or whose token carried the reporter's acts, is told to those who work on it. The log keeps it.
"""

from collections.abc import Mapping
from typing import Any

from shared.log.events import EventType
from shared.log.payloads import PAYLOADS
from shared.log.payloads.parts import fields_of

_REPORTER = "reporter"
_BY_HAND = frozenset({EventType.REPORT_RECEIVED, EventType.SLIP_MADE})
#: What of the data of an event leads there.
_LEADING = frozenset(field.key for payload in PAYLOADS.values() for field in fields_of(payload) if field.leads)


def is_hidden(*, anonymous: bool, secret: bool) -> bool:
    return anonymous or secret


def comes_from_the_reporter(type: str) -> bool:
    return type in _BY_HAND or type.startswith("reporter.")


def role_of(actor: str) -> str:
    """Without the name of its owner."""
    return actor.partition(":")[0]


def without(type: str, actor: str, data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Actor and data of an event for those who may not know whose hands it went through. What a reporter did is theirs
    whatever it is called: a file of theirs comes as `evidence.added`, as one of an officer does.
    """
    if not comes_from_the_reporter(type) and role_of(actor) != _REPORTER:
        return actor, dict(data)
    return role_of(actor), {name: value for name, value in data.items() if name not in _LEADING}
