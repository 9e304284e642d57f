"""What reporters are told, and how they want to be told. Written by intake_api."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.news import NewsChannel, NewsKind, NewsState
from shared.schema.base import Model


class ReporterNotification(Model):
    """Something that a reporter is told, or is not, and why. Codes alone: the address is opened when a mail is written.

    `report_id` is the report of whoever is told; of a merged one, the event is of the report that it follows.
    """

    __tablename__ = "reporter_notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    kind: Mapped[NewsKind]
    state: Mapped[NewsState]
    channel: Mapped[NewsChannel | None]
    reason: Mapped[str | None]  # Untold; why not
    message_id: Mapped[UUID | None]  # of the message that it goes out with, however often that is tried
    template: Mapped[str | None]  # kind, language and version that it was written by
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None]  # the code of a reply
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("report_id", "event_id", "kind"),
        CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("(state = 'not_told') = (reason IS NOT NULL)", name="reason"),
        Index("reporter_notifications_pending_idx", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("reporter_notifications_message_id_idx", "message_id", postgresql_where=text("message_id IS NOT NULL")),
        Index("reporter_notifications_created_at_idx", "created_at", postgresql_using="brin"),
    )


class NewsPosition(Model):
    """How far the reader of the log has come; its row is the lock of whoever reads."""

    __tablename__ = "news_position"

    reader: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]
    read_at: Mapped[datetime]


class NewsChoice(Model):
    """How the reporter of a report wants to be told."""

    __tablename__ = "news_choices"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    channel: Mapped[str | None]  # NewsChannel, or none; null: whatever fits
    language: Mapped[str | None]  # of the templates; null: Indonesian
    changed_at: Mapped[datetime]


class MailStop(Model):
    """An address that gets no mail any more: it does not exist, or whoever reads it wants none.

    Known by the keyed digest that `reporters.email_index` has of it.
    """

    __tablename__ = "mail_stops"

    address_index: Mapped[bytes] = mapped_column(primary_key=True)
    reason: Mapped[str]  # bounced, refused, unsubscribed
    code: Mapped[str | None]  # of the reply
    stopped_at: Mapped[datetime]


class NewsTemplate(Model):
    """An operator's own words in place of ours. Versions are added and never changed; the newest counts."""

    __tablename__ = "news_templates"

    kind: Mapped[str] = mapped_column(primary_key=True)  # NewsKind, or a part that all mails have
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str | None]  # null, with the body: ours count again
    body: Mapped[str | None]
    short: Mapped[str | None]  # for text messages; null: ours counts
    created_by: Mapped[str]  # role:sub, as in the events
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("(subject IS NULL) = (body IS NULL)", name="whole"),)


class InstansiNewsTemplate(Model):
    """An instansi's own words for news of the reports that it holds. The registry's log has what stood there before."""

    __tablename__ = "instansi_news_templates"

    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # NewsKind
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)  # counts on when words are taken back
    subject: Mapped[str | None]  # null, with the body: the nation's count again
    body: Mapped[str | None]
    short: Mapped[str | None]  # for text messages; null: the next ones count
    changed_by: Mapped[str]  # role:sub, as in the events
    changed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("(subject IS NULL) = (body IS NULL)", name="whole"),)
