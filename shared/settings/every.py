"""What every process needs; a service adds its own by inheriting."""

from pydantic import Field, PositiveInt

from shared.settings.database import DatabaseSettings
from shared.settings.limits import LimitSettings
from shared.settings.mail import MailSettings
from shared.settings.network import NetworkSettings
from shared.settings.process import ProcessSettings


class Settings(MailSettings, LimitSettings, NetworkSettings, ProcessSettings, DatabaseSettings):
    """What every process needs."""


class FeedSettings(Settings):
    feed_days: PositiveInt = Field(90, description="How far back the feeds of events reach.")
