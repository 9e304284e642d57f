"""What telling reporters needs, beside the time and the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from intake_api.notifications.channels import Sender
from intake_api.notifications.gathering import Ways
from intake_api.notifications.tokens import UNSUBSCRIBE, token_of
from shared.domain.news import NewsChannel
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import IntakeSettings


@dataclass(frozen=True, slots=True)
class Post:
    """`senders`: the gateways for text messages and WhatsApp that are set up."""

    settings: IntakeSettings
    keys: Keys
    senders: Mapping[NewsChannel, Sender] = field(default_factory=dict)

    @property
    def ways(self) -> Ways:
        """What is not set up is told of nobody, and not kept for a day on which it is: that news would be old."""
        mail = [NewsChannel.EMAIL.value] if self.settings.sends_mail else []
        return Ways(set_up=[*mail, *(channel.value for channel in self.senders)])

    def stop_url(self, report_id: UUID) -> str:
        token = token_of(self.keys.secret(KeyPurpose.UNSUBSCRIBING), report_id)
        return f"{self.settings.own_url}{UNSUBSCRIBE}/{token}"
