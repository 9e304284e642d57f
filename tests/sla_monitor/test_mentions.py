"""A colleague whom a note mentions hears of it as of all other news. NIGHT is past midnight in Samarinda."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.domain.officers import NewsChoice, OfficerRole
from shared.domain.wording import Language
from shared.schema import Officer, Report
from sla_monitor.notifications import mentions, service
from tests.factories import a_registry
from tests.mailbox import plain, serving
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.histories import History
from tests.sla_monitor.post import STARTED, an_officer, monitor
from tests.sla_monitor.stored import rows
from tests.sla_monitor.test_news import MANNER, NIGHT, OFFICE, assigned, stored

R = OfficerRole


def noted(history: History, *officers: UUID) -> History:
    said = {"message": str(uuid4()), "message_kind": "note", "message_agency": "SAMARINDA-PU", "digest": ""}
    return history.fact("report.noted", STARTED, **said, mentions=[str(one) for one in officers])


async def told(session: AsyncSession, event_id: UUID) -> list[str]:
    await mentions.tell_mentioned(session, [event_id], MANNER, now=NIGHT)
    found = await rows(session, "SELECT email FROM notifications n JOIN officers o ON o.id = officer_id ORDER BY 1")
    return [row.email for row in found]


async def test_whom_a_note_mentions_is_told_once_and_nobody_else(session: AsyncSession) -> None:
    await a_registry(session)
    head = await an_officer(session, R.AGENCY_HEAD, email="head@pu")
    coordinator = await an_officer(session, R.COORDINATOR, "SAMARINDA", email="coordinator@samarinda")
    left = await an_officer(session, email="left@pu", active=False)
    await an_officer(session, email="liaison@pu")
    event_id = await stored(session, noted(assigned(), head, coordinator, left))

    assert await told(session, event_id) == ["coordinator@samarinda", "head@pu"]
    assert await told(session, event_id) == ["coordinator@samarinda", "head@pu"]


async def test_a_note_that_mentions_nobody_and_an_imported_one_are_no_news(session: AsyncSession) -> None:
    await a_registry(session)
    officer = await an_officer(session)
    silent = await stored(session, noted(assigned()))
    imported = await stored(session, noted(assigned(), officer), tracking_number="2" * 10, imported=True)

    assert await told(session, silent) + await told(session, imported) == []


async def test_who_mentions_themselves_is_not_told(session: AsyncSession) -> None:
    await a_registry(session)
    officer = await an_officer(session)
    event_id = await stored(session, noted(assigned(), officer))
    await session.execute(update(Officer).values(subject="sari"))
    await session.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
    await session.execute(text("UPDATE events SET actor = 'liaison_officer:sari' WHERE id = :id"), {"id": event_id})

    assert await told(session, event_id) == []


async def test_a_mention_follows_working_hours_and_the_choice_of_a_digest(session: AsyncSession) -> None:
    await a_registry(session)
    at_once = await an_officer(session, email="a@pu")
    digest = await an_officer(session, R.AGENCY_HEAD, email="b@pu")
    await session.execute(update(Officer).where(Officer.id == digest).values(news=NewsChoice.DIGEST))
    event_id = await stored(session, noted(assigned(), at_once, digest))

    await mentions.tell_mentioned(session, [event_id], OFFICE, now=NIGHT)

    found = await rows(session, "SELECT digest, next_attempt_at FROM notifications ORDER BY digest")
    assert [(row.digest, row.next_attempt_at.isoformat()) for row in found] == [
        (False, "2026-03-09T00:00:00+00:00"),  # a Monday, eight o'clock in Samarinda
        (True, "2026-03-08T23:00:00+00:00"),
    ]


async def mailed(sessions: Sessions, history: History, officer: dict[str, Any], **columns: Any) -> list[Any]:
    with serving() as mailbox:
        settings = monitor(mailbox.url)
        async with sessions.begin() as session:
            await a_registry(session)
            officer_id = await an_officer(session, **{"email": "sari@pu.example"} | officer)
            event_id = await stored(session, noted(history, officer_id), tracking_number="1" * 10, title="Pak Joko")
            await session.execute(update(Report).values(**columns) if columns else text("SELECT 1"))
        await service.tell_news(sessions, settings, [event_id], now=NIGHT)
        await service.send(sessions, SeededReferences(), settings, now=NIGHT)
        return list(mailbox.mails)


async def test_the_mail_says_that_a_colleague_mentioned_them_also_once_the_report_is_closed(
    sessions: Sessions,
) -> None:
    (mail,) = await mailed(sessions, assigned().answered(STARTED), {"language": Language.EN}, status=Status.CLOSED)

    assert mail["Subject"].strip() == "[LAPOR!] Report 1111111111: a colleague mentions you in a note"
    assert "Read the note on the report." in plain(mail)
    assert "Stage" not in plain(mail)
    assert "Joko" not in plain(mail)


async def test_who_may_read_the_report_no_longer_gets_no_mail(sessions: Sessions) -> None:
    assert await mailed(sessions, assigned(), {}, holder_agency_code="SAMARINDA-DINKES") == []


async def test_of_a_secret_report_the_mail_says_the_number_alone(sessions: Sessions) -> None:
    (mail,) = await mailed(sessions, assigned(), {}, secret=True)

    assert mail["Subject"].strip() == "[LAPOR!] Laporan 1111111111"
    assert "menyebut" not in plain(mail)
