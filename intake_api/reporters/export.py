"""What a reporter takes home: everything that is kept about their report and them, and the proof of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities.sealing import Identities
from intake_api.reporters import queries, view
from intake_api.reporters.case import Asking
from intake_api.reporters.schemas import ExportedIdentity, MessageParams, PartParams, ReportExport
from intake_api.timeline import service as timeline
from shared.domain.wording import Language
from shared.errors import NotFound
from shared.keys.purposes import KeyPurpose
from shared.queries import proofs
from shared.schema import Report

Item = TypeVar("Item", covariant=True)
_SHOWN_DIGITS = 4
_AT_ONCE = 200


class _Page(Protocol[Item]):
    @property
    def items(self) -> Sequence[Item]: ...

    @property
    def next_cursor(self) -> str | None: ...


RECEIPT = "text/plain; charset=utf-8"


async def receipt(session: AsyncSession, report: Report) -> str:
    """A c2sp.org/tlog-proof@v1. Raises NotFound."""
    proof = await proofs.receipt(session, report.id)
    if proof is None:
        raise NotFound(
            "No checkpoint has seen this report yet; come back in an hour for its receipt.", code="no_receipt_yet"
        )
    return str(proof)


async def export(
    session: AsyncSession, report: Report, version: int, asking: Asking, *, language: Language
) -> ReportExport:
    secrets, now = asking.reporter.keys.secrets(KeyPurpose.CURSORS), asking.now
    return ReportExport(
        exported_at=now,
        report=await view.own_report(session, report, version, asking, language=language),
        identity=await _identity(session, report, asking),
        timeline=await _all(
            lambda cursor: timeline.page_of_timeline(
                session, report, PartParams(limit=_AT_ONCE, cursor=cursor), secrets=secrets, language=language
            )
        ),
        messages=await _all(
            lambda cursor: view.own_messages(session, report, MessageParams(limit=_AT_ONCE, cursor=cursor))
        ),
        deadlines=await _all(
            lambda cursor: timeline.deadlines(
                session, report, PartParams(limit=_AT_ONCE, cursor=cursor), secrets=secrets, language=language,
                now=now,
            )
        ),
    )  # fmt: skip


async def _all(read: Callable[[str | None], Awaitable[_Page[Item]]]) -> list[Item]:
    page = await read(None)
    found = list(page.items)
    while page.next_cursor is not None:
        page = await read(page.next_cursor)
        found += page.items
    return found


async def _identity(session: AsyncSession, report: Report, asking: Asking) -> ExportedIdentity | None:
    """Of the NIK the last digits: enough to see that it is kept, too little for somebody who found the code."""
    reporter = None if report.reporter_id is None else await queries.contact(session, report.reporter_id)
    if reporter is None:
        return None
    said = Identities(asking.reporter.keys).open(reporter)
    number = said.national_id
    hidden = number and "*" * (len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]
    return ExportedIdentity(name=said.name, phone=said.phone, email=said.email, national_id=hidden)
