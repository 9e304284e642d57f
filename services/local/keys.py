"""The folder of keys: a ring for each service, readable by us alone, and the public halves for all.

intake_api.json, routing_service.json, sla_monitor.json    what each service holds, and no other
development.json                                           signs the tokens of `lapor token`
public.json                                                a JWK Set: whose signature may say what

Each service gets its own ring and public.json, by LAPOR_KEYS_FILE and LAPOR_PUBLIC_KEYS_FILE. Files are replaced whole,
so that a running service reads the old or the new one and never half of either.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.local import private
from services.trouble import CannotRun
from shared.clock import utc_now
from shared.http.tokens import Signer
from shared.keys.held import Keys
from shared.keys.public import PublicKey, PublicKeys
from shared.keys.purposes import HELD, PAIRS, KeyPurpose
from shared.keys.ring import Key, KeyTrouble, Ring
from shared.settings import Settings

PUBLIC = "public.json"
DEVELOPMENT = "development"
#: The holders of rings, and what each holds.
HOLDERS = {**HELD, DEVELOPMENT: frozenset({KeyPurpose.DEVELOPMENT})}


class KeyFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def file_of(self, holder: str) -> Path:
        return self.path / f"{holder}.json"

    @property
    def public_file(self) -> Path:
        return self.path / PUBLIC

    def environment_of(self, service: str) -> dict[str, str]:
        """What tells a service its keys."""
        return {
            "LAPOR_KEYS_FILE": str(self.file_of(service)),
            "LAPOR_PUBLIC_KEYS_FILE": str(self.public_file),
        }

    def ring(self, holder: str) -> Ring:
        """Empty if there is none yet. Raises CannotRun."""
        file = self.file_of(holder)
        try:
            return Ring.read(file.read_text(), str(file)) if file.exists() else Ring([])
        except (OSError, KeyTrouble) as trouble:
            raise CannotRun(str(trouble)) from None

    def public(self) -> PublicKeys:
        try:
            return PublicKeys.read(self.public_file.read_text(), str(self.public_file))
        except FileNotFoundError:
            return PublicKeys([])
        except (OSError, KeyTrouble) as trouble:
            raise CannotRun(str(trouble)) from None

    def complete(self, *, development: bool, now: datetime | None = None) -> Sequence[Key]:
        """Make what is missing; what is there stays. Returns what was made."""
        now = now or utc_now()
        made: list[Key] = []
        for holder, purposes in HOLDERS.items():
            if development or holder != DEVELOPMENT:
                there = {key.purpose for key in self.ring(holder).keys}
                made += [self.add(holder, Key.make(purpose, now=now)) for purpose in sorted(purposes - there)]
        return made

    def add(self, holder: str, key: Key) -> Key:
        """The public half first: nobody signs with what nobody knows."""
        if key.purpose in PAIRS and key.purpose is not KeyPurpose.LOG:
            public = PublicKey.of(key, holder if key.purpose is KeyPurpose.SERVICE else None)
            self.write_public([*self.public().keys, public])
        self.write(holder, [*self.ring(holder).keys, key])
        return key

    def remove(self, holder: str, key: Key) -> None:
        self.write(holder, [one for one in self.ring(holder).keys if one.id != key.id])
        self.write_public([one for one in self.public().keys if one.kid != key.id])

    def write(self, holder: str, keys: Sequence[Key]) -> None:
        private.write(self.file_of(holder), Ring(keys).as_text())

    def write_public(self, keys: Sequence[PublicKey]) -> None:
        private.write(self.public_file, PublicKeys(keys).as_text())
        os.chmod(self.public_file, 0o644)

    def held_by(self, service: str) -> Keys:
        """What the service itself would read."""
        files = {"keys_file": self.file_of(service), "public_keys_file": self.public_file}
        return Keys(Settings.model_validate({"database_url": "postgresql://unused", **files}))

    def signer(self) -> Signer:
        """Signs tokens for development."""
        self.complete(development=True)
        ring = self.ring(DEVELOPMENT)
        try:
            key = ring.current(KeyPurpose.DEVELOPMENT)
        except KeyTrouble as trouble:
            raise CannotRun(str(trouble)) from None
        return Signer(lambda: key)
