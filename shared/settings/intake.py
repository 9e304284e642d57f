"""What intake_api needs beside what every process does."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveInt, field_validator

from shared.settings.environment import HOURS
from shared.settings.every import FeedSettings
from shared.settings.evidence import EvidenceSettings
from shared.settings.open311 import Open311Settings
from shared.settings.qr import QrSettings
from shared.settings.sms import SmsSettings


class IntakeSettings(SmsSettings, QrSettings, Open311Settings, EvidenceSettings, FeedSettings):
    retention_file: Path | None = Field(
        None,
        description=(
            "How long personal data is kept, by class and channel, with the legal basis: JSON as in "
            "`intake_api/data/retention.json`, whose rules hold otherwise. `lapor retention run` carries it out."
        ),
    )
    replies_a_day: PositiveInt = Field(
        50, description="How many replies and consents a reporter may send to one report within 24 hours."
    )
    public_url: str = Field(
        "",
        description=(
            "The public address of intake_api, without a slash at its end, that mails to reporters link to. Empty: its "
            "address on this machine."
        ),
    )
    news_gather_seconds: NonNegativeFloat = Field(
        120.0, description="How long news of a report waits for more of it, so that a reporter gets one mail for both."
    )
    quiet_hours: str = Field(
        "21:00-06:00",
        pattern=HOURS,
        description="When no reporter is written to, by the clock of where their report is. Empty: at any hour.",
    )
    closing_notice_hours: PositiveInt = Field(
        72, description="How long before a report ends by the silence of its reporter they are told so."
    )
    news_late_days: PositiveInt = Field(
        3, description="News that could not be told for so long, as no mail server answered, is told no more."
    )
    news_days: PositiveInt = Field(730, description="How long it is known what a reporter was told of.")

    @property
    def own_url(self) -> str:
        return self.public_url.rstrip("/") or self.url_of("intake_api")

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("write it as https://host or https://host/path, or leave it empty")
        return url
