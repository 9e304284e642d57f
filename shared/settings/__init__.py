"""Configuration comes from the environment (LAPOR_...) and from nowhere else; built in `services/`, passed down.

A file for each purpose. What every process needs is put together in `every`; a service has a file of its own (`intake`,
`routing`, `monitor`), with what it alone needs of a larger matter beside it (`evidence`, `federation`, `transparency`).
"""

from shared.settings.every import FeedSettings, Settings
from shared.settings.intake import IntakeSettings
from shared.settings.monitor import MonitorSettings
from shared.settings.routing import RoutingSettings

__all__ = ["FeedSettings", "IntakeSettings", "MonitorSettings", "RoutingSettings", "Settings"]
