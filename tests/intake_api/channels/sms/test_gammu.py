"""Gammu SMSD's tables, as its schema 17 documents them: what it received is taken, and what goes out it finds."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from intake_api.channels.sms.desk import TextDesk
from intake_api.channels.sms.gammu import GammuSender
from intake_api.channels.sms.jobs import poll_gammu
from intake_api.notifications.texting import length_of
from shared import ids
from shared.database import Sessions
from shared.errors import Unavailable
from shared.mail import Absent
from tests.conftest import administer, drop
from tests.factories import NOON
from tests.intake_api.channels.sms.test_taking import HOLE, RECEIVED, numbers

TABLES = """
    CREATE TABLE inbox (
        "ReceivingDateTime" timestamp(0) NOT NULL DEFAULT localtimestamp(0), "Text" text NOT NULL DEFAULT '',
        "SenderNumber" varchar(20) NOT NULL DEFAULT '', "Coding" varchar(255) NOT NULL DEFAULT 'Default_No_Compression',
        "UDH" text NOT NULL DEFAULT '', "TextDecoded" text NOT NULL DEFAULT '', "ID" serial PRIMARY KEY,
        "RecipientID" text NOT NULL DEFAULT '', "Processed" boolean NOT NULL DEFAULT 'false'
    );
    CREATE TABLE outbox (
        "Text" text, "DestinationNumber" varchar(20) NOT NULL DEFAULT '', "Coding" varchar(255) NOT NULL, "UDH" text,
        "Class" integer DEFAULT '-1', "TextDecoded" text NOT NULL DEFAULT '', "ID" serial PRIMARY KEY,
        "MultiPart" boolean NOT NULL DEFAULT 'false', "DeliveryReport" varchar(10) DEFAULT 'default',
        "CreatorID" text NOT NULL, CHECK ("DeliveryReport" IN ('default', 'yes', 'no')),
        CHECK ("Coding" IN ('Default_No_Compression', 'Unicode_No_Compression', '8bit'))
    );
    CREATE TABLE outbox_multipart (
        "Text" text, "Coding" varchar(255) NOT NULL, "UDH" text, "Class" integer DEFAULT '-1', "TextDecoded" text,
        "ID" serial, "SequencePosition" integer NOT NULL DEFAULT '1', PRIMARY KEY ("ID", "SequencePosition")
    );
    CREATE TABLE sentitems (
        "ID" serial, "SequencePosition" integer NOT NULL DEFAULT '1', "Status" varchar(255) NOT NULL,
        "CreatorID" text NOT NULL, PRIMARY KEY ("ID", "SequencePosition")
    );
"""


@pytest.fixture(scope="module")
async def gammu(server: URL) -> AsyncIterator[AsyncEngine]:
    url = server.set(database=f"gammu_{ids.new_id().hex}")
    await administer(server, f"CREATE DATABASE {url.database}")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in TABLES.split(";")[:-1]:
            await connection.execute(text(statement))
    yield engine
    await engine.dispose()
    await drop(server, url)


@pytest.fixture
def desk(app: FastAPI) -> TextDesk:
    found: TextDesk = app.state.text_desk
    return found


async def received(gammu: AsyncEngine, phone: str, words: str, header: str = "") -> None:
    async with gammu.begin() as connection:
        insert = 'INSERT INTO inbox ("SenderNumber", "TextDecoded", "UDH") VALUES (:phone, :words, :header)'
        await connection.execute(text(insert), {"phone": phone, "words": words, "header": header})


async def out(gammu: AsyncEngine, phone: str) -> list[str]:
    """What goes to a phone, joined."""
    statement = """
        SELECT o."TextDecoded" || coalesce(string_agg(m."TextDecoded", '' ORDER BY m."SequencePosition"), '')
        FROM outbox o LEFT JOIN outbox_multipart m USING ("ID") WHERE o."DestinationNumber" = :phone
        GROUP BY o."ID" ORDER BY o."ID"
    """
    async with gammu.connect() as connection:
        return list((await connection.scalars(text(statement), {"phone": phone})).all())


async def left(gammu: AsyncEngine, phone: str) -> int:
    async with gammu.connect() as connection:
        statement = 'SELECT count(*) FROM inbox WHERE NOT "Processed" AND "SenderNumber" = :phone'
        return int(await connection.scalar(text(statement), {"phone": phone}) or 0)


async def test_what_smsd_received_is_taken_once_and_answered_in_its_outbox(
    desk: TextDesk, gammu: AsyncEngine, committed: Sessions, phone: str
) -> None:
    await received(gammu, phone, f"LAPOR {HOLE}")
    await received(gammu, "TELKOMSEL", "Promo kuota murah hanya hari ini!")

    for _ in range(2):
        await poll_gammu(desk, "gammu", gammu, now=NOON)

    (said,) = await out(gammu, phone)
    assert RECEIVED.match(said)
    assert len(await numbers(committed, phone)) == 1
    assert (await left(gammu, phone), await left(gammu, "TELKOMSEL")) == (0, 0)
    assert await out(gammu, "TELKOMSEL") == []


async def test_a_message_whose_header_nobody_can_read_is_taken_as_it_is_and_holds_up_no_other(
    desk: TextDesk, gammu: AsyncEngine, committed: Sessions, phone: str
) -> None:
    await received(gammu, phone, f"LAPOR {HOLE}", header="05 00 0Z")
    await received(gammu, phone, "LAPOR Lampu jalan mati di depan SD 3 Mugirejo")

    await poll_gammu(desk, "gammu", gammu, now=NOON)

    assert await left(gammu, phone) == 0
    assert len(await numbers(committed, phone)) == 2


async def test_parts_of_smsd_are_joined_by_their_headers(
    desk: TextDesk, gammu: AsyncEngine, committed: Sessions, phone: str
) -> None:
    await received(gammu, phone, "di Jl. Anggur", "050003D50202")
    await received(gammu, phone, "Jalan rusak ", "050003D50201")

    await poll_gammu(desk, "gammu", gammu, now=NOON)

    assert len(await out(gammu, phone)) == 1
    assert len(await numbers(committed, phone)) == 1


@pytest.mark.parametrize(
    "trouble",
    [Unavailable("The database cannot be reached just now.", code="database_unavailable"), ValueError("of one alone")],
)
async def test_what_cannot_be_stored_now_stays_in_the_inbox_and_holds_up_nobody(
    desk: TextDesk, gammu: AsyncEngine, phone: str, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    other = phone[:-1] + ("1" if phone[-1] != "1" else "2")
    await received(gammu, phone, f"{HOLE} nanti")
    await received(gammu, other, "CEK")
    submit = type(desk.messages.submissions).submit

    async def away(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(type(desk.messages.submissions), "submit", away)
    await poll_gammu(desk, "gammu", gammu, now=NOON)
    assert (await left(gammu, phone), await left(gammu, other)) == (1, 0)
    monkeypatch.setattr(type(desk.messages.submissions), "submit", submit)
    await poll_gammu(desk, "gammu", gammu, now=NOON + timedelta(minutes=1))

    assert await left(gammu, phone) == 0
    assert len(await out(gammu, phone)) == 1


async def test_a_long_message_goes_out_in_parts_once_and_what_failed_is_told_once(
    desk: TextDesk, gammu: AsyncEngine, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, message_id, failed = "Kabar laporan 🚧. " * 12, ids.new_id(), list[tuple[UUID, str]]()

    for _ in range(2):
        await GammuSender(gammu).send(message_id, phone, words)

    assert await out(gammu, phone) == [words]
    async with gammu.begin() as connection:
        headers = (await connection.scalars(text('SELECT "UDH" FROM outbox_multipart ORDER BY 1'))).all()
        assert {len(one) for one in headers} == {12}
        assert len(headers) == length_of(words).parts - 1
        sent = text("""INSERT INTO sentitems ("Status", "CreatorID") VALUES ('DeliveryFailed', :creator)""")
        await connection.execute(sent, {"creator": f"lapor {message_id}"})
    await GammuSender(gammu).send(message_id, phone, words)

    async def note(self: TextDesk, message_id: UUID, status: str, *, now: object) -> None:
        failed.append((message_id, status))

    monkeypatch.setattr(TextDesk, "not_delivered", note)
    for _ in range(2):
        await poll_gammu(desk, "gammu", gammu, now=NOON)
    assert failed == [(message_id, "DeliveryFailed")]
    assert await out(gammu, phone) == [words]


async def test_a_database_of_smsd_that_is_away_is_absent(gammu: AsyncEngine) -> None:
    elsewhere = create_async_engine(gammu.url.set(host="127.0.0.1", port=9))

    with pytest.raises(Absent):
        await replace(GammuSender(gammu), engine=elsewhere).send(ids.new_id(), "+6281200000000", "x")
    await elsewhere.dispose()
