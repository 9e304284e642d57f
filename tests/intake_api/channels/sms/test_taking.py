"""A text message becomes a report, once, and is answered."""

import asyncio
import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, text

from intake_api.channels.sms.joining import Joining, Part, Tell
from intake_api.channels.sms.parts import PartPlace
from intake_api.channels.sms.service import Messages
from intake_api.channels.sms.taking import Incoming
from intake_api.notifications.texting import length_of
from shared import ids
from shared.database import Sessions
from shared.domain.codes import Channel
from shared.errors import Unavailable
from shared.log.events import EventType
from shared.schema import EventRow, Report, Reporter, TextMessage, TextMessagePart
from tests.factories import NOON
from tests.intake_api.channels.sms.conftest import Texted
from tests.intake_api.helpers import IDENTITIES, Submitted, assigned

HOLE = "Lubang besar di depan Pasar Pagi Samarinda"
RECEIVED = re.compile(r"Laporan diterima\. Nomor (\d{10}), kode akses ([A-Z2-7]{32})\.")


async def numbers(committed: Sessions, phone: str) -> list[str]:
    """Of the reports of a phone."""
    async with committed() as session:
        found = select(Report.tracking_number).join(Reporter, Reporter.id == Report.reporter_id)
        indexes = IDENTITIES.phone_indexes(phone)
        return list((await session.scalars(found.where(Reporter.phone_index.in_(indexes)))).all())


async def taken(messages: Messages, message: Incoming) -> Submitted:
    """The report that a message became."""
    said = await messages.answer(message, now=NOON)
    assert said is not None
    found = RECEIVED.match(said)
    assert found is not None, said
    async with messages.sessions() as session:
        report_id = (await session.scalars(select(Report.id).where(Report.tracking_number == found[1]))).one()
    return Submitted(report_id, found[1], found[2])


async def test_a_message_is_a_report_of_its_phone_and_the_answer_has_number_and_code(
    messages: Messages, texted: Texted, committed: Sessions, phone: str
) -> None:
    said = await messages.answer(texted(f"lapr {HOLE}. Sudah seminggu!", "m-1" + phone), now=NOON)

    assert said is not None
    assert length_of(said).parts == 1
    found = RECEIVED.match(said)
    assert found is not None
    async with committed() as session:
        report = (await session.scalars(select(Report).where(Report.tracking_number == found[1]))).one()
        reporter = await session.get_one(Reporter, report.reporter_id)
    assert (report.channel, report.title, report.body) == (Channel.SMS, HOLE, f"{HOLE}. Sudah seminggu!")
    assert (report.client_id, report.external_reference) == ("lapor.sms", f"kannel:m-1{phone}")
    assert IDENTITIES.open(reporter).phone == phone
    assert reporter.phone is None


async def test_a_message_that_comes_again_gets_the_same_answer_and_adds_nothing(
    messages: Messages, texted: Texted, committed: Sessions, phone: str
) -> None:
    message = texted(HOLE)

    said = [await messages.answer(message, now=NOON + timedelta(minutes=one)) for one in range(3)]
    at_once = await asyncio.gather(*(messages.answer(message, now=NOON) for _ in range(4)), return_exceptions=True)

    assert len(set(said)) == 1
    assert {one for one in at_once if not isinstance(one, Unavailable)} <= set(said)
    assert len(await numbers(committed, phone)) == 1


async def test_the_same_words_a_moment_later_are_the_same_report_and_an_hour_later_another_one(
    messages: Messages, texted: Texted, committed: Sessions, phone: str
) -> None:
    said = await messages.answer(texted(HOLE), now=NOON)

    assert await messages.answer(texted(f" {HOLE.upper()} "), now=NOON + timedelta(minutes=10)) != said  # in capitals
    assert await messages.answer(texted(HOLE), now=NOON + timedelta(minutes=10)) == said
    assert await messages.answer(texted(HOLE), now=NOON + timedelta(minutes=10, seconds=1)) != said
    assert len(await numbers(committed, phone)) == 2


async def test_a_phone_sends_so_many_reports_a_day_and_is_told_so(
    messages: Messages, texted: Texted, committed: Sessions, phone: str
) -> None:
    most = messages.settings.sms_reports_a_day
    for number in range(most):
        await taken(messages, texted(f"{HOLE} nomor {number}"))

    late = texted(f"{HOLE} satu lagi")
    said = await messages.answer(late, now=NOON + timedelta(hours=23))

    assert said == f"Anda sudah mengirim {most} laporan dalam 24 jam. Kirim laporan ini lagi besok."
    assert await messages.answer(late, now=NOON + timedelta(hours=25)) == said  # decided once
    assert len(await numbers(committed, phone)) == most
    assert RECEIVED.match(await messages.answer(texted(f"{HOLE} besok"), now=NOON + timedelta(hours=24)) or "")


async def test_two_machines_that_answer_each_other_fall_silent(messages: Messages, texted: Texted) -> None:
    most = messages.settings.sms_answers_a_day

    said = [await messages.answer(texted("ok"), now=NOON) for _ in range(most + 1)]

    assert [one is None for one in said] == [False] * most + [True]


async def test_how_a_report_stands_is_told_to_everybody_alike(
    messages: Messages, texted: Texted, committed: Sessions
) -> None:
    report = await taken(messages, texted(HOLE))

    assert await messages.answer(texted(f"CEK {report.number}"), now=NOON) == f"Laporan {report.number}: Belum."
    await assigned(committed, report)
    said = await messages.answer(texted(f"CHECK {report.number}", sender="+6285200000001"), now=NOON)
    assert said is not None
    assert said.startswith(f"Report {report.number}: Not yet followed up")
    assert "Tidak ada laporan" in (await messages.answer(texted("CEK 1234567890"), now=NOON) or "")


async def test_a_report_is_withdrawn_by_its_code_once_and_by_no_other(
    messages: Messages, texted: Texted, committed: Sessions
) -> None:
    report = await taken(messages, texted(HOLE))
    wrong = await messages.answer(texted(f"BATAL {report.number} {'A' * 32}"), now=NOON)

    said = [await messages.answer(texted(f"BATAL {report.number} {report.code}"), now=NOON) for _ in range(2)]

    assert wrong == f"Nomor {report.number} dan kode akses itu tidak cocok. Salin keduanya dari SMS balasan kami."
    assert said == [f"Laporan {report.number} dicabut sesuai permintaan Anda."] * 2
    async with committed() as session:
        happened = select(EventRow.data).where(
            EventRow.report_id == report.id, EventRow.type == EventType.REPORTER_WITHDREW
        )
        (data,) = (await session.scalars(happened)).all()
    assert (data["by"], data["client"]) == ("code", "channel:lapor.sms")


async def test_wrong_codes_are_bounded(messages: Messages, texted: Texted, committed: Sessions) -> None:
    report = await taken(messages, texted(HOLE))
    others = [f"+62857{uuid4().int % 10**8:08}" for _ in range(2)]
    tries = [
        texted(f"BATAL {report.number} {'A' * 31}{one}", sender=others[0]) for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234"
    ]

    for one in tries:
        assert "tidak cocok" in (await messages.answer(one, now=NOON) or "")
    for _ in range(3):  # beyond what is answered in a day
        assert await messages.answer(texted(f"BATAL {report.number} {'B' * 32}", sender=others[0]), now=NOON) in (
            None, f"Nomor {report.number} dan kode akses itu tidak cocok. Salin keduanya dari SMS balasan kami.",
        )  # fmt: skip
    said = await messages.answer(texted(f"BATAL {report.number} {report.code}", sender=others[1]), now=NOON)
    assert said == f"Laporan {report.number} dicabut sesuai permintaan Anda."


async def test_neither_a_phone_nor_a_word_lies_in_the_tables_or_the_log(
    messages: Messages, joining: Joining, texted: Texted, committed: Sessions, phone: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    await messages.answer(texted("LAPOR rahasiaku ini", "sealed-1"), now=NOON)
    await joining.add(a_part(phone, "rahasiaku ", 1, 2), now=NOON)

    async with committed() as session:
        for table in ("text_messages", "text_message_parts"):
            rows = (await session.scalars(text(f"SELECT CAST(t AS text) FROM {table} t"))).all()
            assert rows
            assert not any(secret in row for row in rows for secret in (phone[1:], "rahasiaku", b"rahasiaku".hex()))
    assert phone not in caplog.text
    assert "rahasiaku" not in caplog.text


def a_part(phone: str, words: str, seq: int, total: int, *, number: int = 7, reference: str = "") -> Part:
    return Part("kannel", reference or uuid4().hex, phone, words, PartPlace(number, total, seq), NOON)


async def test_parts_are_joined_whatever_their_order_and_however_often_each_comes(
    messages: Messages, joining: Joining, committed: Sessions, phone: str
) -> None:
    one, two, three = (
        a_part(phone, words, seq, 3) for seq, words in enumerate(("Jalan rusak ", "di Jl. ", "Anggur"), 1)
    )
    again = a_part(phone, "Anggur", 3, 3)

    assert [await joining.add(part, now=NOON) for part in (three, one, three, again)] == [None] * 4
    message = await joining.add(two, now=NOON)

    assert message is not None
    assert message.words == "Jalan rusak di Jl. Anggur"
    first = await taken(messages, message)
    assert await joining.add(one, now=NOON) == message  # our answer was lost on its way
    await joining.settle(message, now=NOON)
    assert (await taken(messages, message)).number == first.number
    assert await numbers(committed, phone) == [first.number]


async def test_the_words_of_parts_go_when_their_message_was_taken(
    joining: Joining, committed: Sessions, phone: str
) -> None:
    parts = [a_part(phone, words, seq, 2) for seq, words in ((1, "Jalan rusak "), (2, "di Jl. Anggur"))]
    found = [await joining.add(part, now=NOON) for part in parts]
    assert found[1] is not None
    await joining.settle(found[1], now=NOON)

    await joining.forget(now=NOON + timedelta(minutes=16))

    assert await joining.add(parts[0], now=NOON + timedelta(minutes=17)) is None
    async with committed() as session:
        kept = select(TextMessagePart.sealed_words).where(TextMessagePart.message_id == UUID(found[1].reference))
        assert (await session.scalars(kept)).all() == [None, None]


async def test_a_message_whose_third_part_never_comes_is_what_there_is_of_it_and_says_so(
    messages: Messages, joining: Joining, committed: Sessions, phone: str
) -> None:
    told: list[str] = []

    async def tell(message: Incoming, said: str) -> None:
        if message.sender == phone:
            told.append(said)

    for seq, words in ((1, "Jalan rusak di "), (2, "Jl. Anggur sejak ")):
        await joining.add(a_part(phone, words, seq, 3), now=NOON)

    await settle_all(joining, tell, now=NOON + timedelta(minutes=15))
    assert told == []
    for second in (1, 2):
        await settle_all(joining, tell, now=NOON + timedelta(minutes=15, seconds=second))

    assert len(told) == 1
    assert "bagian 3/3 tidak sampai" in told[0]
    (number,) = await numbers(committed, phone)
    report = await stored_by_number(committed, number)
    assert report.body == "Jalan rusak di Jl. Anggur sejak [...]"


async def settle_all(joining: Joining, tell: Tell, *, now: datetime) -> None:
    """By two copies at once."""
    waiting = await joining.waiting(now=now)
    await asyncio.gather(*(joining.take_incomplete(one, tell, now=now) for one in waiting for _ in range(2)))


async def stored_by_number(committed: Sessions, number: str) -> Report:
    async with committed() as session:
        return (await session.scalars(select(Report).where(Report.tracking_number == number))).one()


async def test_a_phone_that_counts_its_messages_anew_mixes_up_none(joining: Joining, phone: str) -> None:
    first = await joining.add(a_part(phone, "satu ", 1, 2), now=NOON)
    other = await joining.add(a_part(phone, "dua ", 1, 2), now=NOON)
    done = await joining.add(a_part(phone, "tamat", 2, 2), now=NOON)

    assert (first, other) == (None, None)
    assert done is not None
    assert done.words == "dua tamat"


async def test_parts_without_an_end_are_let_go(joining: Joining, committed: Sessions, phone: str) -> None:
    indexes = joining.messages.indexes.of_sender(phone)
    async with committed.begin() as session:
        many = [
            {
                "id": ids.new_id(), "message_id": ids.new_id(), "gateway": "kannel", "reference": uuid4().hex,
                "sender_index": indexes[0], "number": 1, "total": 20, "seq": 1, "received_at": NOON, "taken_at": NOON,
                "settled_at": NOON,
            }
            for _ in range(199)
        ]  # fmt: skip
        await session.execute(insert(TextMessagePart), many)

    for number in range(3):
        await joining.add(a_part(phone, "x", 1, 20, number=number), now=NOON)

    async with committed() as session:
        kept = select(TextMessagePart.id).where(TextMessagePart.sender_index.in_(indexes))
        assert len((await session.scalars(kept)).all()) == 200


async def test_nothing_is_answered_while_the_database_is_away(
    app: FastAPI, messages: Messages, texted: Texted, committed: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = texted(HOLE)

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("The database cannot be reached just now.", code="database_unavailable")

    with monkeypatch.context() as broken:
        broken.setattr(type(messages.submissions), "_insert", away)
        with pytest.raises(Unavailable):
            await messages.answer(message, now=NOON)

    assert await taken(messages, message)
    async with committed() as session:
        kept = select(TextMessage).where(TextMessage.reference == message.reference)
        assert len((await session.scalars(kept)).all()) == 1
