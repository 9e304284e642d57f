"""Mails that came back, as servers report it (RFC 3464). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from uuid import UUID

MOST_BYTES = 1024 * 1024
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MESSAGE_ID = re.compile(r"^Message-ID:\s*<([0-9a-fA-F-]{36})@", re.IGNORECASE | re.MULTILINE)
#: No such mailbox, domain or host; a mailbox that was closed. Not: full, too large, refused for what it says.
_FOR_GOOD = re.compile(r"5\.(1\.(?!8$)\d+|2\.1|4\.4)")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A message of ours that did not arrive. `for_good`: nothing will, at that address."""

    message_id: UUID
    status: str
    for_good: bool


def read_bounce(sent: bytes) -> Bounce | None:
    """None: it reports no failure, or not of a message of ours."""
    try:
        message = message_from_bytes(sent[:MOST_BYTES], policy=policy.compat32)
        status, returned = next(_failures(message), None), next(_returned(message), None)
    except (RecursionError, LookupError, ValueError):  # what no mail server writes
        return None
    if status is None or returned is None:
        return None
    return Bounce(returned, status, _FOR_GOOD.fullmatch(status) is not None)


def _failures(message: Message) -> Iterator[str]:
    """The statuses of the recipients that it failed for."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not isinstance(part.get_payload(), list):
            continue
        for recipient in part.get_payload():
            if isinstance(recipient, Message) and str(recipient.get("Action", "")).strip().lower() == "failed":
                said = f"{recipient.get('Status', '')} {recipient.get('Diagnostic-Code', '')}"
                found = _STATUS.search(said)
                yield found[1] if found else "5.0.0"


def _returned(message: Message) -> Iterator[UUID]:
    """The id of the message that came back: whole, or its head."""
    for part in message.walk():
        held = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(held, list) and isinstance(held[0], Message):
            text = f"Message-ID: {held[0].get('Message-ID', '')}"
        elif part.get_content_type() == "text/rfc822-headers" and isinstance(held, str):
            text = held
        else:
            continue
        for found in _MESSAGE_ID.finditer(text):
            yield UUID(found[1])
