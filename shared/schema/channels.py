"""What the channels keep whose messages we take ourselves. Written by intake_api."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class QrCode(Model):
    """A code that is printed and scanned, and what it pre-fills. Never deleted: paper cannot be called back.

    `reference` is the agency's own number of what the code hangs on: one code of it at a time.
    """

    __tablename__ = "qr_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # agency, desk, asset
    label: Mapped[str]
    reference: Mapped[str | None]
    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"))  # a wish: routing decides
    place: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_by: Mapped[str | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('agency', 'desk', 'asset')", name="kind"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="point"),
        CheckConstraint("(revoked_by IS NULL) = (revoked_at IS NULL)", name="revoked"),
        Index(
            "qr_codes_agency_code_reference_key",
            "agency_code",
            "reference",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("qr_codes_agency_code_created_at_idx", "agency_code", "created_at", "code"),
    )


class TextMessage(Model):
    """A text message that was taken, so that it is taken once. Neither the phone nor a word: digests alone."""

    __tablename__ = "text_messages"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    reference: Mapped[str]  # the gateway's own, or the id of the message whose parts these were
    sender_index: Mapped[bytes]  # keyed, as reporters.phone_index
    words_index: Mapped[bytes]  # keyed, of sender and words
    became: Mapped[str]  # see channels/sms/taking.py
    repeats: Mapped[str | None]  # the reference of the message that said the same a moment before
    received_at: Mapped[datetime]  # by the gateway
    taken_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("gateway", "reference"),
        Index("text_messages_sender_index_idx", "sender_index", "taken_at"),
        Index("text_messages_taken_at_idx", "taken_at"),
    )


class TextMessagePart(Model):
    """A part of a text message, sealed until the message is whole or its time is over; then only that it came."""

    __tablename__ = "text_message_parts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID]
    gateway: Mapped[str]
    reference: Mapped[str]  # the gateway's own
    sender_index: Mapped[bytes]
    number: Mapped[int]  # the phone's own of the message
    total: Mapped[int] = mapped_column(SmallInteger)
    seq: Mapped[int] = mapped_column(SmallInteger)
    sealed_sender: Mapped[bytes | None]
    sealed_words: Mapped[bytes | None]
    wrapped_key: Mapped[bytes | None]
    key_id: Mapped[str | None]  # of the ring of intake_api
    received_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]  # when the message was taken, whole or not

    __table_args__ = (
        UniqueConstraint("message_id", "seq"),
        UniqueConstraint("gateway", "reference"),
        CheckConstraint("num_nonnulls(sealed_sender, sealed_words, wrapped_key, key_id) IN (0, 4)", name="sealed"),
        CheckConstraint("seq BETWEEN 1 AND total", name="seq"),
        Index("text_message_parts_sender_index_idx", "sender_index", "taken_at"),
        Index("text_message_parts_waiting_idx", "taken_at", postgresql_where=text("settled_at IS NULL")),
        Index("text_message_parts_taken_at_idx", "taken_at"),
        Index("text_message_parts_sealed_idx", "key_id", postgresql_where=text("key_id IS NOT NULL")),
    )


class MediaLink(Model):
    """An address that came with a report, of a file that is still to be fetched as its evidence. Gone once it was, or
    cannot be. Whoever fetches it puts off `due_at` first.
    """

    __tablename__ = "media_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    url: Mapped[str]
    url_hash: Mapped[bytes]
    owner: Mapped[str]  # role:sub of the client that named it
    owner_agency: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    due_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("report_id", "url_hash"), Index("media_links_due_at_idx", "due_at"))
