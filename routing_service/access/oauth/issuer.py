"""Our issuer: its name, its addresses, and the tokens that it signs (RFC 9068)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from routing_service.access.accounts.systems import GRANTS
from routing_service.access.oauth import assertions
from shared.clients import Role, Scope
from shared.http.tokens import Signer
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.settings import Settings

ACCESS_SECONDS = 600
TOKEN, REVOKE, INTROSPECT, JWKS = "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/jwks"
AUTHORIZE = "/oauth/authorize"
METADATA = "/.well-known/oauth-authorization-server"
AUTHENTICATION = ("client_secret_basic", "private_key_jwt")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token is for, as the registry knows them."""

    sub: str
    role: Role
    agency: str | None
    epoch: int


class Issuer:
    def __init__(self, settings: Settings, keys: Keys) -> None:
        self.url = settings.issuer_url
        self.path = urlsplit(self.url).path
        #: Whom an assertion may name: the issuer, as it should, or the address that it is sent to.
        self.audiences = frozenset({self.url, self.url + TOKEN})
        self._signer = Signer(lambda: keys.current(KeyPurpose.TOKENS), issuer=self.url)

    def access_token(self, bearer: Bearer, *, client_id: str, scopes: Iterable[str], **more: Any) -> str:
        """Good for ACCESS_SECONDS. `more`: what else is known of how its bearer came by it."""
        return self._signer.mint(
            bearer.role, sub=bearer.sub, agency=bearer.agency, scopes=scopes, seconds=ACCESS_SECONDS,
            client_id=client_id, epoch=bearer.epoch, **more,
        )  # fmt: skip

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        known, algorithms = list(AUTHENTICATION), list(assertions.ALGORITHMS)
        return {
            "issuer": self.url,
            "authorization_endpoint": self.url + AUTHORIZE,
            "token_endpoint": self.url + TOKEN,
            "jwks_uri": self.url + JWKS,
            "revocation_endpoint": self.url + REVOKE,
            "introspection_endpoint": self.url + INTROSPECT,
            "scopes_supported": sorted(Scope),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANTS),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": [*known, "none"],
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_methods_supported": [*known, "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint_auth_methods_supported": known,
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "ui_locales_supported": ["id", "en"],
        }


def of_log_in(family: UUID, factors: Sequence[str], authenticated_at: datetime) -> dict[str, Any]:
    """Claims of a token that came of a log-in: its family, when and by what somebody proved themselves."""
    return {"sid": str(family), "amr": list(factors), "auth_time": int(authenticated_at.timestamp())}
