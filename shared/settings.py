"""Configuration comes from the environment (LAPOR_...) and from nowhere else; built in `services/`, passed down."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr, field_validator
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
    jobs_pool_size: PositiveInt = Field(8, description="Apart: deliveries, the sweep, workers and other jobs.")
    public_statement_seconds: PositiveFloat = 2.0
    statement_seconds: PositiveFloat = 10.0
    job_statement_seconds: PositiveFloat = 120.0
    statement_cache_size: int = Field(100, description="0 behind a PgBouncer older than 1.21")
    http_timeout_seconds: PositiveFloat = 10.0
    relay_seconds: PositiveFloat = 0.1
    relay_idle_seconds: PositiveFloat = Field(0.8, description="As seldom a relay looks that has found nothing.")
    relay_batch: PositiveInt = 200
    log_level: str = "INFO"
    # What one visitor may ask of a process; nothing a second is no limit.
    client_requests_per_second: NonNegativeFloat = 400.0
    client_burst: PositiveFloat = 4_000.0
    code_requests_per_second: NonNegativeFloat = 1.0
    code_burst: PositiveFloat = 60.0
    address_requests_per_second: NonNegativeFloat = 50.0
    address_burst: PositiveFloat = 500.0
    unlimited_clients: str = Field("", description="The subjects of tokens without a limit, with commas between.")
    requests_at_once: PositiveInt = 500
    searches_at_once: PositiveInt = 3
    searches_waiting: int = Field(100, ge=0)
    trials_waiting: int = Field(10, ge=0, description="Replays, simulations, previews of what would be due.")
    connections: PositiveInt = 5_000
    connections_per_address: int = Field(200, ge=0, description="Not of this machine or a trusted proxy; 0: any.")
    trusted_proxies: str = Field("", description="Whose X-Forwarded-For is believed: addresses, networks, commas.")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65_533, description="0: /metrics is on the port of the service.")

    @field_validator("trusted_proxies")
    @classmethod
    def _names_addresses(cls, text: str) -> str:
        """Not `*`: whoever calls could then choose the address that limits hold for."""
        for name in _names(text):
            ip_network(name, strict=False)
        return text

    @property
    def proxies(self) -> list[str]:
        return _names(self.trusted_proxies)

    @property
    def unlimited(self) -> frozenset[str]:
        return frozenset(_names(self.unlimited_clients))

    def url_of(self, service: str) -> str:
        """Where a service is called by the others."""
        short = {"intake_api": "intake", "routing_service": "routing", "sla_monitor": "sla"}[service]
        given: str = getattr(self, f"{short}_url")
        return given.rstrip("/") or f"http://127.0.0.1:{getattr(self, f'{short}_port')}"


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


class IntakeSettings(Settings):
    idempotency_days: PositiveInt = 7
    replies_a_day: PositiveInt = Field(50, description="To one report within 24 hours, consents among them.")


class RoutingSettings(Settings):
    automatic_assignment: bool = False
    most_returns: PositiveInt = Field(
        2, description="After this many returns an agency can no longer return the report."
    )
    previews_at_once: PositiveInt = 2
    previews_waiting: PositiveInt = 200
    feed_days: PositiveInt = 90


class MonitorSettings(Settings):
    sweep_seconds: PositiveFloat = 5.0
    sweep_batch: PositiveInt = 2000
    statistics_at_once: PositiveInt = 2
    statistics_waiting: int = Field(50, ge=0)
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://user:password@host:port, or smtps://; empty: no mail is sent"
    )
    mail_from: str = Field("lapor@localhost", pattern=r"^[^@\s<>]+@[A-Za-z0-9.-]+$")
    mail_seconds: PositiveFloat = 5.0
    digest_above: int = Field(3, ge=0, description="More mails than this a day become one digest.")
    digest_hour: int = Field(7, ge=0, le=23, description="When it is sent, in the time of the officer's agency.")

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if url.get_secret_value() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0):
            raise ValueError("write it as smtp://user:password@host:port, or leave it empty")
        return url
