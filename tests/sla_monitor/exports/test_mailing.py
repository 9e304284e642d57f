"""Documents of a month are mailed when it has ended, each once. The database is rolled back."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.officers import OfficerRole
from shared.mail import Absent, Refused
from sla_monitor.exports import writing
from sla_monitor.exports.documents import Document
from sla_monitor.exports.mailing import document_for, last_month, mail_documents
from sla_monitor.exports.queries import next_mail
from sla_monitor.exports.writing import ExportFormat, Unprintable
from tests.factories import a_registry
from tests.sla_monitor.counting.test_kept import within
from tests.sla_monitor.post import SENDER, an_officer
from tests.sla_monitor.statistics.counting import CATALOGUE, counted
from tests.sla_monitor.statistics.test_figures import HELD, PU, given_to
from tests.sla_monitor.stored import rows

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


class Box:
    """Whoever mails are handed to."""

    def __init__(self, answer: Exception | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = answer

    async def send(self, message: EmailMessage) -> None:
        if self.answer is not None:
            raise self.answer
        self.mails.append(message)


async def mailed(session: AsyncSession, box: Box, *, now: datetime = NOW) -> dict[str, int]:
    return dict(await mail_documents(within(session), CATALOGUE, box, sender=SENDER, now=now))


async def officers(session: AsyncSession) -> None:
    await a_registry(session)
    for role in (OfficerRole.COORDINATOR, OfficerRole.REGIONAL_HEAD):
        await an_officer(session, role, "SAMARINDA")
    await an_officer(session, OfficerRole.COORDINATOR, "BALIKPAPAN", active=False)
    await an_officer(session)


@pytest.mark.parametrize(
    ("now", "first_day"),
    [
        ("2026-03-31T16:59:59Z", "2026-02-01"),
        ("2026-03-31T17:00:00Z", "2026-03-01"),
        ("2026-01-15T00:00Z", "2025-12-01"),
    ],
)
def test_a_month_ends_by_the_clock_of_the_capital(now: str, first_day: str) -> None:
    assert str(last_month(datetime.fromisoformat(now))[0]) == first_day


async def test_each_officer_of_an_instansi_gets_their_document_once_a_month(session: AsyncSession) -> None:
    await officers(session)
    box = Box()

    first, again = await mailed(session, box), await mailed(session, box)
    next_month = await mailed(session, box, now=datetime(2026, 5, 1, 3, tzinfo=UTC))

    assert (first, again, next_month) == ({"single": 2}, {}, {"single": 2})
    assert [(mail["To"].addresses[0].username, mail["Subject"]) for mail in box.mails[:2]] == [
        ("coordinator", "[LAPOR!] Evaluasi pengelolaan pengaduan"),
        ("regional_head", "[LAPOR!] Laporan mendekati 60 hari tanpa tanggapan"),
    ]
    (attached,) = box.mails[0].iter_attachments()
    assert attached.get_filename() == "evaluasi-samarinda-2026-03-01-2026-03-31.pdf"
    assert attached.get_content().startswith(b"%PDF-")


async def test_a_mail_names_no_secret_report(session: AsyncSession) -> None:
    await a_registry(session)
    officer = await an_officer(session, OfficerRole.REGIONAL_HEAD, "SAMARINDA")
    for secret in (False, True):
        held = {"holder_agency_code": PU, "agency_code": PU, "secret": secret}
        await counted(session, given_to(PU, "2026-02-05 10:00"), **HELD | held)
    first_day, as_of = last_month(NOW)
    due = await next_mail(session, first_day, [("regional_head", "near_60_days")])
    assert due is not None

    made = await document_for(session, CATALOGUE, due, first_day, as_of, now=NOW)

    assert (due.id, len(made.rows), made.notes) == (officer, 1, ["1 laporan lain tidak boleh Anda lihat."])


async def test_a_mail_that_is_refused_is_told_of_and_holds_up_nobody(session: AsyncSession) -> None:
    await officers(session)

    outcome = await mailed(session, Box(Refused("recipient", 550, for_good=True)))

    assert outcome == {"parked": 2}
    assert {row.error for row in await rows(session, "SELECT error FROM document_mails")} == {"recipient: 550"}


async def test_a_document_that_cannot_be_made_is_told_of_and_holds_up_nobody(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await officers(session)
    right = writing.as_file

    def broken_once(document: Document, wanted: ExportFormat) -> bytes:
        if document.name.startswith("evaluasi"):
            raise Unprintable
        return right(document, wanted)

    monkeypatch.setattr(writing, "as_file", broken_once)

    assert await mailed(session, Box()) == {"parked": 1, "single": 1}
    assert {row.error for row in await rows(session, "SELECT error FROM document_mails")} == {"unprintable", None}


async def test_without_a_server_nothing_is_settled(session: AsyncSession) -> None:
    await officers(session)

    with pytest.raises(Absent):
        await mailed(session, Box(Absent()))

    assert await rows(session, "SELECT * FROM document_mails") == []
