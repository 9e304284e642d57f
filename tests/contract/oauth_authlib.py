"""A client of other people, unmodified: authlib over httpx. A program of its own: importing it gives warnings."""

import json
import sys
from typing import Any

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey


def tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


given: dict[str, Any] = json.loads(sys.argv[1])
told: dict[str, Any] = {}
found = httpx.get(f"{given['issuer']}/.well-known/oauth-authorization-server", trust_env=False).json()
endpoint = found["token_endpoint"]

with OAuth2Client(given["system"], given["secret"], scope="reports:submit", trust_env=False) as client:
    told["authlib secret"] = client.fetch_token(endpoint, grant_type="client_credentials")

with OAuth2Client(
    given["system"],
    RSAKey.import_key(given["rsa"]),
    scope="reports:submit",
    token_endpoint_auth_method="private_key_jwt",
    trust_env=False,
) as client:
    client.register_client_auth_method(PrivateKeyJWT(endpoint, alg="RS256"))
    told["authlib key"] = client.fetch_token(endpoint, grant_type="client_credentials")

with OAuth2Client(
    given["app"], redirect_uri=given["back"], code_challenge_method="S256", token_endpoint_auth_method="none",
    trust_env=False,
) as client:  # fmt: skip
    verifier = "authlib-" * 8
    url, state = client.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier)
    tell({"go": url})
    back = sys.stdin.readline().strip()
    told["authlib code"] = client.fetch_token(
        endpoint, authorization_response=back, code_verifier=verifier, state=state
    )
    told["authlib refreshed"] = client.refresh_token(endpoint, told["authlib code"]["refresh_token"])
    token = told["authlib refreshed"]["refresh_token"]
    told["authlib revoked"] = client.revoke_token(found["revocation_endpoint"], token=token).status_code

tell({"told": told})
