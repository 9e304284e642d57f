"""Names and contacts as they lie in the database, and by what their phones and addresses are found."""

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from shared import ids
from shared.errors import Unavailable
from shared.keys import envelope
from shared.keys.envelope import Envelope, Unreadable
from shared.keys.held import Keys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, KeyTrouble
from shared.schema import Reporter

TABLE = Reporter.__tablename__
#: Bytes of a digest that phones and addresses are found by.
INDEX_BYTES = 16


class Identity(NamedTuple):
    """Null: the reporter did not say."""

    name: str | None
    phone: str | None
    email: str | None
    national_id: str | None


FIELDS = Identity._fields
#: The columns of `reporters` that `seal` fills, with their types.
COLUMNS: Mapping[str, str] = {
    **{f"sealed_{name}": "bytea" for name in FIELDS},
    "wrapped_key": "bytea",
    "key_id": "text",
    "phone_index": "bytea",
    "email_index": "bytea",
    "index_key_id": "text",
}


class Identities:
    """Seals and opens with the keys of intake_api. Raises Unavailable where a key is missing; nothing is lost then."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, reporter_id: UUID, identity: Identity) -> dict[str, Any]:
        """The columns."""
        try:
            key = self._keys.current(KeyPurpose.IDENTITIES)
            index_key = self._keys.current(KeyPurpose.INDEX)
        except KeyTrouble as trouble:
            raise Unavailable(str(trouble), code="identity_key_missing") from None
        sealed = envelope.seal(key, identity._asdict(), table=TABLE, row=reporter_id)
        return {
            **{f"sealed_{name}": value for name, value in sealed.fields.items()},
            "wrapped_key": sealed.wrapped,
            "key_id": sealed.key_id,
            **_indexes(index_key, identity),
        }

    def open(self, reporter: Reporter) -> Identity:
        """What was written before names were sealed is still read as it lies there."""
        if reporter.wrapped_key is None or reporter.key_id is None:
            return Identity(reporter.name, reporter.phone, reporter.email, reporter.national_id)
        fields = {name: getattr(reporter, f"sealed_{name}") for name in FIELDS}
        key = self._key(reporter.key_id)
        try:
            sealed = Envelope(reporter.key_id, reporter.wrapped_key, fields)
            return Identity(**envelope.open_(key, sealed, table=TABLE, row=reporter.id))
        except Unreadable:
            raise _unreadable(reporter) from None

    def rewrapped(self, reporter: Reporter) -> dict[str, Any]:
        """The columns that change when keys have a successor."""
        identity, key = self.open(reporter), self._keys.current(KeyPurpose.IDENTITIES)
        assert reporter.wrapped_key is not None
        assert reporter.key_id is not None
        old = self._key(reporter.key_id)
        wrapped = envelope.rewrap(old, key, reporter.wrapped_key, table=TABLE, row=reporter.id)
        index_key = self._keys.current(KeyPurpose.INDEX)
        return {"wrapped_key": wrapped, "key_id": key.id, **_indexes(index_key, identity)}

    def phone_indexes(self, phone: str) -> list[bytes]:
        """By which a phone is found, under every key that it may have been written with."""
        return [_index(secret, "phone", plain_phone(phone)) for secret in self._keys.secrets(KeyPurpose.INDEX)]

    def email_indexes(self, email: str) -> list[bytes]:
        return [_index(secret, "email", plain_email(email)) for secret in self._keys.secrets(KeyPurpose.INDEX)]

    @property
    def current_ids(self) -> tuple[str, str]:
        """Of the keys that are written with: for what is sealed, and for the index."""
        return self._keys.current(KeyPurpose.IDENTITIES).id, self._keys.current(KeyPurpose.INDEX).id

    def _key(self, key_id: str) -> Key:
        key = self._keys.ring.find(KeyPurpose.IDENTITIES, key_id)
        if key is None:
            raise Unavailable(
                f"The key {key_id}, under which this identity was sealed, is not in the ring of intake_api; have an "
                "operator put it back. Nothing is lost.",
                code="identity_key_missing",
            )
        return key


def _unreadable(reporter: Reporter) -> Unavailable:
    return Unavailable(
        f"This identity does not open with the key {reporter.key_id}: it was changed since, or the key is another one "
        "of the same id; have an operator compare the ring with a backup of it.",
        code="identity_unreadable",
    )


def _indexes(key: Key, identity: Identity) -> dict[str, Any]:
    phone, email = identity.phone, identity.email
    return {
        "phone_index": None if phone is None else _index(key.text, "phone", plain_phone(phone)),
        "email_index": None if email is None else _index(key.text, "email", plain_email(email)),
        "index_key_id": None if phone is None and email is None else key.id,
    }


def _index(secret: str, what: str, plain: str) -> bytes:
    return ids.keyed_digest(secret, f"{what}|{plain}".encode())[:INDEX_BYTES]


def plain_phone(phone: str) -> str:
    """0812-3456, +62 812 3456 and 62 (812) 3456 are one phone: its digits, with the country's in front."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    if phone.lstrip().startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    if digits.startswith("0"):
        return f"62{digits[1:]}"
    return digits if digits.startswith("62") else f"62{digits}"


def plain_email(email: str) -> str:
    """Providers tell capitals apart nowhere that matters."""
    return unicodedata.normalize("NFKC", email).strip().casefold()
