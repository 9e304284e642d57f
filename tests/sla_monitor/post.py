"""A real SMTP server in a thread of its own, officers to write to, and what they are told of."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from aiosmtpd.controller import Controller
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.ports import free_port
from shared import ids
from shared.domain.lifecycle import Level, Status
from shared.domain.officers import OfficerRole
from shared.domain.wording import Language
from shared.schema import Officer
from shared.settings import MonitorSettings
from tests.factories import settings
from tests.sla_monitor.histories import History, end_of
from tests.sla_monitor.stored import a_report, computed, swept

STARTED = "2026-03-02 10:00"
DUE = end_of("2026-03-09")  # of a first response
SENDER = "lapor@pusat.example"


class Mailbox:
    """Takes mails and remembers them; answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to_recipient: dict[str, str] = {}
        self.to_data = "250 OK"
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


def monitor(smtp_url: str = "", **changes: Any) -> MonitorSettings:
    given: MonitorSettings = settings(
        "postgresql://nobody/nothing", MonitorSettings, smtp_url=smtp_url, mail_from=SENDER, **changes
    )
    return given


async def an_officer(
    session: AsyncSession,
    role: OfficerRole = OfficerRole.LIAISON_OFFICER,
    agency: str | None = "SAMARINDA-PU",
    *,
    email: str | None = None,
    language: Language = Language.ID,
    active: bool = True,
) -> UUID:
    officer_id = ids.new_id()
    address = email or f"{role.value}@{(agency or 'pusat').lower()}.example"
    await session.execute(
        insert(Officer).values(
            id=officer_id, agency_code=agency, role=role, name="Sari Wulandari", email=address, language=language,
            active=active,
        )
    )  # fmt: skip
    return officer_id


async def overdue(
    session: AsyncSession, count: int = 1, *, agency: str = "SAMARINDA-PU", at: datetime = DUE, **columns: Any
) -> list[str]:
    """Reports whose first response is due at `DUE`, swept at an instant; their tracking numbers."""
    numbers = []
    for _ in range(count):
        number = ids.new_tracking_number()
        columns |= {"holder_level": Level.AGENCY, "holder_agency_code": agency, "agency_code": agency}
        history = History().received(STARTED).verified(STARTED).assigned(STARTED, agency)
        report_id = await a_report(session, history, status=Status.ASSIGNED, tracking_number=number, **columns)
        await computed(session, report_id, now=at)
        numbers.append(number)
    await swept(session, at)
    return numbers
