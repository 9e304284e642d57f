"""What one process holds: its own ring and everybody's public keys, read anew when their files change."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from shared.clock import utc_now
from shared.keys.public import PublicKeys
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, KeyTrouble, Ring
from shared.settings import Settings

#: How soon a changed file is noticed.
LOOK_SECONDS = 2.0

log = structlog.get_logger(__name__)

T = TypeVar("T")


class _Read(Generic[T]):
    """A text of a setting, or a file that may change while we run. A change that cannot be read changes nothing."""

    def __init__(self, text: str, file: Path | None, read: Callable[[str, str], T], setting: str) -> None:
        self._file = file
        self._read = read
        self._looked = time.monotonic()
        self._mark: tuple[int, int] | None = None
        if file is None:
            if not text:
                raise KeyTrouble(f"Set {setting}_FILE (or {setting}); `lapor keys new` writes the files.")
            self._value = read(text, setting)
        else:
            self._value = self._from(file)

    @property
    def value(self) -> T:
        now = time.monotonic()
        if self._file is not None and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            try:
                if _mark(self._file) != self._mark:
                    self._value = self._from(self._file)
                    log.info("keys_read", file=self._file.name)
            except KeyTrouble as trouble:
                log.error("keys_unreadable", file=self._file.name, trouble=str(trouble))
        return self._value

    def _from(self, file: Path) -> T:
        mark = _mark(file)
        try:
            value = self._read(file.read_text(), str(file))
        except OSError as error:
            raise KeyTrouble(f"{file} cannot be read ({error.strerror}); `lapor keys new` writes it.") from None
        self._mark = mark
        return value


def _mark(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise KeyTrouble(f"{file} cannot be read ({error.strerror}); `lapor keys new` writes it.") from None
    return found.st_mtime_ns, found.st_ino


class Keys:
    """Raises KeyTrouble where a key is missing."""

    def __init__(self, settings: Settings) -> None:
        self._ring = _Read(settings.keys.get_secret_value(), settings.keys_file, Ring.read, "LAPOR_KEYS")
        self._public = _Read(settings.public_keys, settings.public_keys_file, PublicKeys.read, "LAPOR_PUBLIC_KEYS")

    @property
    def ring(self) -> Ring:
        return self._ring.value

    @property
    def public(self) -> PublicKeys:
        return self._public.value

    def current(self, purpose: KeyPurpose) -> Key:
        return self.ring.current(purpose, utc_now())

    def secret(self, purpose: KeyPurpose) -> str:
        """What is written with now."""
        return self.current(purpose).text

    def oldest(self, purpose: KeyPurpose) -> str:
        """What everybody knows who knows any: copies of which some have read a successor already lock by it."""
        return self.ring.known(purpose)[0].text

    def secrets(self, purpose: KeyPurpose) -> list[str]:
        """What may have been written with: the current one first."""
        current = self.current(purpose)
        return [current.text, *(key.text for key in self.ring.known(purpose) if key is not current)]
