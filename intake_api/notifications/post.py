"""What telling reporters needs, beside the time and the database."""

from dataclasses import dataclass
from uuid import UUID

from intake_api.notifications.gathering import Ways
from intake_api.notifications.tokens import UNSUBSCRIBE, token_of
from shared.domain.news import NewsChannel
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class Post:
    settings: IntakeSettings
    keys: Keys

    @property
    def ways(self) -> Ways:
        """What is not set up is told of nobody, and not kept for a day on which it is: that news would be old."""
        return Ways(set_up=[NewsChannel.EMAIL.value] if self.settings.sends_mail else [])

    def stop_url(self, report_id: UUID) -> str:
        token = token_of(self.keys.secret(KeyPurpose.UNSUBSCRIBING), report_id)
        return f"{self.settings.own_url}{UNSUBSCRIBE}/{token}"
