"""Mails to reporters, through a real SMTP server: what they say, and what becomes of those that are not taken."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from intake_api.notifications import service
from services.ports import free_port
from shared.database import Sessions
from shared.domain.lifecycle import Status
from shared.log.events import EventType
from tests.factories import NOON, a_registry
from tests.intake_api.helpers import Submitted, moved
from tests.intake_api.newsroom import ANI, SENDER, SOON, do, log_is_quiet, post, reported, rows, told
from tests.mailbox import Mailbox, html, plain, serving
from tests.waiting import PATIENCE_SECONDS

E, S = EventType, Status
MINUTE = timedelta(minutes=1)
#: Nine in the evening in Samarinda, and six in the morning.
NIGHT, MORNING = NOON + timedelta(hours=9), NOON + timedelta(hours=18)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving() as mailbox:
        yield mailbox


@pytest.fixture
async def registry(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        await a_registry(session)
    return sessions


async def answered(sessions: Sessions, report: Submitted, **changes: Any) -> None:
    await moved(sessions, report, E.REPORT_ANSWERED, S.ANSWERED, said="Sudah ditambal, Ibu Ani Lestari.", **changes)


async def states(sessions: Sessions) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in await rows(sessions)]


async def test_a_mail_says_what_happened_and_never_who_reported_or_anybodys_words(
    registry: Sessions, mailbox: Mailbox
) -> None:
    report = await reported(registry, title="Pak Joko merusak jalan")

    assert await told(registry, mailbox.url) == {"told": 1}

    (mail,) = mailbox.mails
    (sent,) = await rows(registry)
    assert mail["To"] == ANI
    assert mail["From"] == f"LAPOR! <{SENDER}>"
    assert mail["Subject"].strip() == f"[LAPOR!] Laporan {report.number} diterima"
    assert mail["Message-ID"] == f"<{sent.message_id}@pusat.example>"
    for body in (plain(mail), html(mail)):
        assert "sudah kami terima pada 2 Maret 2026 12.00 WITA" in " ".join(body.split())
        assert f"https://lapor.example/intake/r/{report.number}" in body
        for words in ("Ani", "Lestari", "Joko", report.code, "Lubang"):
            assert words not in body
    assert (sent.state, sent.channel, sent.template, sent.attempts) == ("told", "email", "received/id/0.1", 1)
    assert await told(registry, mailbox.url) == {}


async def test_it_can_be_ended_with_one_click(registry: Sessions, mailbox: Mailbox) -> None:
    report = await reported(registry)

    await told(registry, mailbox.url)

    (mail,) = mailbox.mails
    (given,) = [line for line in plain(mail).split() if "/unsubscribe/" in line]
    assert mail["List-Unsubscribe"] == f"<{given}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == f"<{report.number}.pusat.example>"
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_of_a_secret_report_nothing_is_said_but_that_there_is_news(registry: Sessions, mailbox: Mailbox) -> None:
    report = await reported(registry, secret=True)
    await answered(registry, report)

    assert await told(registry, mailbox.url) == {"told": 1}

    (mail,) = mailbox.mails
    assert mail["Subject"].strip() == f"[LAPOR!] Ada kabar tentang laporan {report.number}"
    for words in ("jawaban", "Samarinda", "Maret", "diterima"):
        assert words not in plain(mail).replace("kode akses", "")


async def test_what_happens_within_minutes_comes_as_one_mail_in_order(registry: Sessions, mailbox: Mailbox) -> None:
    report = await reported(registry)
    await moved(registry, report, E.REPORT_VERIFIED, S.VERIFIED, at=NOON + MINUTE)
    await moved(registry, report, E.REPORT_ASSIGNED, S.ASSIGNED, at=NOON + MINUTE)

    assert await told(registry, mailbox.url, now=NOON) == {}
    assert await told(registry, mailbox.url) == {"told": 1}

    (mail,) = mailbox.mails
    assert mail["Subject"].strip() == f"[LAPOR!] Kabar tentang laporan {report.number}"
    text = plain(mail)
    assert (
        text.index("kami terima")
        < text.index("sudah diperiksa")
        < text.index("diteruskan pada 2 Maret 2026 12.01 WITA")
    )
    assert "ke Samarinda-Pu" in text
    assert len({row.message_id for row in await rows(registry)}) == 1


async def test_two_reports_of_one_person_are_two_mails(registry: Sessions, mailbox: Mailbox) -> None:
    await reported(registry)
    await reported(registry)

    assert await told(registry, mailbox.url) == {"told": 2}


async def test_who_reads_english_gets_english_and_who_reads_what_we_do_not_speak_indonesian(
    registry: Sessions, mailbox: Mailbox
) -> None:
    for language in ("en", "jv"):
        report = await reported(registry, f"{language}@warga.example")
        await do(registry, "INSERT INTO news_choices (report_id, language, changed_at) VALUES (:id, :language, now())",
                 id=report.id, language=language)  # fmt: skip

    await told(registry, mailbox.url)

    assert "2 March 2026 12:00 WITA" in plain(*mailbox.to("en"))
    assert mailbox.to("en")[0]["Content-Language"] == "en"
    assert "2 Maret 2026 12.00 WITA" in plain(*mailbox.to("jv"))


async def test_nobody_is_written_to_at_night_and_in_the_morning_only_of_what_still_holds(
    registry: Sessions, mailbox: Mailbox
) -> None:
    asked, answered_already = await reported(registry), await reported(registry)
    for report in (asked, answered_already):
        await moved(registry, report, E.REPORT_HELD, S.AWAITING_REPORTER, said="Di mana?", at=NOON)
    assert await told(registry, mailbox.url, now=NIGHT) == {}
    await do(registry, "UPDATE reports SET status = 'received' WHERE id = :id", id=answered_already.id)

    assert await told(registry, mailbox.url, now=MORNING - MINUTE) == {}
    assert await told(registry, mailbox.url, now=MORNING) == {"told": 2}

    mails = {mail["List-Id"][1:11]: plain(mail) for mail in mailbox.mails}
    assert "mengajukan pertanyaan" in mails[asked.number]
    assert "mengajukan pertanyaan" not in mails[answered_already.number]
    assert ("not_told", "overtaken") in await states(registry)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("INSERT INTO news_choices (report_id, channel, changed_at) SELECT id, 'none', now() FROM reports", "declined"),
        ("UPDATE reports SET anonymous = true", "anonymous"),
        ("UPDATE reports SET status = 'withdrawn'", "overtaken"),
        ("INSERT INTO mail_stops SELECT email_index, 'bounced', '5.1.1', now() FROM reporters", "stopped"),
        ("UPDATE reporter_notifications SET created_at = created_at - interval '4 days'", "too_late"),
    ],
)
async def test_what_changed_since_it_happened_counts(
    registry: Sessions, mailbox: Mailbox, change: str, reason: str
) -> None:
    await reported(registry)
    await log_is_quiet(registry)
    await service.gather_news(registry, post(mailbox.url), now=NOON)
    await do(registry, change)

    assert await told(registry, mailbox.url) == {}

    assert await states(registry) == [("not_told", reason)]
    assert mailbox.mails == []


async def test_while_the_server_is_away_no_attempt_is_counted(registry: Sessions, mailbox: Mailbox) -> None:
    await reported(registry)

    assert await told(registry, f"smtp://127.0.0.1:{free_port()}") == {"absent": 1}
    (waiting,) = await rows(registry)
    assert (waiting.state, waiting.attempts, waiting.message_id) == ("pending", 0, None)

    assert await told(registry, mailbox.url) == {"told": 1}


@pytest.mark.parametrize("reply", ["451 later", "552 too much"])
async def test_a_mail_that_is_not_taken_is_tried_again_as_the_same_and_given_up_in_the_end(
    registry: Sessions, mailbox: Mailbox, reply: str
) -> None:
    report = await reported(registry)
    mailbox.to_data = reply

    assert await told(registry, mailbox.url) == {"postponed": 1}
    (first,) = await rows(registry)
    assert (first.state, first.attempts, first.last_error) == ("pending", 1, f"SMTPDataError: {reply[:3]}")
    await answered(registry, report)  # waits for the one before
    assert await told(registry, mailbox.url, now=first.next_attempt_at - timedelta(microseconds=1)) == {}

    await do(registry, "UPDATE reporter_notifications SET attempts = 11 WHERE id = :id", id=first.id)
    assert await told(registry, mailbox.url, now=SOON + MINUTE) == {"refused": 1}
    mailbox.to_data = "250 OK"
    assert await told(registry, mailbox.url, now=SOON + 20 * MINUTE) == {"told": 1}

    assert await states(registry) == [("not_told", "refused"), ("told", None)]
    assert (await rows(registry))[0].message_id == first.message_id
    assert "jawaban akhir" in plain(mailbox.mails[0])


@pytest.mark.parametrize(("reply", "outcome", "stops"), [("550 nobody", "refused", 1), ("450 busy", "postponed", 0)])
async def test_an_address_that_nobody_has_gets_no_second_mail_and_holds_up_nobody_else(
    registry: Sessions, mailbox: Mailbox, reply: str, outcome: str, stops: int
) -> None:
    for address in (ANI, "budi@warga.example"):
        await reported(registry, address)
    mailbox.to_recipient[ANI] = reply

    assert await told(registry, mailbox.url) == {outcome: 1, "told": 1}

    assert [mail["To"] for mail in mailbox.mails] == ["budi@warga.example"]
    assert len(await rows(registry, "SELECT * FROM mail_stops")) == stops
    refused = next(row for row in await rows(registry) if row.last_error)
    assert refused.last_error == f"recipient: {reply[:3]}"  # and nobody's address
    await reported(registry, ANI.upper())
    assert await told(registry, mailbox.url, now=SOON) == ({} if stops else {"told": 1})


async def test_a_server_that_never_answers_gets_a_mail_twelve_times_at_most(
    registry: Sessions, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken it each time."""
    monkeypatch.setattr(service, "ANSWER_SECONDS", 1.0)  # for each step of it, and only the last one takes longer
    await reported(registry)
    mailbox.pause = PATIENCE_SECONDS

    assert await told(registry, mailbox.url) == {"absent": 1}
    (tried,) = await rows(registry)
    assert (tried.state, tried.attempts, tried.last_error) == ("pending", 1, "no answer: 0")
    await do(registry, "UPDATE reporter_notifications SET attempts = 11")
    assert await told(registry, mailbox.url, now=SOON + MINUTE) == {"absent": 1}

    assert await states(registry) == [("not_told", "refused")]


async def test_an_address_that_cannot_be_written_is_its_reporters_trouble_alone(
    registry: Sessions, mailbox: Mailbox
) -> None:
    await reported(registry, 'x"\r\nBcc: all@warga.example')
    await reported(registry)

    assert await told(registry, mailbox.url) == {"refused": 1, "told": 1}

    assert [mail["To"] for mail in mailbox.mails] == [ANI]


async def test_copies_that_send_at_once_send_each_message_once(registry: Sessions, mailbox: Mailbox) -> None:
    for number in range(6):
        report = await reported(registry, f"nr{number}@warga.example")
        await answered(registry, report)
    await log_is_quiet(registry)
    await service.gather_news(registry, post(mailbox.url), now=NOON)

    outcomes = await asyncio.gather(*(told(registry, mailbox.url) for _ in range(3)))

    assert sum(outcome.get("told", 0) for outcome in outcomes) == 6
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 6


@pytest.mark.slow
async def test_killed_while_it_sends_the_same_message_goes_out_again(
    registry: Sessions, own_database_url: str, mailbox: Mailbox
) -> None:
    report = await reported(registry)
    await log_is_quiet(registry)
    await service.gather_news(registry, post(mailbox.url), now=NOON)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.intake_api.news_process", own_database_url, mailbox.url,
        env={**os.environ, "PYTHONPATH": ".", "LAPOR_TEST_KEYS": post().settings.keys.get_secret_value()},
    )  # fmt: skip
    mailbox.kill = process.pid
    await process.wait()
    assert process.returncode == -signal.SIGKILL
    assert await states(registry) == [("pending", None)]

    mailbox.kill = None
    await answered(registry, report)  # what happens meanwhile is told after it, and by another message
    assert await told(registry, mailbox.url, now=SOON + MINUTE) == {}
    assert await told(registry, mailbox.url, now=SOON + 20 * MINUTE) == {"told": 1}
    assert await told(registry, mailbox.url, now=SOON + 20 * MINUTE) == {"told": 1}

    first, again, other = mailbox.mails
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert plain(first) == plain(again)
    assert await states(registry) == [("told", None), ("told", None)]
