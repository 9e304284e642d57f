"""Passkeys (WebAuthn). A challenge follows from the cookie of the step before, which ends when it is answered."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from shared.schema import Passkey

_BROKEN = (WebAuthnException, AttributeError, KeyError, TypeError, ValueError)
_PREFERRED = UserVerificationRequirement.PREFERRED


class RelyingParty:
    """Where passkeys hold: the host of the issuer, if it has a name."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}"

    @property
    def has_name(self) -> bool:
        try:
            ip_address(self.host)
        except ValueError:
            return bool(self.host)
        return False


def challenge(moment: str) -> bytes:
    return hashlib.sha256(f"passkey|{moment}".encode()).digest()


def asked(party: RelyingParty, known: Sequence[Passkey], cookie: str) -> str:
    """What the browser is to sign, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=challenge(cookie),
        allow_credentials=[PublicKeyCredentialDescriptor(key.credential_id) for key in known],
        user_verification=_PREFERRED,
    )
    return webauthn.options_to_json(options)


def challenge_met(
    party: RelyingParty, known: Sequence[Passkey], cookie: str, credential: str
) -> tuple[bytes, int] | None:
    """The id of the passkey, and how often it has signed; None: it is none of theirs, or what it signed is wrong."""
    try:
        id = webauthn.base64url_to_bytes(json.loads(credential)["rawId"])
        key = next(key for key in known if key.credential_id == id)
        proof = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge(cookie),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except (*_BROKEN, StopIteration):
        return None
    return key.credential_id, proof.new_sign_count


def offered(party: RelyingParty, account_id: str, email: str, moment: str, known: Sequence[Passkey] = ()) -> str:
    """What the browser is to make a passkey of, as JSON; on a device that has none of those that are known."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name="LAPOR",
        user_id=account_id.encode(),
        user_name=email,
        challenge=challenge(moment),
        exclude_credentials=[PublicKeyCredentialDescriptor(key.credential_id) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=_PREFERRED),
    )
    return webauthn.options_to_json(options)


def made(
    party: RelyingParty, account_id: str, moment: str, credential: str, *, now: datetime
) -> dict[str, object] | None:
    """The row of a passkey that was made; None: it was not made for this."""
    try:
        proof = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge(moment),
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except _BROKEN:
        return None
    return {
        "credential_id": proof.credential_id, "account_id": account_id, "public_key": proof.credential_public_key,
        "sign_count": proof.sign_count, "name": "passkey", "created_at": now,
    }  # fmt: skip
