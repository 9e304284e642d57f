"""Messages that come in parts: kept sealed until they are whole, in whatever order; or until their time is over."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.sms import queries
from intake_api.channels.sms.parts import MOST_PARTS, PartPlace, joined
from intake_api.channels.sms.service import Messages
from intake_api.channels.sms.taking import DAY, Incoming
from shared import ids
from shared.database import release_when_idle
from shared.errors import Unavailable
from shared.keys import envelope
from shared.keys.envelope import Envelope, Unreadable
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import KeyTrouble
from shared.schema import TextMessagePart

TABLE = TextMessagePart.__tablename__
#: Of one sender in a day; what comes beyond is let go.
MOST_OF_A_SENDER = 10 * MOST_PARTS
#: A copy that is suspended while it settles a message loses it.
IDLE_SECONDS = 30
#: Messages of a turn.
ROUND = 100

#: Answers the sender of a message.
Tell = Callable[[Incoming, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """`reference`: the gateway's own, of this part."""

    gateway: str
    reference: str
    sender: str
    words: str
    place: PartPlace
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Joining:
    messages: Messages

    async def add(self, part: Part, *, now: datetime) -> Incoming | None:
        """Keep it; the whole message, once all parts are there. None: others are to come, or it is let go.

        Raises Unavailable.
        """
        async with self.messages.sessions.begin() as session:
            rows = await self._kept(session, part, now)
        if not rows or len(rows) < part.place.total:
            return None
        return self._message(rows) if all(row.key_id for row in rows) else None

    async def settle(self, message: Incoming, *, now: datetime) -> None:
        """It was taken and answered."""
        async with self.messages.sessions.begin() as session:
            await queries.settle_parts(session, UUID(message.reference), now=now)

    async def waiting(self, *, now: datetime) -> Sequence[UUID]:
        """Messages whose time is over."""
        before = now - timedelta(minutes=self.messages.settings.sms_parts_minutes)
        async with self.messages.sessions() as session:
            return await queries.messages_waiting(session, before=before, limit=ROUND)

    async def take_incomplete(self, message_id: UUID, tell: Tell, *, now: datetime) -> None:
        """A message becomes what there is of it, and `tell` answers its sender.

        Its parts stay locked meanwhile, so that one copy does. Raises Unavailable; then it is tried again.
        """
        async with self.messages.sessions.begin() as session:
            await release_when_idle(session, seconds=IDLE_SECONDS)
            if rows := await queries.claim_parts(session, message_id):
                message = self._message(rows)
                said = await self.messages.answer(message, now=now)
                if said is not None:
                    await tell(message, said)
                await queries.settle_parts(session, message_id, now=now)

    async def forget(self, *, now: datetime) -> None:
        """The words of what was taken so long ago that no gateway sends it again."""
        before = now - timedelta(minutes=self.messages.settings.sms_parts_minutes)
        async with self.messages.sessions.begin() as session:
            await queries.empty_parts(session, before=before)

    async def _kept(self, session: AsyncSession, part: Part, now: datetime) -> Sequence[TextMessagePart]:
        """The parts of its message that are there."""
        senders = self.messages.indexes.of_sender(part.sender)
        await queries.lock_sender(session, senders[0])
        known = await queries.part_by_reference(session, part.gateway, part.reference)
        if known is None:
            if await queries.count_parts(session, senders, since=now - DAY) >= MOST_OF_A_SENDER:
                self.messages.ignored()
                return ()
            known = await self._added(session, part, senders, now)
        return await queries.parts_of_message(session, known.message_id)

    async def _added(self, session: AsyncSession, part: Part, senders: list[bytes], now: datetime) -> TextMessagePart:
        place = part.place
        alike = await queries.parts_alike(
            session, part.gateway, senders, place.number, place.total,
            since=now - timedelta(minutes=2 * self.messages.settings.sms_parts_minutes),
        )  # fmt: skip
        same = {row.message_id: row for row in alike if row.seq == place.seq}
        for row in same.values():
            if row.key_id is not None and self._opened(row)["words"] == part.words:
                return row  # the phone sent it twice
        lacking = [row.message_id for row in alike if row.settled_at is None and row.message_id not in same]
        message_id, row_id = lacking[0] if lacking else ids.new_id(), ids.new_id()
        added = {
            "id": row_id, "message_id": message_id, "gateway": part.gateway, "reference": part.reference,
            "sender_index": senders[0], "number": place.number, "total": place.total, "seq": place.seq,
            "received_at": part.received_at, "taken_at": now, "settled_at": None, **self._sealed(row_id, part),
        }  # fmt: skip
        await queries.add_part(session, added)
        return TextMessagePart(**added)

    def _sealed(self, row_id: UUID, part: Part) -> dict[str, object]:
        """Raises Unavailable."""
        try:
            key = self._keys.current(KeyPurpose.IDENTITIES)
        except KeyTrouble as trouble:
            raise Unavailable(str(trouble), code="identity_key_missing") from None
        sealed = envelope.seal(key, {"sender": part.sender, "words": part.words}, table=TABLE, row=row_id)
        return {
            "sealed_sender": sealed.fields["sender"], "sealed_words": sealed.fields["words"],
            "wrapped_key": sealed.wrapped, "key_id": sealed.key_id,
        }  # fmt: skip

    def _opened(self, row: TextMessagePart) -> dict[str, str]:
        """Raises Unavailable."""
        key = self._keys.ring.find(KeyPurpose.IDENTITIES, row.key_id or "")
        if key is None:
            detail = f"The key {row.key_id} is not in the ring of intake_api; have an operator put it back."
            raise Unavailable(detail, code="identity_key_missing")
        fields = {"sender": row.sealed_sender, "words": row.sealed_words}
        try:
            opened = envelope.open_(key, Envelope(key.id, row.wrapped_key or b"", fields), table=TABLE, row=row.id)
        except Unreadable:
            detail = f"A part of a text message does not open with the key {row.key_id}; have an operator look."
            raise Unavailable(detail, code="identity_unreadable") from None
        return {name: value or "" for name, value in opened.items()}

    def _message(self, rows: Sequence[TextMessagePart]) -> Incoming:
        opened = {row.seq: self._opened(row) for row in rows}
        first, total = rows[0], rows[0].total
        missing = tuple(seq for seq in range(1, total + 1) if seq not in opened)
        return Incoming(
            first.gateway, str(first.message_id), opened[first.seq]["sender"],
            joined({seq: one["words"] for seq, one in opened.items()}, total),
            min(row.received_at for row in rows), missing, total,
        )  # fmt: skip

    @property
    def _keys(self) -> Keys:
        return self.messages.keys
