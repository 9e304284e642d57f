"""How mails go out."""

from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, SecretStr, field_validator

from shared.settings.environment import Environment


class MailSettings(Environment):
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description=(
            "`smtp://user:password@host:port` (a password only goes to a server that offers STARTTLS) or "
            "`smtps://...`; empty: mails are recorded and not sent, and whoever invites hands on the link."
        ),
    )
    mail_from: str = Field("lapor@localhost", pattern=r"^[^@\s<>]+@[A-Za-z0-9.-]+$", description="The sender of mails.")
    mail_seconds: PositiveFloat = Field(5.0, description="How often a service looks for mails to send.")

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
