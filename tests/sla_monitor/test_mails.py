"""Mails to officers, through a real SMTP server. `DUE` is the midnight that ends 9 March 2026 in Samarinda."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text, update

from services.ports import free_port
from shared.database import Sessions
from shared.domain.officers import OfficerRole
from shared.domain.wording import Language
from shared.schema import Officer
from sla_monitor.jobs import Jobs
from sla_monitor.metrics import MonitorMetrics
from sla_monitor.notifications import service
from tests.factories import a_registry
from tests.mailbox import Mailbox, html, plain, serving
from tests.sla_monitor.conftest import SeededReferences
from tests.sla_monitor.post import DUE, an_officer, monitor, overdue
from tests.sla_monitor.stored import rows
from tests.waiting import PATIENCE_SECONDS, eventually

MORNING = DUE + timedelta(hours=7)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as mailbox:
        yield mailbox


async def send(sessions: Sessions, url: str, now: datetime = MORNING) -> dict[str, int]:
    """What falls due at night is told in the morning."""
    settings = monitor(url, http_timeout_seconds=PATIENCE_SECONDS)
    await service.address(sessions, settings, now=DUE)
    return dict(await service.send(sessions, SeededReferences(), settings, now=now))


async def an_escalation(sessions: Sessions, count: int = 1, **columns: Any) -> list[str]:
    """Of an officer who is there already, or who is registered now."""
    async with sessions.begin() as session:
        if not await rows(session, "SELECT 1 FROM officers"):
            await a_registry(session)
            await an_officer(session, email="sari@pu.example")
        return await overdue(session, count, **columns)


async def stored(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(await rows(session, "SELECT * FROM notifications ORDER BY id"))


async def test_a_mail_says_which_report_what_stage_when_why_and_what_to_do(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    (number,) = await an_escalation(sessions, title="Pak Joko merusak jalan", body="Saya, Ibu Tuti, melapor.")

    assert await send(sessions, mailbox.url) == {"single": 1}

    (mail,) = mailbox.mails
    (sent,) = await stored(sessions)
    assert mail["To"] == "Sari Wulandari <sari@pu.example>"
    assert mail["Subject"].strip() == f"[LAPOR!] Laporan {number}: Tindak lanjut pertama, tenggat terlampaui"
    assert mail["Message-ID"] == f"<{sent.id}@pusat.example>"
    for body in (plain(mail), html(mail)):
        for words in (
            number, "Tindak lanjut pertama", "akhir hari", "9 Maret 2026", "5 hari kerja sejak 2 Maret 2026",
            "PermenPANRB 62/2018", "akhir pekan 2", "Berikan tindak lanjut pertama", "Tanggapi eskalasi",
        ):  # fmt: skip
            assert words in body
        for words in ("Joko", "Tuti", "merusak"):
            assert words not in body
    assert (sent.state, sent.settled_at, sent.attempts) == ("sent", MORNING, 1)
    assert await send(sessions, mailbox.url) == {}


async def test_who_reads_english_gets_english(sessions: Sessions, mailbox: Mailbox) -> None:
    async with sessions.begin() as session:
        await a_registry(session)
        await an_officer(session, language=Language.EN)
        await overdue(session)

    await send(sessions, mailbox.url)

    (mail,) = mailbox.mails
    assert "First response, the deadline has passed" in mail["Subject"]
    for words in ("the end of 9 March 2026", "5 working days", "weekends 2", "Give the first response"):
        assert words in plain(mail).replace("<strong>", "")
    assert 'lang="en"' in html(mail)


async def test_of_a_secret_report_nothing_is_said_but_its_number(sessions: Sessions, mailbox: Mailbox) -> None:
    (number,) = await an_escalation(sessions, secret=True)

    await send(sessions, mailbox.url)

    (mail,) = mailbox.mails
    assert mail["Subject"].strip() == f"[LAPOR!] Laporan {number}"
    for body in (plain(mail), html(mail)):
        assert number in body
        for words in ("Tindak lanjut", "tenggat", "Maret", "hari kerja", "Samarinda"):
            assert words not in body


async def test_names_cannot_break_out_of_the_html(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)
    async with sessions.begin() as session:
        await session.execute(update(Officer).values(name='<script src="x"> "é", Drs.'))

    await send(sessions, mailbox.url)

    assert "<script" not in html(mailbox.mails[0])
    assert mailbox.mails[0]["To"].addresses[0].display_name == '<script src="x"> "é", Drs.'


async def test_many_at_once_come_as_one_digest_in_the_morning(sessions: Sessions, mailbox: Mailbox) -> None:
    numbers = await an_escalation(sessions, 4)
    (secret,) = await an_escalation(sessions, secret=True)

    assert await send(sessions, mailbox.url, DUE) == {}
    assert await send(sessions, mailbox.url, MORNING - MINUTE) == {}
    assert await send(sessions, mailbox.url, MORNING) == {"digest": 1}

    (mail,) = mailbox.mails
    assert mail["Subject"].strip() == "[LAPOR!] 5 laporan memerlukan perhatian Anda"
    assert all(plain(mail).count(number) == 1 for number in [*numbers, secret])
    assert plain(mail).count("Tindak lanjut pertama (") == 4
    assert mail["Message-ID"].startswith("<digest.")
    assert {row.state for row in await stored(sessions)} == {"sent"}


async def test_what_piled_up_while_mail_was_off_comes_as_one_digest(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions, 2)
    await service.address(sessions, monitor(), now=DUE)
    await an_escalation(sessions, 2)
    assert [row.state for row in await stored(sessions)] == ["pending", "pending"]

    assert await send(sessions, mailbox.url, DUE + timedelta(days=1)) == {"digest": 1}

    assert len(mailbox.mails) == 1


async def test_a_password_never_goes_to_a_server_that_does_not_offer_starttls(
    sessions: Sessions, mailbox: Mailbox
) -> None:
    await an_escalation(sessions)
    where = mailbox.url.removeprefix("smtp://")

    assert await send(sessions, f"smtp://lapor:s3cret@{where}") == {"absent": 1}
    assert mailbox.mails == []

    assert await send(sessions, mailbox.url) == {"single": 1}


async def test_while_the_server_is_away_no_attempt_is_counted(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)

    assert await send(sessions, f"smtp://127.0.0.1:{free_port()}") == {"absent": 1}
    (waiting,) = await stored(sessions)
    assert (waiting.state, waiting.attempts, waiting.next_attempt_at) == ("pending", 0, MORNING)

    assert await send(sessions, mailbox.url) == {"single": 1}


async def test_a_server_that_wants_no_stranger_is_as_good_as_away(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)

    assert await send(sessions, mailbox.url.replace("//", "//who:wrong%40@")) == {"absent": 1}
    assert (await stored(sessions))[0].attempts == 0


@pytest.mark.parametrize("reply", ["451 later", "552 too much"])
async def test_a_mail_that_is_not_taken_is_tried_again_with_back_off_and_parked_in_the_end(
    sessions: Sessions, mailbox: Mailbox, reply: str
) -> None:
    await an_escalation(sessions)
    mailbox.to_data = reply

    assert await send(sessions, mailbox.url) == {"postponed": 1}
    (waiting,) = await stored(sessions)
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("pending", 1, f"SMTPDataError: {reply[:3]}")
    assert MORNING < waiting.next_attempt_at <= MORNING + timedelta(seconds=0.5)
    assert await send(sessions, mailbox.url) == {}

    async with sessions.begin() as session:
        await session.execute(text("UPDATE notifications SET attempts = 11"))
    assert await send(sessions, mailbox.url, MORNING + MINUTE) == {"parked": 1}
    assert await send(sessions, mailbox.url, DUE + timedelta(days=9)) == {}

    mailbox.to_data = "250 OK"
    async with sessions.begin() as session:
        assert await service.resend_parked(session) == 1
        await session.execute(text("UPDATE notifications SET next_attempt_at = :now"), {"now": DUE})
    assert await send(sessions, mailbox.url) == {"single": 1}


@pytest.mark.parametrize(("reply", "outcome"), [("550 nobody of that name", "parked"), ("450 busy", "postponed")])
async def test_an_unknown_recipient_is_parked_at_once_and_holds_up_nobody_else(
    sessions: Sessions, mailbox: Mailbox, reply: str, outcome: str
) -> None:
    await an_escalation(sessions)
    async with sessions.begin() as session:
        await an_officer(session, OfficerRole.AGENCY_HEAD, email="head@pu.example")
    mailbox.to_recipient["sari@pu.example"] = reply

    assert await send(sessions, mailbox.url) == {outcome: 1, "single": 1}

    assert [mail["To"].addresses[0].username for mail in mailbox.mails] == ["head"]
    refused = next(row for row in await stored(sessions) if row.last_error)
    assert refused.last_error == f"recipient: {reply[:3]}"  # and nobody's address


async def test_a_closing_server_is_away(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)
    mailbox.to_data = "421 going down"

    assert await send(sessions, mailbox.url) == {"absent": 1}
    assert (await stored(sessions))[0].attempts == 0


@pytest.mark.parametrize("change", ["UPDATE escalations SET revoked_at = now()", "UPDATE officers SET active = false"])
async def test_what_is_not_true_any_more_is_dropped(sessions: Sessions, mailbox: Mailbox, change: str) -> None:
    await an_escalation(sessions)
    await service.address(sessions, monitor(), now=DUE)
    async with sessions.begin() as session:
        await session.execute(text(change))

    assert await send(sessions, mailbox.url) == {}

    assert [row.state for row in await stored(sessions)] == ["dropped"]
    assert mailbox.mails == []


async def test_a_digest_asks_for_nothing_that_was_done_or_withdrawn_since(sessions: Sessions, mailbox: Mailbox) -> None:
    numbers = await an_escalation(sessions, 6)
    await service.address(sessions, monitor(), now=DUE)
    async with sessions.begin() as session:
        for number, state in zip(numbers, ("stopped", "cancelled"), strict=False):
            await session.execute(
                text("UPDATE clocks SET state = :state WHERE report_id = (SELECT id FROM reports"
                     " WHERE tracking_number = :number)"),
                {"state": state, "number": number},
            )  # fmt: skip

    assert await send(sessions, mailbox.url) == {"digest": 1}

    assert mailbox.mails[0]["Subject"].strip() == "[LAPOR!] 4 laporan memerlukan perhatian Anda"
    assert [plain(mailbox.mails[0]).count(number) for number in numbers] == [0, 0, 1, 1, 1, 1]
    assert sorted(row.state for row in await stored(sessions)) == ["dropped"] * 2 + ["sent"] * 4


async def test_what_another_agency_holds_by_now_is_asked_of_that_one(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)
    await service.address(sessions, monitor(), now=DUE)
    async with sessions.begin() as session:
        await an_officer(session, agency="SAMARINDA-DINKES", email="tuti@dinkes.example")
        await session.execute(text("UPDATE reports SET holder_agency_code = 'SAMARINDA-DINKES'"))

    assert await send(sessions, mailbox.url) == {}
    assert await send(sessions, mailbox.url) == {"single": 1}

    assert [mail["To"].addresses[0].username for mail in mailbox.mails] == ["tuti"]


async def test_monitors_at_once_send_each_mail_once(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions, 3)
    async with sessions.begin() as session:
        await an_officer(session, OfficerRole.AGENCY_HEAD, email="head@pu.example")

    outcomes = await asyncio.gather(*(send(sessions, mailbox.url) for _ in range(3)))
    outcomes.append(await send(sessions, mailbox.url))  # what was passed over, because another was at it

    assert sum(outcome.get("single", 0) for outcome in outcomes) == 6
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 6


async def test_a_letter_that_cannot_be_written_holds_up_nobody_else(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)
    async with sessions.begin() as session:
        await session.execute(update(Officer).values(name="Sari\r\nBcc: all@pusat.example"))  # past the API
        await an_officer(session, OfficerRole.AGENCY_HEAD, email="head@pu.example")

    assert await send(sessions, mailbox.url) == {"parked": 1, "single": 1}

    assert {row.last_error for row in await stored(sessions)} == {None, "letter, ValueError: 0"}


async def test_the_job_sends_and_counts_and_without_a_server_it_keeps(sessions: Sessions, mailbox: Mailbox) -> None:
    await an_escalation(sessions)
    async with sessions.begin() as session:
        await overdue(session, agency="BALIKPAPAN-PU")  # where nobody is registered

    async def told(url: str) -> dict[str, float | None]:
        metrics = MonitorMetrics(CollectorRegistry())
        await Jobs(sessions, SeededReferences(), metrics, monitor(url), wake=lambda: None).tell()
        await metrics.read(sessions)
        unreachable = metrics.unreachable.labels("BALIKPAPAN", "agency_head")
        sample = metrics.mails.labels("single"), unreachable, metrics.notifications.labels("pending")
        return dict(zip(("sent", "unreachable", "pending"), (one._value.get() for one in sample), strict=True))

    assert await told("") == {"sent": 0, "unreachable": 1, "pending": 1}
    assert await told(mailbox.url) == {"sent": 1, "unreachable": 0, "pending": 0}
    assert len(mailbox.mails) == 1


@pytest.mark.slow
async def test_killed_between_sending_and_commit_a_mail_goes_out_again_under_the_same_id(
    sessions: Sessions, own_database_url: str, mailbox: Mailbox
) -> None:
    await an_escalation(sessions)
    await service.address(sessions, monitor(), now=DUE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sla_monitor.sending_process", own_database_url, mailbox.url,
        env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    mailbox.kill = process.pid
    await process.wait()

    assert process.returncode == -signal.SIGKILL
    assert [row.state for row in await stored(sessions)] == ["pending"]

    mailbox.kill = None
    # Until the server has noticed that the connection is gone, the row stays locked.
    await eventually(lambda: send(sessions, mailbox.url), {"single": 1})

    first, again = mailbox.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert [row.state for row in await stored(sessions)] == ["sent"]
