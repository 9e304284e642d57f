"""Whoever gets a report hears of it when it happens. NIGHT is past midnight in Samarinda, on a Saturday."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Sessions
from shared.domain.lifecycle import Level, Status
from shared.domain.officers import NewsChoice, OfficerRole
from shared.schema import Officer, Report
from sla_monitor.notifications import letters, news, service
from sla_monitor.notifications.addressing import Gap, Manner
from tests.factories import a_registry
from tests.mailbox import Mailbox, plain, serving
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.histories import NATIONAL, History
from tests.sla_monitor.post import STARTED, an_officer, monitor
from tests.sla_monitor.stored import a_report, computed, rows

R = OfficerRole
#: At any hour, three mails a day at most.
MANNER = Manner(3, 7)
#: From eight to four.
OFFICE = Manner(3, 7, 480, 960)
NIGHT = datetime.fromisoformat("2026-03-07T01:30:00+08:00")
SAMARINDA = {"level": "coordinator", "agency": "SAMARINDA"}


def begun() -> History:
    return History().received(STARTED).verified(STARTED)


def forwarded() -> History:
    history = begun()
    history.holder = SAMARINDA
    return history._moved("report.forwarded", STARTED, "verified")


def assigned() -> History:
    return forwarded().assigned(STARTED, "SAMARINDA-PU")


def entrusted() -> History:
    history = History().received(STARTED)
    history.holder = SAMARINDA
    return history._moved("report.entrusted", STARTED, "received")


async def stored(session: AsyncSession, history: History, **columns: Any) -> UUID:
    """The report as its history leaves it; the id of its last event."""
    holder, status = history.holder, Status(history.status)
    held = {"holder_level": Level(holder["level"]), "holder_agency_code": holder["agency"], "status": status}
    report_id = await a_report(session, history, **held | columns)
    await computed(session, report_id, now=NIGHT)
    (event,) = await rows(
        session, "SELECT id FROM events WHERE report_id = :id ORDER BY seq DESC LIMIT 1", id=report_id
    )
    return UUID(str(event.id))


async def told(session: AsyncSession, *event_ids: UUID) -> list[str]:
    await news.tell(session, event_ids, MANNER, now=NIGHT)
    found = await rows(
        session,
        "SELECT o.email FROM notifications n JOIN officers o ON o.id = n.officer_id"
        " WHERE n.event_id IS NOT NULL ORDER BY o.email",
    )
    return [row.email for row in found]


@pytest.fixture
async def officers(session: AsyncSession) -> None:
    await a_registry(session)
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-PU", email="liaison@pu")
    await an_officer(session, R.AGENCY_HEAD, "SAMARINDA-PU", email="head@pu")
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-DINKES", email="liaison@dinkes")
    await an_officer(session, R.COORDINATOR, "SAMARINDA", email="coordinator@samarinda")
    await an_officer(session, R.NATIONAL_ADMIN, None, email="admin@pusat")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (forwarded(), ["coordinator@samarinda"]),
        (entrusted(), ["coordinator@samarinda"]),
        (assigned(), ["liaison@pu"]),
        (assigned().redirected(STARTED, "SAMARINDA-DINKES"), ["liaison@dinkes"]),
        (assigned().returned(STARTED, to=SAMARINDA), ["coordinator@samarinda"]),
        (forwarded().returned(STARTED, to=NATIONAL), ["admin@pusat"]),
        (assigned().answered(STARTED).reopened(STARTED, "reply"), ["liaison@pu"]),
        (assigned().answered(STARTED).reopened(STARTED, "rating"), ["liaison@pu"]),
        (begun().answered(STARTED).reopened(STARTED, "reply"), ["admin@pusat"]),
        (assigned().held(STARTED).resumed(STARTED), ["liaison@pu"]),
    ],
)
@pytest.mark.usefixtures("officers")
async def test_who_gets_a_report_hears_of_it_at_once_and_once(
    session: AsyncSession, history: History, expected: list[str]
) -> None:
    event_id = await stored(session, history)
    assert history.events[-1].type in news.TYPES

    assert await told(session, event_id) == expected
    assert await told(session, event_id, event_id) == expected

    (waiting,) = await rows(session, "SELECT next_attempt_at FROM notifications")
    assert waiting.next_attempt_at == NIGHT


@pytest.mark.parametrize(
    ("now", "told_at"),
    [
        ("2026-03-06T08:00:00+08:00", "2026-03-06T08:00:00+08:00"),
        ("2026-03-06T15:59:59+08:00", "2026-03-06T15:59:59+08:00"),
        ("2026-03-06T07:59:59+08:00", "2026-03-06T08:00:00+08:00"),
        ("2026-03-06T16:00:00+08:00", "2026-03-09T08:00:00+08:00"),  # a Friday's evening
        ("2026-03-07T10:00:00+08:00", "2026-03-09T08:00:00+08:00"),
        ("2026-03-06T15:30:00+07:00", "2026-03-09T08:00:00+08:00"),  # half past four, where they are
    ],
)
@pytest.mark.usefixtures("officers")
async def test_news_comes_within_the_working_hours_of_where_the_officer_is(
    session: AsyncSession, now: str, told_at: str
) -> None:
    event_id = await stored(session, assigned())

    await news.tell(session, [event_id], OFFICE, now=datetime.fromisoformat(now))

    (waiting,) = await rows(session, "SELECT next_attempt_at, digest FROM notifications")
    assert (waiting.next_attempt_at, waiting.digest) == (datetime.fromisoformat(told_at), False)


@pytest.mark.usefixtures("officers")
async def test_who_wants_one_mail_in_the_morning_gets_one(session: AsyncSession) -> None:
    await session.execute(update(Officer).where(Officer.email == "liaison@pu").values(news=NewsChoice.DIGEST))
    event_id = await stored(session, assigned())

    await news.tell(session, [event_id], OFFICE, now=datetime.fromisoformat("2026-03-06T09:00:00+08:00"))

    (waiting,) = await rows(session, "SELECT next_attempt_at, digest FROM notifications")
    assert (waiting.next_attempt_at, waiting.digest) == (datetime.fromisoformat("2026-03-09T07:00:00+08:00"), True)


@pytest.mark.usefixtures("officers")
async def test_a_reply_is_told_to_who_works_on_the_report_and_once_where_it_moves_the_report(
    session: AsyncSession,
) -> None:
    working = await stored(session, assigned().replied(STARTED))
    assert await told(session, working) == ["liaison@pu"]
    await session.execute(text("DELETE FROM notifications"))

    waiting = await stored(session, assigned().held(STARTED).replied(STARTED), tracking_number="2" * 10)
    moved = assigned().held(STARTED).replied(STARTED).resumed(STARTED)
    resumed = await stored(session, moved, tracking_number="3" * 10)
    (replied,) = await rows(
        session,
        "SELECT v.id FROM events v JOIN events m USING (report_id) WHERE m.id = :id AND v.type = 'reporter.replied'",
        id=resumed,
    )

    assert await told(session, waiting, UUID(str(replied.id)), resumed) == ["liaison@pu"]


@pytest.mark.usefixtures("officers")
async def test_an_import_and_what_was_passed_on_already_are_no_news(session: AsyncSession) -> None:
    imported = await stored(session, assigned(), imported=True)
    gone = await stored(session, assigned(), holder_agency_code="SAMARINDA-DINKES")

    assert await told(session, imported, gone) == []


@pytest.mark.usefixtures("officers")
async def test_whoever_did_it_themselves_is_not_told(session: AsyncSession) -> None:
    await session.execute(update(Officer).where(Officer.email == "liaison@pu").values(subject="sari"))
    await an_officer(session, R.LIAISON_OFFICER, "SAMARINDA-PU", email="other@pu")
    event_id = await stored(session, assigned())
    await session.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
    await session.execute(text("UPDATE events SET actor = 'liaison_officer:sari' WHERE id = :id"), {"id": event_id})

    assert await told(session, event_id) == ["other@pu"]


async def test_if_nobody_has_the_role_the_next_above_hears_of_it_and_the_gap_is_told(session: AsyncSession) -> None:
    await a_registry(session)
    await an_officer(session, R.COORDINATOR, "SAMARINDA", email="coordinator@samarinda")
    event_id = await stored(session, assigned())

    done = await news.tell(session, [event_id], MANNER, now=NIGHT)

    assert (done.made, done.gaps) == (1, (Gap("SAMARINDA", "liaison_officer", 1),))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as mailbox:
        yield mailbox


async def test_the_mail_says_what_to_do_until_when_and_of_what_is_done_already_nothing(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    settings = monitor(mailbox.url)
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session, email="sari@pu.example")
        events = [await stored(session, assigned(), tracking_number=f"{n}" * 10, title="Pak Joko") for n in (1, 2)]
        await session.execute(update(Report).where(Report.tracking_number == "2" * 10).values(status=Status.WITHDRAWN))
    await service.tell_news(sessions, settings, events, now=NIGHT)

    sent = await service.send(sessions, SeededReferences(), settings, now=NIGHT)

    assert sent == {"single": 1}
    (mail,) = mailbox.mails
    assert (
        mail["Subject"].strip() == "[LAPOR!] Laporan 1111111111: Tindak lanjut pertama, laporan ini kini ada pada Anda"
    )
    assert "9 Maret 2026" in plain(mail)
    assert "Berikan tindak lanjut pertama." in plain(mail)
    assert "Tanggapi eskalasi" not in plain(mail)
    assert "Joko" not in plain(mail)


async def test_whoever_only_sees_to_a_report_is_told_that_nobody_is_registered_there(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    settings = monitor(mailbox.url)
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session, R.COORDINATOR, "SAMARINDA", email="coordinator@samarinda.example")
        event_id = await stored(session, assigned())
    await service.tell_news(sessions, settings, [event_id], now=NIGHT)

    await service.send(sessions, SeededReferences(), settings, now=NIGHT)

    (mail,) = mailbox.mails
    assert mail["Subject"].strip().endswith("belum ada petugas terdaftar pada pemegang laporan ini")
    assert "Pastikan laporan ini ditindaklanjuti." in plain(mail)
    assert "Berikan tindak lanjut pertama." not in plain(mail)


@pytest.mark.parametrize(
    ("cause", "said"),
    [("reply", "pelapor menanggapi"), ("rating", "pelapor belum puas"), (None, "laporan ini kini ada pada Anda")],
)
def test_news_says_what_the_reporter_did(cause: str | None, said: str) -> None:
    assert letters.news_of(cause, holds=True)[0] == said


async def test_news_that_waits_for_who_has_left_goes_to_who_is_there(sessions: Sessions, mailbox: Mailbox) -> None:
    settings = monitor(mailbox.url)
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session, email="left@pu.example")
        event_id = await stored(session, assigned())
    await service.tell_news(sessions, settings, [event_id], now=NIGHT)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE officers SET active = false"))
        await an_officer(session, email="new@pu.example")

    await service.address(sessions, settings, now=NIGHT + timedelta(minutes=1))
    await service.send(sessions, SeededReferences(), settings, now=NIGHT + timedelta(minutes=1))

    assert [mail["To"].addresses[0].username for mail in mailbox.mails] == ["new"]
