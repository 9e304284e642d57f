"""How settings are written: as variables of the environment, lists separated by commas, hours of a day."""

import re

from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = re.compile(r"(\*\.)?[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]+\]")
#: `HH:MM-HH:MM`, or nothing.
HOURS = r"^(([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9])?$"


class Environment(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LAPOR_", frozen=True, extra="ignore")


def names_in(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]
