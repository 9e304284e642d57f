"""What became of the messages of a webhook."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.domain.webhooks import WebhookDeliveryState
from shared.http.wire import Answer, Instant, PageParams, Schema, StoredText, TrackingNumber


class WebhookDeliveryParams(PageParams):
    state: WebhookDeliveryState | None = Field(None, description="Only messages in this state.")
    type: StoredText | None = Field(None, max_length=64, description="Only of events of this type.")
    tracking_number: TrackingNumber | None = Field(None, description="Only about this report.")


class WebhookDeliveryView(Answer):
    """One message. What it said, the receiver has, and the feed; it is not kept here."""

    delivery: UUID = Field(description="Of the message in this log.")
    message_id: str = Field(description="The `webhook-id`: the same at each attempt, and when it is replayed.")
    event: UUID | None = Field(description="Of the event; null: a test.")
    type: str = Field(description="The type of the event.")
    tracking_number: str | None = Field(description="Of the report that it is told for; null: a test.")
    state: WebhookDeliveryState = Field(
        description="`waiting` for its first or next attempt; `delivered`; `failed` after the last attempt; "
        "`withheld`, since you may not see it any more."
    )
    attempts: int = Field(description="How many there were, since the last replay of it.")
    attempted_at: datetime | None = Field(description="When the last one was; null: there was none.")
    status: int | None = Field(description="What the receiver answered last; null: nothing.")
    error: str | None = Field(
        description="Why the last attempt failed: `status`, `redirect`, `gone`, `late`, `connection`, `tls`, "
        "`protocol`, `address_not_public`; `out_of_reach`: it was withheld. Null: it did not fail."
    )
    milliseconds: int | None = Field(description="How long the receiver took at the last attempt.")
    created_at: datetime = Field(description="When it was made of the event.")
    ended_at: datetime | None = Field(description="When it was delivered, failed or withheld; null: it waits.")


class WebhookReplayCreate(Schema):
    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-03-01T00:00:00+08:00"}]})

    since: Instant = Field(description="From when on events were written down that are told once more.")
    until: Instant | None = Field(None, description="Up to when; null: now.")


class WebhookReplayView(Answer):
    """A period that is told once more, whatever became of its messages before."""

    replay: UUID = Field(description="Of the replay.")
    since: datetime = Field(description="From when on events are told.")
    until: datetime = Field(description="Up to when.")
    messages: int = Field(description="How many messages have been made so far.")
    created_at: datetime
    finished_at: datetime | None = Field(description="When all were made; null: not yet, or the webhook is stopped.")


class WebhookReplayParams(PageParams):
    """The newest first."""
