"""The public halves: whose signature may say what. A JWK Set, with the purpose and the service of each key."""

import json
from collections.abc import Sequence
from typing import Any

from joserfc.jwk import OKPKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, KeyTrouble


class PublicKey(BaseModel):
    """`until_at`: what was signed after it is refused; a successor signs then."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kid: str
    purpose: KeyPurpose
    service: str | None = None
    from_at: AwareDatetime
    until_at: AwareDatetime | None = None
    kty: str = "OKP"
    crv: str = "Ed25519"
    alg: str = "Ed25519"
    use: str = "sig"
    x: str

    @model_validator(mode="after")
    def _of_a_service(self) -> "PublicKey":
        if (self.purpose is KeyPurpose.SERVICE) != (self.service is not None):
            raise ValueError("a key of a service names the service, and no other key does")
        OKPKey.import_key(self.jwk)
        return self

    @classmethod
    def of(cls, key: Key, service: str | None = None) -> "PublicKey":
        return cls(
            kid=key.id,
            purpose=key.purpose,
            service=service if key.purpose is KeyPurpose.SERVICE else None,
            from_at=key.from_at,
            x=(key.private or {})["x"],
        )

    @property
    def jwk(self) -> dict[str, str | list[str]]:
        """As RFC 7517 has it, with nothing of ours."""
        return {"kty": self.kty, "crv": self.crv, "x": self.x, "kid": self.kid, "alg": self.alg, "use": self.use}


_KEYS = TypeAdapter(list[PublicKey])


class PublicKeys:
    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self.keys = tuple(keys)
        self._of = {key.kid: (key, OKPKey.import_key(key.jwk)) for key in keys}

    @classmethod
    def read(cls, text: str, source: str) -> "PublicKeys":
        """Raises KeyTrouble."""
        try:
            return cls(_KEYS.validate_python(json.loads(text)["keys"]))
        except (ValidationError, ValueError, TypeError, KeyError) as error:
            raise KeyTrouble(f"{source} holds no set of public keys ({type(error).__name__}).") from None

    def find(self, kid: str) -> tuple[PublicKey, OKPKey] | None:
        return self._of.get(kid)

    def jwks(self, purpose: KeyPurpose) -> dict[str, Any]:
        """What others verify our tokens by."""
        return {"keys": [key.jwk for key in self.keys if key.purpose is purpose]}

    def as_text(self) -> str:
        return json.dumps({"keys": [key.model_dump(mode="json", exclude_none=True) for key in self.keys]}, indent=2)
