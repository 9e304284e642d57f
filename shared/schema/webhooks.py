"""Who is told of events over HTTP, and what became of it. Written by routing_service (webhooks/)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.domain.webhooks import WebhookAbout, WebhookDeliveryState, WebhookState
from shared.schema.base import Model


def _of_a_webhook(**more: Any) -> Any:
    return mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), **more)


class Webhook(Model):
    """A subscription of a system.

    What it may hear of, its account says each time; `role`, `agency_code` and `scopes` are those of the token that made
    it, for an owner without an account (outside of production).
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str]  # the `sub` of its tokens
    role: Mapped[str]
    agency_code: Mapped[str | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name: Mapped[str]
    url: Mapped[str]
    about: Mapped[WebhookAbout]
    types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # NULL: all
    only_agency_code: Mapped[str | None] = mapped_column(ForeignKey("agencies.code"))  # NULL: all in its reach
    state: Mapped[WebhookState]
    # Events of this transaction and later ones: every older one had ended when it was made, or taken up again.
    since_transaction_id: Mapped[int] = mapped_column(BigInteger)
    since_snapshot: Mapped[str | None]  # what it sees was before; null: made by an earlier release, the number counts
    failures: Mapped[int] = mapped_column(server_default=text("0"))  # attempts since the last that succeeded
    failing_since: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]  # no attempt before
    succeeded_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None]  # gone, failing
    notice_due_at: Mapped[datetime | None]  # NULL: nobody waits for a mail about it
    notice_attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index("webhooks_owner_idx", "owner", "id"),
        Index("webhooks_notice_due_at_idx", "notice_due_at", postgresql_where=text("notice_due_at IS NOT NULL")),
        CheckConstraint("(state = 'disabled') = (disabled_at IS NOT NULL)", name="disabled"),
    )


class WebhookSecret(Model):
    """What the messages of a webhook are signed with, sealed under a key of the purpose `webhooks`. Several at once
    while one replaces another.
    """

    __tablename__ = "webhook_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = _of_a_webhook()
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    __table_args__ = (Index("webhook_secrets_webhook_id_idx", "webhook_id"),)


class WebhookPosition(Model):
    """Up to where the log was turned into deliveries: one row. Whoever locks it dispatches."""

    __tablename__ = "webhook_position"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]


class WebhookDelivery(Model):
    """One message for one webhook, and what became of it: the log that its owner reads, for some weeks.

    `event_id` is null for a test. `lane`: what is told in order, the report or the test.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True))  # in a lane the lower one goes first
    webhook_id: Mapped[UUID] = _of_a_webhook()
    message_id: Mapped[str]  # the `webhook-id`
    lane: Mapped[UUID]
    event_id: Mapped[UUID | None]
    type: Mapped[str]
    tracking_number: Mapped[str | None]
    state: Mapped[WebhookDeliveryState]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    created_at: Mapped[datetime]
    attempted_at: Mapped[datetime | None]
    status: Mapped[int | None]  # of the last answer
    error: Mapped[str | None]  # a code, where the last attempt brought no good answer
    milliseconds: Mapped[int | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("webhook_deliveries_message_key", "webhook_id", "message_id", unique=True),
        Index("webhook_deliveries_log_idx", "webhook_id", "id"),
        Index(
            "webhook_deliveries_waiting_idx", "webhook_id", "lane", "place", postgresql_where=text("state = 'waiting'")
        ),
        Index("webhook_deliveries_created_at_idx", "created_at", postgresql_using="brin"),
    )  # fmt: skip


class WebhookLane(Model):
    """A report (or a test) of which something waits for a webhook. Whoever sends the first of it has a lease.

    Whoever adds a delivery or ends one locks the lane first, so that none is forgotten.
    """

    __tablename__ = "webhook_lanes"

    webhook_id: Mapped[UUID] = _of_a_webhook(primary_key=True)
    lane: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    waits_since: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]

    __table_args__ = (
        Index("webhook_lanes_due_idx", "webhook_id", "due_at"),
        Index(
            "webhook_lanes_leased_idx", "webhook_id", "leased_until", postgresql_where=text("leased_until IS NOT NULL")
        ),
    )  # fmt: skip


class WebhookReplay(Model):
    """A period that a webhook is to hear of once more: how far that has got."""

    __tablename__ = "webhook_replays"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = _of_a_webhook()
    since: Mapped[datetime]
    until: Mapped[datetime]
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]
    last_transaction_id: Mapped[int] = mapped_column(BigInteger)
    messages: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "webhook_replays_unfinished_key", "webhook_id", unique=True, postgresql_where=text("finished_at IS NULL")
        ),
    )
