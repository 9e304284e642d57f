"""Configuration comes from the environment (LAPOR_...) and from nowhere else; built in `services/`, passed down."""

import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.proof.witnesses import read_witnesses

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]+\]")


#: `HH:MM-HH:MM`, or nothing.
_HOURS = r"^(([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9])?$"


class Settings(BaseSettings):
    """What every process needs. A service adds its own by inheriting."""

    model_config = SettingsConfigDict(env_prefix="LAPOR_", frozen=True, extra="ignore")

    database_url: str = Field(
        description=(
            "PostgreSQL 15 or newer, instead of the one that `make run` starts; takes `?sslmode=`, "
            "`sslrootcert=` and what else libpq calls so. Outside of one machine write "
            "`sslmode=verify-full&sslrootcert=...`: the default, `prefer`, checks nothing."
        ),
    )
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
    pool_size: PositiveInt = Field(10, description="Database connections of a process for requests.")
    jobs_pool_size: PositiveInt = Field(
        8,
        description=(
            "Database connections of a process for everything else: deliveries, the sweep, workers and other jobs."
        ),
    )
    public_statement_seconds: PositiveFloat = Field(
        2.0, description="How long a statement may take for what the public reads; then 503 `too_slow`."
    )
    statement_seconds: PositiveFloat = Field(
        10.0, description="How long a statement of any other request may take; then 503 `too_slow`."
    )
    job_statement_seconds: PositiveFloat = Field(120.0, description="How long a statement of a job may take.")
    statement_cache_size: int = Field(
        100,
        description=(
            "0 behind a PgBouncer older than 1.21, or without `max_prepared_statements`; otherwise `/readyz` "
            "answers 503 `statements_forgotten`."
        ),
    )
    http_timeout_seconds: PositiveFloat = Field(10.0, description="How long one service waits for another.")
    outgoing_hosts: str = Field(
        "",
        description=(
            "Hosts without a public address that somebody may name as one to send to, such as a receiver of webhooks "
            "in a network of your own, separated by commas. All others must have a public address."
        ),
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description=(
            "`smtp://user:password@host:port` (a password only goes to a server that offers STARTTLS) or "
            "`smtps://...`; empty: mails are recorded and not sent, and whoever invites hands on the link."
        ),
    )
    mail_from: str = Field("lapor@localhost", pattern=r"^[^@\s<>]+@[A-Za-z0-9.-]+$", description="The sender of mails.")
    mail_seconds: PositiveFloat = Field(5.0, description="How often a service looks for mails to send.")
    relay_seconds: PositiveFloat = Field(0.1, description="How often a relay looks into the outbox.")
    relay_idle_seconds: PositiveFloat = Field(
        0.8, description="How often it looks after it has found nothing; a commit of its own process wakes it at once."
    )
    relay_batch: PositiveInt = Field(200, description="How many events a relay takes at once.")
    log_level: str = Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    client_requests_per_second: NonNegativeFloat = Field(
        400.0,
        description=(
            "How many requests a second one client (a token's subject, with its role and agency) may send to a "
            "process, on average; then 429. 0: no limit."
        ),
    )
    client_burst: PositiveFloat = Field(4_000.0, description="How many requests one client may send at once.")
    code_requests_per_second: NonNegativeFloat = Field(1.0, description="The same for an access code.")
    code_burst: PositiveFloat = Field(60.0, description="The same for an access code.")
    address_requests_per_second: NonNegativeFloat = Field(
        50.0,
        description="The same for an address that sends no token; a wrong access code or token counts as ten more.",
    )
    address_burst: PositiveFloat = Field(500.0, description="The same for an address that sends no token.")
    attempts_window_seconds: int = Field(
        900, ge=1, le=86_400,
        description=(
            "In what time the log-ins, tokens and wrong access codes below are allowed, over all copies. Counts begin "
            "anew with each such part of a day (UTC)."
        ),
    )  # fmt: skip
    log_ins_per_account: int = Field(
        10, ge=0, description="Failed log-ins of one account, over all copies; then 429. 0, here and below: no limit."
    )
    log_ins_per_address: int = Field(100, ge=0, description="Log-ins from one address, over all copies.")
    tokens_per_account: int = Field(300, ge=0, description="Requests of one account for tokens, over all copies.")
    tokens_per_address: int = Field(3_000, ge=0, description="Requests from one address for tokens, over all copies.")
    wrong_codes_per_address: int = Field(
        30,
        ge=0,
        description=(
            "Wrong access codes of one address, over all copies; with a token, of its client for one report, since "
            "an app sends what many people type."
        ),
    )
    wrong_codes_per_report: int = Field(
        100,
        ge=0,
        description=(
            "Wrong access codes for one report, over all copies; beyond that, whoever has sent a wrong one is refused."
        ),
    )
    submissions_window_seconds: int = Field(
        3_600, ge=1, le=86_400, description="In what time the submissions below are allowed, over all copies."
    )
    submissions_per_reporter: int = Field(
        30, ge=0, description="Reports of one account of an app (`reporter_reference`), over all copies; then 429."
    )
    submissions_per_client: int = Field(100_000, ge=0, description="Reports of one client, over all copies.")
    submissions_per_address: int = Field(
        300,
        ge=0,
        description=(
            "What one address hands in without a token (replies, ratings and the like, with an access code), over "
            "all copies."
        ),
    )
    uploads_per_reporter: int = Field(
        60,
        ge=0,
        description="Files of one account of an app within `LAPOR_SUBMISSIONS_WINDOW_SECONDS`, over all copies.",
    )
    uploads_per_client: int = Field(100_000, ge=0, description="The same for one client.")
    uploads_per_address: int = Field(
        120, ge=0, description="The same for one address that sends no token; a village may share one."
    )
    unlimited_clients: str = Field(
        "",
        description=(
            "Subjects of tokens that have no limit, separated by commas; services and historical imports never "
            "have one."
        ),
    )
    requests_at_once: PositiveInt = Field(
        500, description="How many requests a process works on; one caller has at most half of them."
    )
    searches_at_once: PositiveInt = Field(
        3, description="How many searches a process works on, and as many requests for similar reports."
    )
    searches_waiting: int = Field(100, ge=0, description="How many of each may wait; then 429.")
    trials_waiting: int = Field(
        10, ge=0, description="Replays, simulations and previews of deadlines run one at a time; this many may wait."
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
    idempotency_days: PositiveInt = Field(
        7, description="How long an `Idempotency-Key` is known; after that, the same request is a new one."
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
        for name in _names(text):
            ip_network(name, strict=False)
        return text

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if url.get_secret_value() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0):
            raise ValueError("write it as smtp://user:password@host:port, or leave it empty")
        return url

    @property
    def sends_mail(self) -> bool:
        return bool(self.smtp_url.get_secret_value())

    @property
    def issuer_url(self) -> str:
        return self.issuer.rstrip("/") or self.url_of("routing_service")

    @field_validator("cors_origins")
    @classmethod
    def _names_origins(cls, text: str) -> str:
        """Each exactly: `*` would let every site call with a token that it has got hold of."""
        for name in _names(text):
            parts = urlsplit(name)
            if parts.scheme not in ("http", "https") or not parts.netloc or name != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{name!r} is no origin: write it like https://lapor.example, without a path")
        return text

    @field_validator("hosts", "outgoing_hosts")
    @classmethod
    def _names_hosts(cls, text: str) -> str:
        for name in _names(text):
            if not _HOST.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a host: write it without a scheme, a port or a path")
        return text

    @property
    def host_names(self) -> list[str]:
        return _names(self.hosts)

    @property
    def own_hosts(self) -> list[str]:
        """As an address would have them: an IPv6 address without its brackets."""
        return [name.strip("[]") for name in _names(self.outgoing_hosts)]

    @property
    def origins(self) -> list[str]:
        return _names(self.cors_origins)

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


class FeedSettings(Settings):
    feed_days: PositiveInt = Field(90, description="How far back the feeds of events reach.")


class IntakeSettings(FeedSettings):
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
        pattern=_HOURS,
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

    evidence_store: str = Field(
        "",
        description=(
            "Where files lie: `s3://bucket/folder`, or `file:///a/folder` that all copies share. Empty: `evidence` in "
            "LAPOR_HOME."
        ),
    )
    evidence_s3_endpoint: str = Field(
        "", description="The address of an S3 that is not Amazon's, as `https://s3.lapor.example:8333`."
    )
    evidence_s3_region: str = Field("us-east-1", description="The region of the bucket.")
    evidence_s3_key_id: str = Field("", description="Who we are to the S3.")
    evidence_s3_secret: SecretStr = Field(SecretStr(""), description="What we prove it by.")
    evidence_mib: PositiveInt = Field(50, description="How large a file may be, in MiB.")
    evidence_megapixels: PositiveInt = Field(50, description="How many pixels a picture may have, in millions.")
    evidence_pages: PositiveInt = Field(100, description="How many pages a PDF may have.")
    evidence_video_seconds: PositiveInt = Field(180, description="How long a video may be.")
    evidence_memory_mib: int = Field(
        1024, ge=256, description="How much memory (address space) the process may take that looks through one file."
    )
    evidence_decoding_seconds: int = Field(
        30, ge=1, le=60, description="How much time of a processor it may take; in twice that time it has to be done."
    )
    evidence_looked_at_once: PositiveInt = Field(
        1, description="How many files a process of intake_api has looked through at a time."
    )
    clamd: str = Field(
        "",
        description=(
            "The socket of ClamAV's clamd, which then scans each file before anybody sees it: "
            "`unix:/run/clamav/clamd.ctl` or `host:port`. Empty: files are not scanned (docs/evidence.md)."
        ),
    )
    evidence_per_report: PositiveInt = Field(
        20, description="How many files a reporter may add to a report, and as many those who work on it."
    )
    upload_hours: PositiveFloat = Field(
        48.0, description="How long a file may take to arrive, and how long one that has arrived waits for its report."
    )
    uploads_at_once: PositiveInt = Field(
        100, description="How many files a process takes in at a time; each takes about a MiB of memory."
    )
    evidence_address_seconds: PositiveInt = Field(
        300, description="How long the address of a file can be fetched from; then the list gives out a new one."
    )

    @field_validator("evidence_store")
    @classmethod
    def _names_a_store(cls, address: str) -> str:
        parts = urlsplit(address)
        known = (parts.scheme == "s3" and parts.netloc) or (parts.scheme == "file" and parts.path.startswith("/"))
        if address and not known:
            raise ValueError("write it as s3://bucket/folder or file:///folder, or leave it empty")
        return address


class RoutingSettings(FeedSettings):
    reads_days: PositiveInt = Field(
        730, description="How long it is known who read a report, for the identity custodian."
    )
    automatic_assignment: bool = Field(
        False,
        description=(
            "Clear cases are verified and assigned without a person in every instansi; otherwise only where an "
            "instansi has switched it on."
        ),
    )
    evidence_wait_minutes: int = Field(
        0,
        ge=0,
        description=(
            "A report of a category that needs evidence is held with a prepared question if it has none so long after "
            "its receipt. 0: never without an officer."
        ),
    )
    most_returns: PositiveInt = Field(
        2, description="After this many returns an agency can no longer return the report."
    )
    two_custodians: bool = Field(
        False,
        description=(
            "An identity custodian sees who reported once, within ten minutes after another one has approved it; "
            "otherwise one alone may look."
        ),
    )
    webhook_seconds: PositiveFloat = Field(
        0.5, description="How often a process looks for events that webhooks are told of, and for messages to send."
    )
    webhooks_at_once: PositiveInt = Field(
        32, description="How many messages one receiver is sent at once, over all copies; one that fails has one."
    )
    webhook_log_days: PositiveInt = Field(
        30, description="How long it is known what became of a message; what was not delivered by then is dropped."
    )
    previews_at_once: PositiveInt = Field(2, description="How many previews of routing a process works on.")
    previews_waiting: PositiveInt = Field(200, description="How many of them may wait; then 429.")
    log_ins_at_once: PositiveInt = Field(
        2, description="How many passwords a process looks at; each takes 64 MiB and a third of a second of a core."
    )
    log_ins_waiting: PositiveInt = Field(50, description="How many people may wait to log in; then 429.")
    oidc_issuer: str = Field(
        "",
        description=(
            "Somebody else's OpenID Connect issuer, exactly as it names itself: people may log in there, too "
            "(docs/another-issuer.md). Empty: nowhere else."
        ),
    )
    oidc_name: str = Field("", description="What the log-in page calls it; empty: its host.")
    oidc_client_id: str = Field("lapor", description="What that issuer knows us by.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="What we prove ourselves to it by; with neither a secret nor a key, by PKCE alone."
    )
    oidc_client_key: SecretStr = Field(
        SecretStr(""), description="A private key as a JWK, instead of a secret (private_key_jwt)."
    )
    oidc_scopes: str = Field("openid email", description="The scopes that we ask it for.")

    @field_validator("oidc_client_key")
    @classmethod
    def _is_a_private_key(cls, text: SecretStr) -> SecretStr:
        try:
            jwk = json.loads(text.get_secret_value() or '{"kty": "EC", "d": ""}')
            private = jwk["kty"] in ("EC", "OKP", "RSA") and "d" in jwk
        except (KeyError, TypeError, ValueError):
            private = False
        if not private:
            raise ValueError("write a private key of the kind EC, OKP or RSA as a JWK, in JSON")
        return text

    @model_validator(mode="after")
    def _names_an_issuer(self) -> Self:
        parts = urlsplit(self.oidc_issuer)
        schemes = ("https",) if self.environment == "production" else ("https", "http")
        plain = parts.hostname and not parts.query and not parts.fragment and "@" not in parts.netloc
        if self.oidc_issuer and (parts.scheme not in schemes or not plain):
            raise ValueError("LAPOR_OIDC_ISSUER: write it as https://host/path, as the issuer names itself")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("LAPOR_OIDC_SCOPES: openid is missing")
        if self.oidc_client_secret.get_secret_value() and self.oidc_client_key.get_secret_value():
            raise ValueError("LAPOR_OIDC_CLIENT_SECRET and LAPOR_OIDC_CLIENT_KEY: set one of them")
        return self


class MonitorSettings(Settings):
    sweep_seconds: PositiveFloat = Field(5.0, description="How often the monitor looks for what is due.")
    sweep_batch: PositiveInt = Field(2000, description="How many clocks a sweep takes at once.")
    statistics_at_once: PositiveInt = Field(2, description="How many statistics a process works on.")
    statistics_waiting: int = Field(50, ge=0, description="How many of them may wait; then 429.")
    digest_above: int = Field(3, ge=0, description="More mails than this a day become one digest.")
    working_hours: str = Field(
        "08:00-16:00",
        pattern=_HOURS,
        description=(
            "When officers are told at once that a report has come to them, on working days, where they are; outside "
            "of these hours it waits for their beginning. Empty: at any hour."
        ),
    )
    digest_hour: int = Field(
        7,
        ge=0,
        le=23,
        description=(
            "The hour of a working day, where the officer is, at which digests are sent, and what fell due in "
            "the night."
        ),
    )

    log_origin: str = Field(
        "lapor.localhost/log",
        pattern=r"^[^\s+]{1,200}$",
        description=(
            "The name of the transparency log and of the key that signs it: the public address of `/sla/v1/log` "
            "without `https://`. Set it before the first checkpoint; a log keeps its name."
        ),
    )
    log_seconds: PositiveFloat = Field(
        3600.0, description="How often the ends of changed chains are put into the log, under a new checkpoint."
    )
    log_memory_file: Path | None = Field(
        None,
        description=(
            "Where the last published checkpoint is remembered outside of the database, so that none is published "
            "that contradicts it; of each copy or shared by all. Empty: `log/checkpoint` in LAPOR_HOME."
        ),
    )
    witnesses: str = Field(
        "",
        description=(
            "Who cosigns checkpoints: `KEY URL`, separated by commas; the key as a witness gives it out "
            "(`name+id+key`), the address as c2sp.org/tlog-witness wants it. Empty: nobody."
        ),
    )

    @property
    def log_memory(self) -> Path:
        return self.log_memory_file or self.home / "log" / "checkpoint"

    @field_validator("working_hours")
    @classmethod
    def _end_after_they_begin(cls, hours: str) -> str:
        begin, _, end = hours.partition("-")
        if hours and begin >= end:
            raise ValueError("they must end after they begin, on the same day; leave them empty for any hour")
        return hours

    @field_validator("witnesses")
    @classmethod
    def _names_witnesses(cls, text: str) -> str:
        read_witnesses(text)
        return text
