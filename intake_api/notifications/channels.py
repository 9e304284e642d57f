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


@dataclass(frozen=True, slots=True)
class NotSetUp:
    """Stands where a gateway for text messages or WhatsApp will: reporters are not told by it, and the row says why."""

    name: NewsChannel

    async def ready(self) -> None:
        raise Refused("no channel", 0, for_good=True)

    async def send(self, outgoing: NewsMessage, *, at: datetime) -> Mapping[UUID, str]:
        raise Refused("no channel", 0, for_good=True)
