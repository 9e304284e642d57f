"""A real SMTP server in a thread of its own."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from services.ports import free_port


class Mailbox:
    """Takes mails and remembers them; answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to_recipient: dict[str, str] = {}
        self.to_data = "250 OK"
        self.pause = 0.0  #: seconds before the answer to a mail
        self.kill: int | None = None  #: the process that is killed between the taking of a mail and the answer
        self.url = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        reply = self.to_recipient.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.to_data.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        if self.kill is not None:
            os.kill(self.kill, signal.SIGKILL)
        await asyncio.sleep(self.pause)
        return self.to_data

    def to(self, name: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"].addresses[0].username == name]


@contextmanager
def serving() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mailbox.url = f"smtp://127.0.0.1:{controller.port}"
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())
