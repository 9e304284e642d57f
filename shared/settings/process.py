"""A process: what kind of installation it is part of, its keys, where it and the others are found, what it writes."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr

from shared.settings.environment import Environment


class ProcessSettings(Environment):
    environment: Literal["production", "development"] = Field(
        "production",
        description="`development` accepts the tokens of `lapor token`, too; `make run` sets it.",
    )
    keys: SecretStr = Field(SecretStr(""), description="The keys of this service as JSON, instead of a file.")
    keys_file: Path | None = Field(
        None, description="The keys of this service, as `lapor keys` writes them; read anew when it changes."
    )
    public_keys: str = Field("", description="The public keys of all services as JSON, instead of a file.")
    public_keys_file: Path | None = Field(
        None, description="The public keys of all services, as `lapor keys` writes them; read anew when it changes."
    )
    issuer: str = Field(
        "",
        description=(
            "The name of our issuer of tokens: the public address of routing_service, without a slash at its end. "
            "Empty: its address on this machine."
        ),
    )
    home: Path = Field(Path(".lapor"), description="Data, logs and keys of `make run`.")
    intake_port: int = Field(8001, description="The port of intake_api.")
    routing_port: int = Field(8002, description="The port of routing_service.")
    sla_port: int = Field(8003, description="The port of sla_monitor.")
    intake_url: str = Field(
        "", description="Where the other services find intake_api; empty: on its port of this machine."
    )
    routing_url: str = Field(
        "", description="Where the other services find routing_service; empty: on its port of this machine."
    )
    sla_url: str = Field(
        "", description="Where the other services find sla_monitor; empty: on its port of this machine."
    )
    root_path: str = Field("", description="`/intake`, `/routing` or `/sla` where the three stand behind one host.")
    examples_file: Path | None = Field(
        None,
        description=(
            "What the examples in `/docs` are tried on, for each operation. `make run` writes it and sets this; "
            "leave it empty elsewhere."
        ),
    )
    docs_client: str = Field(
        "", description="The registered public client that `/docs` logs people in by; `make run` sets it."
    )
    log_level: str = Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    relay_seconds: PositiveFloat = Field(0.1, description="How often a relay looks into the outbox.")
    relay_idle_seconds: PositiveFloat = Field(
        0.8, description="How often it looks after it has found nothing; a commit of its own process wakes it at once."
    )
    relay_batch: PositiveInt = Field(200, description="How many events a relay takes at once.")
    idempotency_days: PositiveInt = Field(
        7, description="How long an `Idempotency-Key` is known; after that, the same request is a new one."
    )

    @property
    def issuer_url(self) -> str:
        return self.issuer.rstrip("/") or self.url_of("routing_service")

    def url_of(self, service: str) -> str:
        """Where a service is called by the others."""
        short = {"intake_api": "intake", "routing_service": "routing", "sla_monitor": "sla"}[service]
        given: str = getattr(self, f"{short}_url")
        return given.rstrip("/") or f"http://127.0.0.1:{getattr(self, f'{short}_port')}"
