"""Accounts as those who look after them write and read them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from routing_service.registry.officers.schemas import OfficerName
from shared.clients import Role, Scope
from shared.domain.accounts import AccountState
from shared.domain.codes import Channel
from shared.domain.wording import Language
from shared.http.wire import Answer, Code, EmailAddress, PageParams, Schema, Storable

ClientId = Annotated[str, StringConstraints(min_length=3, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Grant = Literal["client_credentials", "authorization_code", "refresh_token"]


def _address(uri: str) -> str:
    """Where a browser is sent back to: https, or this machine; with nothing behind a `#` (RFC 6749, 3.1.2)."""
    try:
        parts = urlsplit(uri)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        secure = parts.scheme == "https" or (parts.scheme == "http" and local)
    except ValueError:
        secure = False
    if not secure or not parts.hostname or "#" in uri or "@" in parts.netloc or "\\" in uri:
        raise ValueError("write an https address, or one of this machine, without a fragment")
    return uri


RedirectUri = Annotated[
    str, StringConstraints(min_length=8, max_length=500, pattern=r"^[\x21-\x7e]+$"), AfterValidator(_address)
]
RedirectUris = Annotated[list[RedirectUri], Field(max_length=10)]


class ClientCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Kanal WhatsApp Kota Samarinda",
                    "role": "channel",
                    "agency": "SAMARINDA",
                    "contact": "kanal@samarinda.example",
                    "channels": ["whatsapp"],
                    "scopes": ["reports:submit"],
                }
            ]
        }
    )

    id: ClientId | None = Field(None, description="Its `client_id` and the `sub` of its tokens; null: one is made up.")
    name: OfficerName
    role: Literal[Role.CHANNEL, Role.REPORTER_APP] = Role.CHANNEL
    agency: Code | None = None
    contact: EmailAddress | None = None
    channels: Annotated[list[Channel], Field(max_length=len(Channel))] = Field(default_factory=list)
    scopes: Annotated[list[Scope], Field(max_length=len(Scope))] = Field(default_factory=list)
    redirect_uris: RedirectUris = Field(default_factory=list)
    grants: Annotated[list[Grant], Field(max_length=3)] = Field(["client_credentials"])
    with_secret: StrictBool = Field(True, description="Whether it gets a secret at once; else it brings a key.")


class ClientPatch(Schema):
    """Only the fields that are given change."""

    name: OfficerName | None = None
    contact: EmailAddress | None = None
    channels: Annotated[list[Channel], Field(max_length=len(Channel))] | None = None
    scopes: Annotated[list[Scope], Field(max_length=len(Scope))] | None = None
    redirect_uris: RedirectUris | None = None
    grants: Annotated[list[Grant], Field(max_length=3)] | None = None
    active: StrictBool | None = Field(None, description="False: it gets no token, and those that it has are refused.")

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in self.model_fields_set - {"contact"}:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class ClientProof(Answer):
    id: str
    created_at: datetime
    expires_at: datetime | None = Field(None, description="When it stops being good; null: never by itself.")


class ClientView(Answer):
    id: str
    name: str
    role: Role
    agency: str | None
    contact: str | None
    channels: list[str]
    scopes: list[str]
    redirect_uris: list[str]
    grants: list[str]
    active: bool
    secrets: list[ClientProof]
    keys: list[ClientProof]


class RegisteredClient(ClientView):
    secret: str | None = Field(description="Shown this once; null: none was asked for.")


class ClientSecretCreate(Schema):
    days: Annotated[int, Field(ge=1, le=1_826)] | None = Field(None, description="How long it is good; null: always.")


class NewClientSecret(ClientProof):
    secret: str = Field(description="Shown this once.")


class ClientKeyCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}]
        }
    )

    jwk: dict[Annotated[str, Storable], Any] = Field(
        max_length=20, description="A public key (RFC 7517): RSA of 2048 to 4096 bits, P-256 or Ed25519."
    )


class ClientParams(PageParams):
    role: Literal[Role.CHANNEL, Role.REPORTER_APP] | None = None


class AccountCreate(Schema):
    """Somebody who is no officer of the registry."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Dewi", "email": "dewi@pusat.example", "role": "identity_custodian"}]}
    )

    name: OfficerName
    email: EmailAddress
    role: Literal[Role.OPERATOR, Role.IDENTITY_CUSTODIAN, Role.SUPERVISOR, Role.NATIONAL_ADMIN]
    agency: Code | None = Field(
        None, description="Of a supervisor who sees the instansi in its region alone. Null: the whole country."
    )
    scopes: Annotated[list[Scope], Field(max_length=len(Scope))] = Field(default_factory=list)
    language: Language = Language.ID


class AccountPatch(Schema):
    """Only the fields that are given change."""

    scopes: Annotated[list[Scope], Field(max_length=len(Scope))] | None = None
    state: Literal[AccountState.ACTIVE, AccountState.LOCKED, AccountState.DEACTIVATED] | None = Field(
        None, description="`active` unlocks; who is deactivated comes back by a reset alone."
    )

    @model_validator(mode="after")
    def _needed(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be taken away")
        return self


class AccountView(Answer):
    id: str
    officer: UUID | None
    name: str
    email: str | None
    role: Role
    agency: str | None
    scopes: list[str]
    state: AccountState
    in_service: bool = Field(description="Whether the officer and the agency are in service.")


class InvitedAccount(AccountView):
    mailed: bool = Field(description="Whether the link goes to them by mail; then nobody else is shown it.")
    link: str | None = Field(
        description=(
            "With it they take up the account, once. Hand it to nobody else. Null: it goes by mail, or, in production "
            "without a mail server, an operator makes it by command."
        )
    )
    link_expires_at: datetime | None


class AccountParams(PageParams):
    role: Role | None = None
    state: AccountState | None = None
