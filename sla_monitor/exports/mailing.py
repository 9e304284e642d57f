"""Mails the documents of a month once it has ended. No state is kept: who has not been mailed stands in the tables.

A mail goes out at least once: it is sent within the transaction that settles it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.database import Sessions
from shared.domain.newer import code
from shared.domain.officers import OfficerRole
from shared.domain.regions import NATIONAL_ZONE, national_day
from shared.domain.wording import Language, Wording, say
from shared.errors import DomainError
from shared.mail import Addressee, Refused, compose
from sla_monitor.exports import queries, service, writing
from sla_monitor.exports.documents import Document
from sla_monitor.exports.service import ExportName
from sla_monitor.exports.writing import ExportFormat, Unprintable
from sla_monitor.indicators.catalogue import Catalogue
from sla_monitor.statistics.schemas import FigureParams

logger = logging.getLogger(__name__)

#: Who gets what.
_GETS = (
    (OfficerRole.COORDINATOR, ExportName.EVALUATION),
    (OfficerRole.REGIONAL_SECRETARY, ExportName.EVALUATION),
    (OfficerRole.REGIONAL_SECRETARY, ExportName.NEAR_60_DAYS),
    (OfficerRole.REGIONAL_HEAD, ExportName.NEAR_60_DAYS),
)
_TEXT: Wording = (
    "Yth. {name},\n\nterlampir: {title}.\n\n{lines}\n\nDokumen ini dibuat oleh LAPOR! dari catatan laporan.\n",
    "Dear {name},\n\nattached: {title} (in Indonesian).\n\n{lines}\n\nLAPOR! has made this document from its log.\n",
)


class Sends(Protocol):
    async def send(self, message: EmailMessage) -> None: ...


async def mail_documents(
    sessions: Sessions, catalogue: Catalogue, mailer: Sends, *, sender: str, now: datetime
) -> Mapping[str, int]:
    """Mail whoever was not mailed yet; what became of how many. Raises Absent: the next round goes on there."""
    outcomes: Counter[str] = Counter()
    first_day, as_of = last_month(now)
    pairs = [(role.value, name.value) for role, name in _GETS]
    while True:
        async with sessions.begin() as session:
            due = await queries.next_mail(session, first_day, pairs)
            if due is None:
                return outcomes
            error = await _send(session, catalogue, mailer, due, first_day, as_of, sender=sender, now=now)
            await queries.settle(session, due.id, due.document, first_day, at=now, error=error)
        outcomes["parked" if error else "single"] += 1


def last_month(now: datetime) -> tuple[date, datetime]:
    """The first day of the last month that has ended, and the instant at which it ended, in the capital."""
    begun = national_day(now).replace(day=1)
    return (begun - timedelta(days=1)).replace(day=1), datetime.combine(begun, time(), ZoneInfo(NATIONAL_ZONE))


async def _send(
    session: AsyncSession, catalogue: Catalogue, mailer: Sends, due: Row[Any], first_day: date, as_of: datetime, *,
    sender: str, now: datetime,
) -> str | None:  # fmt: skip
    """Why it was refused; None: it was taken. A document that cannot be made is parked, and holds up no other."""
    try:
        document = await document_for(session, catalogue, due, first_day, as_of, now=now)
        content = await asyncio.to_thread(writing.as_file, document, ExportFormat.PDF)
    except (DomainError, Unprintable) as error:
        why = error.code if isinstance(error, DomainError) else "unprintable"
        logger.warning("document not made", extra={"document": due.document, "agency": due.agency_code, "error": why})
        return why
    try:
        await mailer.send(_message(due, document, content, first_day, sender=sender, now=now))
    except Refused as refusal:
        return str(refusal)
    return None


async def document_for(
    session: AsyncSession, catalogue: Catalogue, due: Row[Any], first_day: date, as_of: datetime, *, now: datetime
) -> Document:
    """Of the instansi and all below it. A mail lies about: it names no secret report, as if to who may see none."""
    reader = Client("sla_monitor", Role.SUPERVISOR, due.agency_code)
    name = ExportName(due.document)
    period = None if name is ExportName.NEAR_60_DAYS else f"{first_day:%Y-%m}"
    asked = FigureParams(indicator="received", agency=due.agency_code, period=period, as_of=as_of)
    return await service.make_document(session, catalogue, name, asked, reader, now=now)


def _message(
    due: Row[Any], document: Document, content: bytes, first_day: date, *, sender: str, now: datetime
) -> EmailMessage:
    to = Addressee(due.name, due.email, code(Language, due.language))
    text = say(_TEXT, to.language).format(name=to.name, title=document.title, lines="\n".join(document.lines))
    message_id = f"{due.document}.{first_day}.{due.id}"
    message = compose(to, document.title, {"plain": text}, message_id=message_id, sender=sender, at=now)
    message.add_attachment(content, maintype="application", subtype="pdf", filename=f"{document.name}.pdf")
    return message
