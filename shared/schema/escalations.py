"""Who was told that a report is late. Written by sla_monitor."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.officers import NotificationState
from shared.schema.base import Model


class Escalation(Model):
    """A ladder step that was carried out."""

    __tablename__ = "escalations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    stage: Mapped[str]
    opened_seq: Mapped[int] = mapped_column(Integer)
    step_code: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    agency_code: Mapped[str | None]
    step_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recipients: Mapped[str]
    late_entry: Mapped[bool]
    notify: Mapped[bool]
    revoked_at: Mapped[datetime | None]
    addressed_at: Mapped[datetime | None]  # when its notifications were made

    __table_args__ = (
        Index(
            "escalations_unaddressed_idx",
            "recorded_at",
            "id",
            postgresql_where=text("notify AND addressed_at IS NULL AND revoked_at IS NULL"),
        ),
        # The cases of a reprimand.
        Index(
            "escalations_regional_head_idx",
            "recorded_at",
            postgresql_where=text("recipients LIKE '%regional_head%' AND revoked_at IS NULL"),
        ),
        Index(
            "escalations_step_key",
            "report_id",
            "stage",
            "opened_seq",
            "step_code",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("escalations_recorded_at_idx", "recorded_at", "id"),
    )


class Acknowledgement(Model):
    """An officer's word that they know of an escalation; the clock runs on."""

    __tablename__ = "acknowledgements"

    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalations.id"), primary_key=True)
    note: Mapped[str]
    salt: Mapped[bytes]
    actor: Mapped[str]  # role:sub, as in the events
    acknowledged_at: Mapped[datetime]


class Notification(Model):
    """A mail to an officer about an escalation, a reprimand or a report that has become theirs.

    Sent, or still to be sent.
    """

    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officers.id"))
    escalation_id: Mapped[UUID | None] = mapped_column(ForeignKey("escalations.id"))
    reprimand_id: Mapped[UUID | None] = mapped_column(ForeignKey("reprimands.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("events.id"))  # gave the report to them, or names them
    digest: Mapped[bool]  # waits for the daily digest of the officer
    state: Mapped[NotificationState] = mapped_column(server_default=NotificationState.PENDING.value)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(escalation_id, reprimand_id, event_id) = 1", name="subject"),
        UniqueConstraint("escalation_id", "officer_id"),
        UniqueConstraint("reprimand_id", "officer_id"),
        UniqueConstraint("event_id", "officer_id"),
        Index("notifications_pending_idx", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("notifications_officer_id_created_at_idx", "officer_id", "created_at"),
    )


class Reprimand(Model):
    """What a region is reprimanded for in a period, as it was compiled. Written once."""

    __tablename__ = "reprimands"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agencies.code"))  # an instansi
    first_day: Mapped[date]
    last_day: Mapped[date]
    compiled_at: Mapped[datetime]
    compiled_by: Mapped[str]
    cases: Mapped[Any] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("agency_code", "first_day", "last_day"),
        CheckConstraint("first_day <= last_day", name="period"),
    )
