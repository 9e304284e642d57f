"""Mails of whichever service: how they are written, and how an SMTP server gets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from shared.domain.wording import Language

PORTS = {"smtp": 25, "smtps": 465}
_NOT_LET_IN = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError)
CLOSING = 421  # the server is about to go away, whatever it was asked


class Absent(Exception):
    """No server to talk to, or not one that lets us in: nothing was refused, and no attempt is counted.

    `in_mail`: it was lost while it had a mail, which it may have taken.
    """

    def __init__(self, *, in_mail: bool = False) -> None:
        super().__init__()
        self.in_mail = in_mail


class Refused(Exception):
    """The server did not take a mail. The message names the reply, and not whom the mail was for.

    `unknown`: it knows nobody of that address, and never will.
    """

    def __init__(self, what: str, code: int, *, for_good: bool = False, unknown: bool = False) -> None:
        super().__init__(f"{what}: {code}")
        self.code = code
        self.for_good = for_good
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Addressee:
    name: str
    email: str
    language: Language


def compose(
    to: Addressee, subject: str, texts: Mapping[str, str], *, message_id: str, sender: str, at: datetime,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> EmailMessage:  # fmt: skip
    """`texts` by their subtype, `plain` first. `message_id`: its part before the @, the same if it goes out twice."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("LAPOR!", addr_spec=sender)
    message["To"] = Address(to.name, addr_spec=to.email)
    message["Subject"] = f"[LAPOR!] {subject}"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in headers.items():
        message[name] = value
    for subtype, text in texts.items():
        add = message.set_content if subtype == "plain" else message.add_alternative
        add(text, subtype=subtype, cte="quoted-printable")
    message["Content-Language"] = to.language.value  # last: a new content takes away what stands of the one before
    return message


class Mailer:
    """Over one connection for all of a round.

    `async with Mailer(url, ...) as mailer`: connects with the first mail.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        self._smtp = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            # A password never goes over an open line. Without one: STARTTLS, if the server offers it.
            start_tls=True if parts.scheme == "smtp" and parts.password else None,
            timeout=timeout_seconds,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._smtp.close()

    async def connect(self) -> None:
        """Whoever prepares nothing for a server that is away asks this first. Raises Absent."""
        try:
            await self._smtp.connect()
        except (SMTPException, OSError) as error:
            self._smtp.close()
            raise Absent from error

    async def send(self, message: EmailMessage) -> None:
        """Returns when the server has taken the mail. Raises Absent, Refused."""
        connected = False
        try:
            if not self._smtp.is_connected:
                await self._smtp.connect()
            connected = True
            await self._smtp.send_message(message)
        except SMTPRecipientsRefused as error:
            reply = error.recipients[0]
            if reply.code == CLOSING:
                raise Absent from error
            # 4xx: not now. 5xx: nobody of that name, whenever we ask.
            for_good = reply.code >= 500
            raise Refused("recipient", reply.code, for_good=for_good, unknown=for_good) from error
        except SMTPResponseException as error:
            if error.code == CLOSING or isinstance(error, _NOT_LET_IN):
                self._smtp.close()
                raise Absent from error
            raise Refused(type(error).__name__, error.code) from error
        except ValueError as error:  # what cannot be sent, as it is or to this address
            raise Refused(type(error).__name__, 0, for_good=True) from error
        except (SMTPException, OSError) as error:
            self._smtp.close()
            raise Absent(in_mail=connected) from error
