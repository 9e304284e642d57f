"""Text messages: by which gateways they come and go, and how many are taken (docs/channels/sms.md)."""

from pathlib import Path

from pydantic import Field, PositiveInt

from shared.settings.environment import Environment


class SmsSettings(Environment):
    sms_gateways_file: Path | None = Field(
        None,
        description=(
            "The gateways for text messages: JSON as in docs/channels/sms.md. News goes out by the first that sends. "
            "Without it there is no such channel."
        ),
    )
    sms_reports_a_day: PositiveInt = Field(5, description="How many reports one phone may send within 24 hours.")
    sms_answers_a_day: PositiveInt = Field(
        30, description="How many text messages of one phone are answered within 24 hours; the rest are let go."
    )
    sms_repeat_minutes: PositiveInt = Field(
        10, description="The same words of the same phone within this time are the same report."
    )
    sms_parts_minutes: PositiveInt = Field(
        15, description="How long the other parts of a text message are waited for; then it is what there is of it."
    )
    sms_days: PositiveInt = Field(
        90, description="How long it is known that a text message was taken, by digests of phone and words."
    )
