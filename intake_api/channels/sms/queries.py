"""SQL of text messages that were taken, and of the parts of those that are not whole yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import TextMessage, TextMessagePart

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(encode(CAST(:sender AS bytea), 'hex'), :lock))")
_SENDERS = 0x6C61706F72_05  # "lapor", and which of its locks


async def lock_sender(session: AsyncSession, sender_index: bytes) -> None:
    """One message of a sender at a time: what decides about the next one is what was taken before it."""
    await session.execute(_LOCK, {"sender": sender_index, "lock": _SENDERS})


async def message_by_reference(session: AsyncSession, gateway: str, reference: str) -> TextMessage | None:
    where = TextMessage.gateway == gateway, TextMessage.reference == reference
    return (await session.scalars(select(TextMessage).where(*where))).one_or_none()


async def said_before(
    session: AsyncSession, senders: Sequence[bytes], words: Sequence[bytes], *, became: str, since: datetime
) -> TextMessage | None:
    """The first message of a sender with the same words since then, by the index on senders."""
    statement = (
        select(TextMessage)
        .where(
            TextMessage.sender_index.in_(senders), TextMessage.words_index.in_(words), TextMessage.became == became,
            TextMessage.repeats.is_(None), TextMessage.taken_at >= since,
        )
        .order_by(TextMessage.taken_at.desc())
        .limit(1)
    )  # fmt: skip
    return (await session.scalars(statement)).one_or_none()


async def count_messages(
    session: AsyncSession, senders: Sequence[bytes], *, since: datetime, became: str | None = None
) -> int:
    """Of a sender since then; with `became`, only those that became so, each once."""
    where = [TextMessage.sender_index.in_(senders), TextMessage.taken_at > since]
    if became is not None:
        where += [TextMessage.became == became, TextMessage.repeats.is_(None)]
    return await session.scalar(select(func.count()).select_from(TextMessage).where(*where)) or 0


async def add_message(session: AsyncSession, row: dict[str, Any]) -> None:
    await session.execute(insert(TextMessage).values(row))


async def part_by_reference(session: AsyncSession, gateway: str, reference: str) -> TextMessagePart | None:
    where = TextMessagePart.gateway == gateway, TextMessagePart.reference == reference
    return (await session.scalars(select(TextMessagePart).where(*where))).one_or_none()


async def parts_alike(
    session: AsyncSession, gateway: str, senders: Sequence[bytes], number: int, total: int, *, since: datetime
) -> Sequence[TextMessagePart]:
    """Those that may belong to the same message: a phone counts its messages in a byte, and begins anew."""
    statement = (
        select(TextMessagePart)
        .where(
            TextMessagePart.gateway == gateway, TextMessagePart.sender_index.in_(senders),
            TextMessagePart.number == number, TextMessagePart.total == total, TextMessagePart.taken_at > since,
        )
        .order_by(TextMessagePart.taken_at.desc(), TextMessagePart.id.desc())
    )  # fmt: skip
    return (await session.scalars(statement)).all()


async def count_parts(session: AsyncSession, senders: Sequence[bytes], *, since: datetime) -> int:
    where = TextMessagePart.sender_index.in_(senders), TextMessagePart.taken_at > since
    return await session.scalar(select(func.count()).select_from(TextMessagePart).where(*where)) or 0


async def add_part(session: AsyncSession, row: dict[str, Any]) -> None:
    await session.execute(upsert(TextMessagePart).values(row).on_conflict_do_nothing())


async def parts_of_message(session: AsyncSession, message_id: UUID) -> Sequence[TextMessagePart]:
    statement = select(TextMessagePart).where(TextMessagePart.message_id == message_id).order_by(TextMessagePart.seq)
    return (await session.scalars(statement)).all()


async def messages_waiting(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[UUID]:
    """Those whose first part came before then, the oldest first. By the index of what waits."""
    statement = (
        select(TextMessagePart.message_id)
        .where(TextMessagePart.settled_at.is_(None), TextMessagePart.taken_at < before)
        .group_by(TextMessagePart.message_id)
        .order_by(func.min(TextMessagePart.taken_at))
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def claim_parts(session: AsyncSession, message_id: UUID) -> Sequence[TextMessagePart]:
    """What waits of a message, locked; nothing, if another copy has it or it was settled meanwhile."""
    where = TextMessagePart.message_id == message_id, TextMessagePart.settled_at.is_(None)
    statement = select(TextMessagePart).where(*where).order_by(TextMessagePart.seq).with_for_update(skip_locked=True)
    return (await session.scalars(statement)).all()


async def settle_parts(session: AsyncSession, message_id: UUID, *, now: datetime) -> None:
    where = TextMessagePart.message_id == message_id, TextMessagePart.settled_at.is_(None)
    await session.execute(update(TextMessagePart).where(*where).values(settled_at=now))


_NOTHING = {"sealed_sender": None, "sealed_words": None, "wrapped_key": None, "key_id": None}


async def empty_parts(session: AsyncSession, *, before: datetime) -> None:
    """Nobody needs the words any more of what was settled before then."""
    where = TextMessagePart.key_id.is_not(None), TextMessagePart.settled_at < before
    await session.execute(update(TextMessagePart).where(*where).values(_NOTHING))


async def count_of_key(session: AsyncSession, key_id: str) -> int:
    """How many parts need a key to be opened."""
    where = TextMessagePart.key_id == key_id
    return await session.scalar(select(func.count()).select_from(TextMessagePart).where(where)) or 0


async def purge_messages(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete a batch of what was taken before then, by the index on that; what another copy deletes is passed over."""
    purged = 0
    for model in (TextMessage, TextMessagePart):
        old = select(model.id).where(model.taken_at < before).limit(limit).with_for_update(skip_locked=True)
        result = await session.execute(delete(model).where(model.id.in_(old)))
        assert isinstance(result, CursorResult)
        purged += result.rowcount
    return purged
