"""The mail that brings a link: what it is for, until when it works, and that it is nobody else's."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from importlib import resources
from types import MappingProxyType

from routing_service.access.accounts.service import Invited
from shared import ids
from shared.domain.accounts import InvitationKind
from shared.domain.wording import Wording, say
from shared.mail import Addressee, compose

_SUBJECTS: Mapping[InvitationKind, Wording] = MappingProxyType(
    {
        InvitationKind.INVITE: ("Undangan untuk mulai memakai akun Anda", "Take up your account"),
        InvitationKind.RESET: ("Atur ulang kata sandi dan faktor kedua", "Set your password and second factor anew"),
    }
)


def letter(made: Invited, kind: InvitationKind, *, issuer: str, sender: str, at: datetime) -> EmailMessage:
    """Raises ValueError: nothing can be sent to this address."""
    account = made.account
    if account.email is None:
        raise ValueError("no address of mail")
    to = Addressee(account.name, account.email, account.language)
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    text = text_of(f"{kind.value}.{to.language.value}.txt")
    text = text.format(name=account.name, email=account.email, link=made.link(issuer), until=until)
    # Each mail has a link of its own, and so a name of its own.
    name = f"invitation.{ids.new_id()}"
    return compose(to, say(_SUBJECTS[kind], to.language), {"plain": text}, message_id=name, sender=sender, at=at)


@cache
def text_of(name: str) -> str:
    return (resources.files("routing_service") / "data" / "mails" / name).read_text("utf-8")
