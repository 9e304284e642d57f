"""What messages are signed with: made here, shown once, and kept sealed."""

import base64
import secrets
from datetime import datetime
from uuid import UUID

import structlog
from standardwebhooks import Webhook as StandardWebhook

from shared.keys.envelope import Envelope, Unreadable, open_, rewrap, seal
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.schema import WebhookSecret

PREFIX = "whsec_"
SECRET_BYTES = 32
_TABLE = "webhook_secrets"
_FIELD = "secret"

log = structlog.get_logger(__name__)


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(keys: Keys, id: UUID, secret: str) -> dict[str, object]:
    """Columns of `webhook_secrets`."""
    envelope = seal(keys.current(KeyPurpose.WEBHOOKS), {_FIELD: secret}, table=_TABLE, row=id)
    return {"id": id, "key_id": envelope.key_id, "wrapped_key": envelope.wrapped, "sealed": envelope.fields[_FIELD]}


def opened(keys: Keys, row: WebhookSecret) -> str | None:
    """None: the key is not in the ring, or does not open it."""
    key = keys.ring.find(KeyPurpose.WEBHOOKS, row.key_id)
    try:
        if key is not None:
            envelope = Envelope(row.key_id, row.wrapped_key, {_FIELD: row.sealed})
            return open_(key, envelope, table=_TABLE, row=row.id)[_FIELD]
    except Unreadable:
        pass
    log.error("webhook_secret_unreadable", key=row.key_id, webhook=str(row.webhook_id))
    return None


def rewrapped(keys: Keys, row: WebhookSecret) -> dict[str, object] | None:
    """What of a row changes when the current key wraps it; None: nothing, or its key is away."""
    current = keys.current(KeyPurpose.WEBHOOKS)
    key = keys.ring.find(KeyPurpose.WEBHOOKS, row.key_id)
    if key is None or key.id == current.id:
        return None
    try:
        return {"key_id": current.id, "wrapped_key": rewrap(key, current, row.wrapped_key, table=_TABLE, row=row.id)}
    except Unreadable:
        return None


def signature(secrets: list[str], message_id: str, body: str, *, at: datetime) -> str:
    """By each of them, so that a receiver may know either."""
    return " ".join(StandardWebhook(secret).sign(message_id, at, body) for secret in secrets)
