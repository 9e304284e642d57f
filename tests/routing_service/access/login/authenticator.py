"""A passkey as a browser has it, in a few lines: P-256, no attestation."""

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ID = b"a passkey of Sari"
_PRESENT, _MADE = 0x05, 0x45  # user present and verified; with a key


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Authenticator:
    def __init__(self, origin: str, host: str, *, id: bytes = ID) -> None:
        self.origin, self.host, self.id = origin, host, id
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    @property
    def name(self) -> str:
        return _text(self.id)

    def makes(self, options: dict[str, Any]) -> str:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(_MADE) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._credential({"attestationObject": _text(attested), "clientDataJSON": _text(client)})

    def signs(self, options: dict[str, Any]) -> str:
        self.count += 1
        data, client = self._data(_PRESENT), self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {"authenticatorData": _text(data), "clientDataJSON": _text(client), "signature": _text(signature)}
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _credential(self, response: dict[str, str]) -> str:
        return json.dumps({"id": self.name, "rawId": self.name, "type": "public-key", "response": response})
