"""The mail about a webhook that was disabled: which, why, and what to do."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from importlib import resources
from types import MappingProxyType
from uuid import UUID

from shared.domain.wording import Wording, say
from shared.mail import Addressee, compose

_SUBJECT: Wording = ("Webhook Anda dinonaktifkan", "Your webhook was disabled")
_WHY: Mapping[str, Wording] = MappingProxyType(
    {
        "gone": ("penerimanya menjawab 410 (Gone)", "its receiver answered 410 (Gone)"),
        "failing": ("penerimanya tidak menerima apa pun selama lima hari", "its receiver took nothing for five days"),
    }
)


def disabled_letter(
    to: Addressee, *, id: UUID, name: str, because: str | None, disabled_at: datetime, sender: str, at: datetime
) -> EmailMessage:
    """Not where it sends to: such an address may hold a password. Raises ValueError: nothing can be sent to them."""
    why = _WHY.get(because or "failing", _WHY["failing"])
    text = _text(f"disabled.{to.language.value}.txt").format(
        name=to.name, webhook=name, id=id, why=say(why, to.language), at=f"{disabled_at:%Y-%m-%d %H:%M} UTC"
    )
    message_id = f"webhook.{id}.{disabled_at:%Y%m%d%H%M%S}"  # the same if it goes out twice
    return compose(to, say(_SUBJECT, to.language), {"plain": text}, message_id=message_id, sender=sender, at=at)


@cache
def _text(name: str) -> str:
    return (resources.files("routing_service") / "data" / "webhooks" / name).read_text("utf-8")
