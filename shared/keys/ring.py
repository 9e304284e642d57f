"""The keys that one process holds: `{"keys": [...]}` with an id, a purpose, instants and a secret each."""

import base64
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from joserfc.jwk import OKPKey
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from shared.clock import utc_now
from shared.keys.purposes import PAIRS, KeyPurpose

SECRET_BYTES = 32


class KeyTrouble(Exception):
    """Keys are missing or cannot be read; the sentence says which and what to do."""


class Key(BaseModel):
    """One key. From `from_at` on it is written with; it is read with as soon as it is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    purpose: KeyPurpose
    made_at: AwareDatetime
    from_at: AwareDatetime
    secret: SecretStr | None = None
    private: dict[str, str] | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _whole(self) -> "Key":
        if (self.private if self.purpose in PAIRS else self.secret) is None:
            raise ValueError(f"the key {self.id} has no {'private' if self.purpose in PAIRS else 'secret'}")
        return self

    @classmethod
    def make(cls, purpose: KeyPurpose, *, now: datetime, from_at: datetime | None = None) -> "Key":
        name = f"{purpose.value}-{now:%Y%m%d}-{secrets.token_hex(4)}"
        from_at = from_at or now
        if purpose in PAIRS:
            private = OKPKey.generate_key("Ed25519").as_dict(private=True)
            kept = {part: str(private[part]) for part in ("kty", "crv", "x", "d")}
            return cls(id=name, purpose=purpose, private=kept, made_at=now, from_at=from_at)
        text = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")
        return cls(id=name, purpose=purpose, secret=SecretStr(text), made_at=now, from_at=from_at)

    @property
    def text(self) -> str:
        """Of a key that is no pair."""
        assert self.secret is not None
        return self.secret.get_secret_value()

    @property
    def pair(self) -> OKPKey:
        """With its private half."""
        assert self.private is not None
        return OKPKey.import_key({**self.private, "kid": self.id})

    def as_json(self) -> dict[str, Any]:
        kept = self.model_dump(mode="json", exclude_none=True)
        return kept | ({"secret": self.text} if self.secret else {})


_KEYS = TypeAdapter(list[Key])


class Ring:
    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self._of: dict[KeyPurpose, tuple[Key, ...]] = {
            purpose: tuple(sorted((key for key in keys if key.purpose is purpose), key=lambda key: key.from_at))
            for purpose in KeyPurpose
        }

    @classmethod
    def make(cls, purposes: Iterable[KeyPurpose], *, now: datetime) -> "Ring":
        return cls([Key.make(purpose, now=now) for purpose in sorted(purposes)])

    @classmethod
    def read(cls, text: str, source: str) -> "Ring":
        """Raises KeyTrouble."""
        try:
            return cls(_KEYS.validate_python(json.loads(text)["keys"]))
        except (ValidationError, ValueError, TypeError, KeyError) as error:
            # Not the error itself: it may quote a secret.
            raise KeyTrouble(
                f"{source} holds no ring of keys ({type(error).__name__}); `lapor keys` writes it."
            ) from None

    def known(self, purpose: KeyPurpose) -> tuple[Key, ...]:
        """The oldest first. Raises KeyTrouble if there is none."""
        if not self._of[purpose]:
            raise KeyTrouble(f"There is no key for {purpose.value}; make one with `lapor keys new {purpose.value}`.")
        return self._of[purpose]

    def current(self, purpose: KeyPurpose, now: datetime | None = None) -> Key:
        """What is written with. Raises KeyTrouble."""
        known = self.known(purpose)
        if len(known) == 1:
            return known[0]
        now = now or utc_now()
        return next((key for key in reversed(known) if key.from_at <= now), known[0])

    def find(self, purpose: KeyPurpose, id: str) -> Key | None:
        return next((key for key in self._of[purpose] if key.id == id), None)

    def as_text(self) -> str:
        return json.dumps({"keys": [key.as_json() for key in self.keys]}, indent=2)
