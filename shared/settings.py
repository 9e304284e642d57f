"""Configuration comes from the environment (LAPOR_...) and from nowhere else; built in `services/`, passed down."""

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every process needs. A service adds its own by inheriting."""

    model_config = SettingsConfigDict(env_prefix="LAPOR_", frozen=True, extra="ignore")

    database_url: str
    signing_key: SecretStr = Field(min_length=32)
    home: Path = Path(".lapor")
    intake_port: int = 8001
    routing_port: int = 8002
    sla_port: int = 8003
    intake_url: str = ""
    routing_url: str = ""
    sla_url: str = ""
    root_path: str = ""
    pool_size: PositiveInt = 10
    statement_cache_size: int = Field(100, description="0 behind a PgBouncer older than 1.21")
    http_timeout_seconds: PositiveFloat = 10.0
    relay_seconds: PositiveFloat = 0.1
    relay_batch: PositiveInt = 200
    log_level: str = "INFO"

    def url_of(self, service: str) -> str:
        """Where a service is called by the others."""
        short = {"intake_api": "intake", "routing_service": "routing", "sla_monitor": "sla"}[service]
        given: str = getattr(self, f"{short}_url")
        return given.rstrip("/") or f"http://127.0.0.1:{getattr(self, f'{short}_port')}"


class IntakeSettings(Settings):
    idempotency_days: PositiveInt = 7


class RoutingSettings(Settings):
    automatic_assignment: bool = False
    feed_days: PositiveInt = 90


class MonitorSettings(Settings):
    sweep_seconds: PositiveFloat = 5.0
    sweep_batch: PositiveInt = 2000
