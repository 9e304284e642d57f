"""Logging in at somebody else's issuer."""

import json
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.settings.process import ProcessSettings


class FederationSettings(ProcessSettings):
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
