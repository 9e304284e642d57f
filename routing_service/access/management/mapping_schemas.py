"""Mappings of somebody else's issuer as operators write and read them."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from routing_service.access.federation.service import LONGEST_VALUE
from shared.http.wire import Answer, PageParams, Schema, Storable

#: What an ID token says of itself or of the log-in, and what somebody shares with others or chooses by themselves.
SAYS_NOT_WHO = frozenset(
    {
        "iss", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "sid", "auth_time", "acr", "amr", "at_hash", "c_hash",
        "s_hash", "cnf", "typ", "scope", "client_id", "email_verified", "phone_number_verified", "phone_number",
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "address", "groups", "roles",
    }
)  # fmt: skip


def _issuer(name: str) -> str:
    try:
        parts = urlsplit(name)
        fits = parts.scheme in ("https", "http") and parts.hostname and not parts.query and not parts.fragment
    except ValueError:
        fits = False
    if not fits or "@" in name or "?" in name or "#" in name:
        raise ValueError("write it as https://host/path, as the issuer names itself")
    return name


def _says_who(claim: str) -> str:
    if claim.lower() in SAYS_NOT_WHO:
        raise ValueError("this claim does not say who somebody is; name one that is theirs alone, such as sub")
    return claim


Issuer = Annotated[
    str, StringConstraints(min_length=8, max_length=500, pattern=r"^[\x21-\x7e]+$"), AfterValidator(_issuer)
]
AccountName = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:@-]+$")]


class ClaimMappingCreate(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"issuer": "https://sso.samarinda.example", "claim": "sub", "value": "u-1", "account": "custodian-1"}
            ]
        }
    )

    issuer: Issuer = Field(description="Somebody else's issuer, exactly as it names itself.")
    claim: Annotated[
        str,
        StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:/-]+$"),
        AfterValidator(_says_who),
    ] = Field(description="The claim that says who it is, such as `sub`, a staff number, or `email`.")
    value: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_VALUE), Storable] = Field(
        description="The whole value of the claim; of `email` it is kept in small letters."
    )
    account: AccountName = Field(description="The account of the person whom it means.")


class ClaimMappingView(Answer):
    id: UUID = Field(description="Of the mapping; by it the log of the registry names it.")
    issuer: str = Field(description="Somebody else's issuer, exactly as it names itself.")
    claim: str = Field(description="The claim that says who it is, such as `sub`, a staff number, or `email`.")
    value: str = Field(description="The whole value of the claim; of `email` it is kept in small letters.")
    account: str = Field(description="The account of the person whom it means.")
    created_at: datetime


class ClaimMappingParams(PageParams):
    issuer: Issuer | None = Field(None, description="Only mappings of this issuer.")
    account: AccountName | None = Field(None, description="Only mappings to this account.")
