"""What routing_service needs beside what every process does."""

from pydantic import Field, PositiveFloat, PositiveInt

from shared.settings.every import FeedSettings
from shared.settings.federation import FederationSettings


class RoutingSettings(FederationSettings, FeedSettings):
    reads_days: PositiveInt = Field(
        730, description="How long it is known who read a report, for the identity custodian."
    )
    automatic_assignment: bool = Field(
        False,
        description=(
            "Clear cases are verified and assigned without a person in every instansi; otherwise only where an "
            "instansi has switched it on."
        ),
    )
    evidence_wait_minutes: int = Field(
        0,
        ge=0,
        description=(
            "A report of a category that needs evidence is held with a prepared question if it has none so long after "
            "its receipt. 0: never without an officer."
        ),
    )
    most_returns: PositiveInt = Field(
        2, description="After this many returns an agency can no longer return the report."
    )
    two_custodians: bool = Field(
        False,
        description=(
            "An identity custodian sees who reported once, within ten minutes after another one has approved it; "
            "otherwise one alone may look."
        ),
    )
    webhook_seconds: PositiveFloat = Field(
        0.5, description="How often a process looks for events that webhooks are told of, and for messages to send."
    )
    webhooks_at_once: PositiveInt = Field(
        32, description="How many messages one receiver is sent at once, over all copies; one that fails has one."
    )
    webhook_log_days: PositiveInt = Field(
        30, description="How long it is known what became of a message; what was not delivered by then is dropped."
    )
    previews_at_once: PositiveInt = Field(2, description="How many previews of routing a process works on.")
    previews_waiting: PositiveInt = Field(200, description="How many of them may wait; then 429.")
    log_ins_at_once: PositiveInt = Field(
        2, description="How many passwords a process looks at; each takes 64 MiB and a third of a second of a core."
    )
    log_ins_waiting: PositiveInt = Field(50, description="How many people may wait to log in; then 429.")
