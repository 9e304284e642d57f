"""What has happened, each in a chain of hashes. Written by all, through shared/log/ and triggers alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.schema.base import Model


class Chain(Model):
    """The head of a report's chain of events, and the only lock of a report."""

    __tablename__ = "chains"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes]
    fact_seq: Mapped[int] = mapped_column(Integer)  # the last event not written by sla_monitor


class EventRow(Model):
    """One fact about a report. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    seq: Mapped[int] = mapped_column(Integer)
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    data: Mapped[Any] = mapped_column(JSON)  # json, not jsonb: stored exactly as hashed
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    # The transaction that wrote it: a feed ordered by it never skips an event that commits late.
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))

    __table_args__ = (
        UniqueConstraint("report_id", "seq"),
        Index("events_transaction_id_id_idx", "transaction_id", "id"),
        # What moves a report, or changes what is known of it, wherever it lies among thousands of notes and replies.
        Index(
            "events_steps_idx",
            "report_id",
            "seq",
            postgresql_where=text(
                "type LIKE 'report.%' AND type <> ALL (ARRAY["
                "'report.received', 'report.noted', 'report.joined', 'report.parted'])"
            ),
        ),
        # What has changed since an instant. Events are appended as they are recorded, so that a few pages of summaries
        # find them, and an insert pays nothing.
        Index(
            "events_recorded_at_idx",
            "recorded_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        ),
    )


class OutboxRow(Model):
    """An event that a service has not acknowledged yet."""

    __tablename__ = "outbox"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    follower: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        Index(
            "outbox_pending_idx",
            "follower",
            "next_attempt_at",
            "event_id",
            postgresql_where=text("parked_at IS NULL"),
        ),
    )


class RegistryEvent(Model):
    """A change of the registry or the rules. Written by triggers alone; append-only: others refuse every change.

    `subject` is the table. A person in it is a salted digest; of many rows that belong together there is one digest.
    """

    __tablename__ = "registry_events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    subject: Mapped[str]
    key: Mapped[str]
    actor: Mapped[str]  # role:sub; process:name for a command or a service of its own accord
    recorded_at: Mapped[datetime]
    data: Mapped[Any] = mapped_column(JSON)  # before, after; json, not jsonb: stored exactly as hashed
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (Index("registry_events_subject_key_idx", "subject", "key", "seq"),)


class ReportRead(Model):
    """One read of a single report by an officer or a channel, for the custodian. Never changed; a setting says how long
    it is kept. Each service writes down the reads that it answered.
    """

    __tablename__ = "report_reads"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    read_at: Mapped[datetime]
    operation: Mapped[str]  # the service, the method and the path of what was asked
    subject: Mapped[str]
    role: Mapped[str]
    agency_code: Mapped[str | None]  # as the token named it

    __table_args__ = (
        Index("report_reads_report_id_id_idx", "report_id", "id"),
        Index("report_reads_read_at_idx", "read_at", postgresql_using="brin"),
    )
