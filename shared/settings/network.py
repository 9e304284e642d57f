"""Who may connect, from where, under which names; whom we call; where figures are told."""

from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from shared.settings.environment import HOST, Environment, names_in


class NetworkSettings(Environment):
    http_timeout_seconds: PositiveFloat = Field(10.0, description="How long one service waits for another.")
    outgoing_hosts: str = Field(
        "",
        description=(
            "Hosts without a public address that somebody may name as one to send to, such as a receiver of webhooks "
            "in a network of your own, separated by commas. All others must have a public address."
        ),
    )
    connections: PositiveInt = Field(
        5_000,
        description=(
            "Open connections of a process, as far as it may open files; a new one then replaces the one that "
            "has been unfinished for longest."
        ),
    )
    connections_per_address: int = Field(
        200,
        ge=0,
        description="Open connections of one address, this machine and trusted proxies excepted; 0: any number.",
    )
    trusted_proxies: str = Field(
        "",
        description=(
            "Addresses or networks, separated by commas, whose `X-Forwarded-For` is believed. Set it behind a "
            "proxy; otherwise all visitors share one address."
        ),
    )
    hosts: str = Field(
        "",
        description=(
            "The names that the services answer to, separated by commas, without a port; `*.lapor.example` names all "
            "below it. Empty: whatever a request names. Checks of health are answered by any."
        ),
    )
    cors_origins: str = Field(
        "",
        description=(
            "Sites whose scripts may call the API from a browser, separated by commas, each exactly as a browser "
            "writes it: `https://lapor.example`. Empty: none."
        ),
    )
    metrics_host: str = Field(
        "127.0.0.1", description="The address that answers `/metrics` when `LAPOR_METRICS_PORT` is set."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65_533,
        description=(
            "Where `/metrics` of intake_api is answered instead; routing_service uses the next port, sla_monitor "
            "the one after. The own ports then answer 404. 0: on the own port."
        ),
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _names_addresses(cls, text: str) -> str:
        """Not `*`: a caller could then choose the address that limits hold for."""
        for name in names_in(text):
            ip_network(name, strict=False)
        return text

    @field_validator("cors_origins")
    @classmethod
    def _names_origins(cls, text: str) -> str:
        """Each exactly: `*` would let every site call with a token that it has got hold of."""
        for name in names_in(text):
            parts = urlsplit(name)
            if parts.scheme not in ("http", "https") or not parts.netloc or name != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{name!r} is no origin: write it like https://lapor.example, without a path")
        return text

    @field_validator("hosts", "outgoing_hosts")
    @classmethod
    def _names_hosts(cls, text: str) -> str:
        for name in names_in(text):
            if not HOST.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a host: write it without a scheme, a port or a path")
        return text

    @property
    def host_names(self) -> list[str]:
        return names_in(self.hosts)

    @property
    def own_hosts(self) -> list[str]:
        """As an address would have them: an IPv6 address without its brackets."""
        return [name.strip("[]") for name in names_in(self.outgoing_hosts)]

    @property
    def origins(self) -> list[str]:
        return names_in(self.cors_origins)

    @property
    def proxies(self) -> list[str]:
        return names_in(self.trusted_proxies)
