"""The addresses in mails by which somebody wants no more of them: of one report, and of no other use."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from uuid import UUID

from shared.ids import keyed_digest

UNSUBSCRIBE = "/unsubscribe"
_DIGEST_BYTES = 16
_ID_BYTES = 16


def token_of(secret: str, report_id: UUID) -> str:
    return base64.b32encode(report_id.bytes + _digest(secret, report_id)).decode().rstrip("=").lower()


def report_of(secrets: Sequence[str], token: str) -> UUID | None:
    """None: we made no such token."""
    try:
        sent = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(sent) != _ID_BYTES + _DIGEST_BYTES:
        return None
    report_id, digest = UUID(bytes=sent[:_ID_BYTES]), sent[_ID_BYTES:]
    ours = any(hmac.compare_digest(_digest(secret, report_id), digest) for secret in secrets)
    return report_id if ours else None


def _digest(secret: str, report_id: UUID) -> bytes:
    return keyed_digest(secret, b"unsubscribe|" + report_id.bytes)[:_DIGEST_BYTES]
