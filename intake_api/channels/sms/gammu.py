"""Gammu SMSD: its tables in PostgreSQL, from schema 16 on. What it received we take; what goes out it finds there.

A message is marked, and its answer put into the outbox, in one transaction of that database, after it was stored in
ours. Whoever is killed in between takes it again and answers alike.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intake_api.channels.sms import parts
from intake_api.channels.sms.parts import PartPlace
from shared.mail import Absent, Refused

_OURS = "lapor "
_NEXT = text(
    """
    SELECT "ID" AS id, "SenderNumber" AS sender, "TextDecoded" AS words, "UDH" AS header,
           "ReceivingDateTime" AT TIME ZONE current_setting('TimeZone') AS received_at
    FROM inbox WHERE NOT "Processed" AND "ID" > :after ORDER BY "ID" LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)
_DONE = text("""UPDATE inbox SET "Processed" = true WHERE "ID" = :id""")
_KNOWN = text(
    """
    SELECT EXISTS (SELECT FROM outbox WHERE "CreatorID" = :creator)
        OR EXISTS (SELECT FROM sentitems WHERE "CreatorID" = :creator)
    """
)
_OUT = text(
    """
    INSERT INTO outbox ("DestinationNumber", "TextDecoded", "Text", "UDH", "MultiPart", "Coding", "CreatorID",
                        "DeliveryReport", "Class")
    VALUES (:to, :words, '', :header, :multipart, :coding, :creator, 'yes', -1) RETURNING "ID"
    """
)
_OUT_PART = text(
    """
    INSERT INTO outbox_multipart ("ID", "SequencePosition", "TextDecoded", "Text", "UDH", "Coding", "Class")
    VALUES (:id, :seq, :words, '', :header, :coding, -1)
    """
)
# Of one message the first part that did not arrive; told once, which the creator says.
_FAILED = text(
    """
    UPDATE sentitems SET "CreatorID" = 'told ' || "CreatorID"
    WHERE "CreatorID" LIKE 'lapor %' AND "Status" IN ('SendingError', 'DeliveryFailed', 'Error')
    RETURNING substr("CreatorID", 12) AS message, "Status" AS status
    """
)


@dataclass(frozen=True, slots=True)
class GammuSender:
    engine: AsyncEngine

    async def send(self, message_id: UUID, to: str, text: str) -> None:
        """Put it into the outbox, once. Raises Absent, Refused."""
        try:
            async with self.engine.begin() as connection:
                await put_out(connection, message_id, to, text)
        except (OSError, InterfaceError) as error:
            raise Absent from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Absent from error
            raise Refused(f"gammu, {type(error.orig).__name__}", 0) from None


async def put_out(connection: AsyncConnection, message_id: UUID, to: str, text: str) -> None:
    creator, pieces = f"{_OURS}{message_id}", parts.taken_apart(text)
    if await connection.scalar(_KNOWN, {"creator": creator}):
        return
    coding = "Unicode_No_Compression" if parts.is_unicode(text) else "Default_No_Compression"
    number, many = secrets.randbelow(256), len(pieces) > 1
    headers = [parts.header_of(number, len(pieces), seq).hex().upper() for seq in range(1, len(pieces) + 1)]
    first = {
        "to": to, "words": pieces[0], "header": headers[0] if many else "", "multipart": many, "coding": coding,
        "creator": creator,
    }  # fmt: skip
    id_ = await connection.scalar(_OUT, first)
    for seq, piece in enumerate(pieces[1:], start=2):
        rest = {"id": id_, "seq": seq, "words": piece, "header": headers[seq - 1], "coding": coding}
        await connection.execute(_OUT_PART, rest)


#: Takes a message, and says whom to tell what; None: nobody.
TakeRow = Callable[[Row[Any]], Awaitable[tuple[str, str] | None]]


async def take_next(engine: AsyncEngine, take: TakeRow, *, after: int, new_id: Callable[[], UUID]) -> int | None:
    """One message of the inbox; the id of it, or None where there is no other. What `take` raises leaves it there."""
    async with engine.begin() as connection:
        row = (await connection.execute(_NEXT, {"after": after})).one_or_none()
        if row is None:
            return None
        told = await take(row)
        if told is not None:
            phone, said = told
            await put_out(connection, new_id(), phone, said)
        await connection.execute(_DONE, {"id": row.id})
        return int(row.id)


async def peek_next(engine: AsyncEngine, *, after: int) -> int | None:
    """The next one that waits, whoever has it."""
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("""SELECT min("ID") FROM inbox WHERE NOT "Processed" AND "ID" > :after"""), {"after": after}
        )
        return None if found is None else int(found)


async def failed(engine: AsyncEngine, tell: Callable[[UUID, str], Awaitable[None]]) -> None:
    """What did not arrive, each once."""
    async with engine.begin() as connection:
        for row in (await connection.execute(_FAILED)).all():
            await tell(UUID(row.message), row.status)


def place_of(row: Row[Any]) -> PartPlace | None:
    """None: it is no part, or nobody can read which; then it is taken as it is, and holds up no other."""
    try:
        return parts.place_of_header(bytes.fromhex(row.header))
    except ValueError:
        return None


def reference_of(row: Row[Any]) -> str:
    """With the instant: a database that is made anew counts from one again."""
    received_at: datetime = row.received_at
    return f"{row.id}-{int(received_at.timestamp())}"
