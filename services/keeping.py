"""A copy of the transparency log, kept by whoever does not want to take our word for it: tiles, entries, checkpoints.

checkpoints/        each that was seen, by its size
tile/               as c2sp.org/tlog-tiles names them, only full ones and the last of each level
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx

from services.trouble import CannotRun
from shared.proof import merkle, tiles
from shared.proof.bundles import entries_of
from shared.proof.checkpoints import Checkpoint, TreeHead, open_checkpoint
from shared.proof.merkle import HASH_BYTES
from shared.proof.notes import BadNote, VerifierKey
from shared.proof.tiles import WIDTH, TornLog, path_of

TIMEOUT_SECONDS = 30.0


class KeptCopy(NamedTuple):
    size: int
    added: int


class Copy:
    """What is kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        return self.folder.is_dir()

    def notes(self) -> list[tuple[Path, str]]:
        """The checkpoints, in any folder of it but that of the tiles, and by any name."""
        if not self.exists:
            raise CannotRun(f"{self.folder} is no folder with checkpoints; `lapor log keep` writes one.")
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and "tile" not in path.parts]
        return [(path, path.read_bytes().decode("utf-8", "replace")) for path in files]

    def checkpoints(self, keys: Sequence[VerifierKey]) -> list[Checkpoint]:
        """By size. Raises CannotRun for a file that is none, or is not signed by the log."""
        found = []
        for path, note in self.notes():
            try:
                found.append(open_checkpoint(note, keys))
            except BadNote as error:
                raise CannotRun(f"{path} is no checkpoint of this log: {error}.") from None
        return sorted(found, key=lambda one: one.head.size)

    def entries(self) -> Iterator[bytes]:
        """One behind the other, as far as they are kept."""
        number = 0
        while bundle := self._bundle(number):
            entries = entries_of(bundle)
            yield from entries
            if len(entries) < WIDTH:
                return
            number += 1

    def _bundle(self, number: int) -> bytes | None:
        whole = self.folder / "tile" / "entries" / path_of(number)
        if whole.is_file():
            return whole.read_bytes()
        parts = [(int(path.name), path) for path in whole.with_name(f"{whole.name}.p").glob("*") if path.name.isdigit()]
        return max(parts)[1].read_bytes() if parts else None

    def write(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.new")
        beside.write_bytes(content)
        beside.replace(file)


async def keep(
    folder: Path, url: str, keys: Sequence[VerifierKey], *, transport: httpx.AsyncBaseTransport | None = None
) -> KeptCopy:
    """The newest checkpoint and all that is new below it. Raises CannotRun if it does not go on from what is kept."""
    copy = Copy(folder)
    before = copy.checkpoints(keys) if copy.exists else []
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport) as http:
        note = (await _get(http, f"{url}/checkpoint")).decode()
        try:
            head = open_checkpoint(note, keys).head
            had = list(copy.entries())
            fetched = await _entries(http, url, len(had) - len(had) % WIDTH, head.size)
            hashes = [merkle.leaf_hash(entry) for entry in had[: len(had) - len(had) % WIDTH] + _flat(fetched)]
            _check(hashes, [*(one.head for one in before), head])
        except (BadNote, TornLog) as error:
            raise CannotRun(f"The log at {url} is not kept: {error}.") from None
    for (number, width), bundle in fetched.items():
        copy.write(f"tile/entries/{path_of(number, width)}", bundle)
    for tile, content in tiles.append(0, {}, hashes).items():
        copy.write(f"tile/{tile.level}/{path_of(tile.number, len(content) // HASH_BYTES)}", content)
    copy.write(f"checkpoints/{head.size}", note.encode())
    return KeptCopy(head.size, head.size - (before[-1].head.size if before else 0))


def _check(hashes: Sequence[bytes], heads: Sequence[TreeHead]) -> None:
    """That all checkpoints are of this one log. Raises TornLog."""
    held = tiles.append(0, {}, hashes)
    for head in heads:
        if head.size > len(hashes):
            raise TornLog(f"it has {len(hashes)} entries, and its checkpoint of {head.size} was seen")
        if tiles.root(head.size, held) != head.root:
            raise TornLog(f"its entries do not give the root of its checkpoint of {head.size}")


async def _entries(http: httpx.AsyncClient, url: str, start: int, size: int) -> dict[tuple[int, int], bytes]:
    fetched: dict[tuple[int, int], bytes] = {}
    for number in range(start // WIDTH, -(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        fetched[number, width] = await _get(http, f"{url}/tile/entries/{path_of(number, width)}")
    return fetched


def _flat(fetched: dict[tuple[int, int], bytes]) -> list[bytes]:
    return [entry for bundle in fetched.values() for entry in entries_of(bundle)]


async def _get(http: httpx.AsyncClient, url: str) -> bytes:
    answer = await http.get(url)
    if not answer.is_success:
        raise CannotRun(f"{url} answers {answer.status_code}.")
    return answer.content
