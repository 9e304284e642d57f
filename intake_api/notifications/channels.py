"""By what a reporter can be reached. A channel that nobody has set up is known, and says so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from intake_api.identities.sealing import Identity
from intake_api.notifications.letters import Writer
from intake_api.notifications.writing import BadTemplate
from shared.domain.news import NewsChannel
from shared.mail import Mailer, Refused

_WRITABLE = re.compile(r"[^\s<>@,;:\"()\[\]\\]+@[^\s<>@,;:\"()\[\]\\]+")


@dataclass(frozen=True, slots=True)
class NewsMessage:
    """One message to one reporter. The address is opened for it, and lies nowhere else."""

    message_id: UUID
    rows: Sequence[Row[Any]]
    identity: Identity
    language: str
    stop: str  #: where no more is asked for
    writer: Writer


class Carrier(Protocol):
    """A way to reach reporters. Whoever adds one registers it in `service.channels_of`."""

    @property
    def name(self) -> NewsChannel: ...

    async def ready(self) -> None:
        """Asked before anything is claimed for it. Raises `mail.Absent`."""

    async def send(self, outgoing: NewsMessage, *, at: datetime) -> Mapping[UUID, str]:
        """Hand it over, under the id of the message; the templates that its news was written by.

        Raises `mail.Absent`, `mail.Refused`.
        """
        ...


@dataclass(frozen=True, slots=True)
class ByMail:
    mailer: Mailer
    name: NewsChannel = NewsChannel.EMAIL

    async def ready(self) -> None:
        await self.mailer.connect()

    async def send(self, outgoing: NewsMessage, *, at: datetime) -> Mapping[UUID, str]:
        to = outgoing.identity.email or ""
        if not _WRITABLE.fullmatch(to):
            raise Refused("address", 0, for_good=True)
        try:
            letter = outgoing.writer.letter(
                outgoing.rows,
                to=to,
                language=outgoing.language,
                message_id=outgoing.message_id,
                stop=outgoing.stop,
                at=at,
            )
        except (BadTemplate, ValueError) as error:  # their trouble alone: it holds up nobody else's
            raise Refused(f"letter, {type(error).__name__}", 0, for_good=True) from None
        await self.mailer.send(letter.message)
        return letter.templates


class Sender(Protocol):
    """A gateway for text messages or WhatsApp. Whoever writes one puts it into `Post.senders`."""

    async def send(self, message_id: UUID, to: str, text: str) -> None:
        """Hand it over; the same message may come again, under the same id. Raises `mail.Absent`, `mail.Refused`."""


@dataclass(frozen=True, slots=True)
class ByText:
    """A short message, by a gateway."""

    name: NewsChannel
    sender: Sender

    async def ready(self) -> None:
        """A gateway is asked with each message."""

    async def send(self, outgoing: NewsMessage, *, at: datetime) -> Mapping[UUID, str]:
        to = outgoing.identity.phone
        if to is None:
            raise Refused("number", 0, for_good=True)
        write = outgoing.writer.sms if self.name is NewsChannel.SMS else outgoing.writer.chat
        try:
            message = write(outgoing.rows, language=outgoing.language)
        except BadTemplate as error:
            raise Refused(f"text, {type(error).__name__}", 0, for_good=True) from None
        await self.sender.send(outgoing.message_id, to, message.text)
        return message.templates


@dataclass(frozen=True, slots=True)
class NotSetUp:
    """Stands where nobody has set a channel up: reporters are not told by it, and the row says why."""

    name: NewsChannel

    async def ready(self) -> None:
        raise Refused("no channel", 0, for_good=True)

    async def send(self, outgoing: NewsMessage, *, at: datetime) -> Mapping[UUID, str]:
        raise Refused("no channel", 0, for_good=True)
