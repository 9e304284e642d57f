"""Bundles of entries of c2sp.org/tlog-tiles: what was hashed into the log, each with its length before it. Pure."""

from collections.abc import Iterable

from shared.proof.tiles import TornLog

_LENGTH_BYTES = 2


def bundled(entries: Iterable[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def entries_of(bundle: bytes) -> list[bytes]:
    """Raises TornLog."""
    found, at = [], 0
    while at < len(bundle):
        begins = at + _LENGTH_BYTES
        at = begins + int.from_bytes(bundle[at:begins], "big")
        if at > len(bundle) or begins > len(bundle):
            raise TornLog("a bundle of entries ends in the middle of one")
        found.append(bundle[begins:at])
    return found
