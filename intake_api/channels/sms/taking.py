"""Which text message is taken, and as what: decided once, in one transaction, before anything is done about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.sms import queries
from intake_api.channels.sms.reading import Asked, Checked, Reported, Withdrawn
from shared import ids
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import IntakeSettings

DAY = timedelta(days=1)
OLDEST = timedelta(days=7)
_INDEX_BYTES = 16
_LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Incoming:
    """A whole message. `reference`: the gateway's own; `missing`: parts that never came, of so many."""

    gateway: str
    reference: str
    sender: str  #: with its country in front
    words: str
    received_at: datetime
    missing: tuple[int, ...] = ()
    total: int = 1


class Became(StrEnum):
    REPORT = auto()
    QUESTION = auto()  #: how a report stands
    WITHDRAWAL = auto()
    UNCLEAR = auto()
    ONE_TOO_MANY = auto()  #: a report beyond those of a day
    UNANSWERED = auto()  #: beyond what is answered in a day: two machines may be talking to each other


@dataclass(frozen=True, slots=True)
class Taken:
    """`reference`: of the message whose report it is, which may have been another one with the same words."""

    became: Became
    reference: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Indexes:
    """By which senders and words are found and never read; the first is written, under the newest key."""

    keys: Keys

    def of_sender(self, sender: str) -> list[bytes]:
        return self._of(f"sms|{sender}")

    def of_words(self, sender: str, words: str) -> list[bytes]:
        return self._of(f"sms-words|{sender}|{' '.join(words.split()).casefold()}")

    def _of(self, text: str) -> list[bytes]:
        secrets = self.keys.secrets(KeyPurpose.INDEX)
        return [ids.keyed_digest(secret, text.encode("utf-8", "replace"))[:_INDEX_BYTES] for secret in secrets]


async def take_message(
    session: AsyncSession, message: Incoming, asked: Asked, *, indexes: Indexes, settings: IntakeSettings,
    now: datetime,
) -> Taken:  # fmt: skip
    """The same answer for the same message, however often it comes and to whichever copy of the service."""
    senders, words = indexes.of_sender(message.sender), indexes.of_words(message.sender, message.words)
    await queries.lock_sender(session, senders[0])
    known = await queries.message_by_reference(session, message.gateway, message.reference)
    if known is not None:
        return Taken(Became(known.became), known.repeats or known.reference, known.received_at)
    taken = await _decided(session, message, asked, senders, words, settings, now)
    row = {
        "id": ids.new_id(), "gateway": message.gateway, "reference": message.reference, "sender_index": senders[0],
        "words_index": words[0], "became": taken.became.value,
        "repeats": None if taken.reference == message.reference else taken.reference,
        "received_at": taken.received_at, "taken_at": now,
    }  # fmt: skip
    await queries.add_message(session, row)
    return taken


async def _decided(
    session: AsyncSession, message: Incoming, asked: Asked, senders: list[bytes], words: list[bytes],
    settings: IntakeSettings, now: datetime,
) -> Taken:  # fmt: skip
    became, received_at = _becomes(asked), _received_at(message.received_at, now)
    if await queries.count_messages(session, senders, since=now - DAY) >= settings.sms_answers_a_day:
        return Taken(Became.UNANSWERED, message.reference, received_at)
    if became is Became.REPORT:
        since = now - timedelta(minutes=settings.sms_repeat_minutes)
        first = await queries.said_before(session, senders, words, became=became.value, since=since)
        if first is not None and first.gateway == message.gateway:
            return Taken(became, first.reference, first.received_at)
        reports = await queries.count_messages(session, senders, since=now - DAY, became=became.value)
        if reports >= settings.sms_reports_a_day:
            became = Became.ONE_TOO_MANY
    return Taken(became, message.reference, received_at)


def _received_at(claimed: datetime, now: datetime) -> datetime:
    """The clock of a gateway may be wrong: it is believed for what it kept while we were away."""
    return claimed if now - OLDEST <= claimed <= now else now


def _becomes(asked: Asked) -> Became:
    match asked:
        case Reported():
            return Became.REPORT
        case Checked():
            return Became.QUESTION
        case Withdrawn():
            return Became.WITHDRAWAL
        case _:
            return Became.UNCLEAR


def short_reference(reference: str) -> str:
    """As it is kept: one that is too long is known by its digest."""
    if 0 < len(reference) <= _LONGEST_REFERENCE and reference.isprintable():
        return reference
    return sha256(reference.encode("utf-8", "replace")).hexdigest()
