"""Tiles of c2sp.org/tlog-tiles: 256 hashes of one level each, from which every proof is made. Pure.

A tile that is not full yet is the beginning of the full one, so that only the last of each level ever grows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shared.proof.merkle import (
    HASH_BYTES,
    Node,
    Range,
    complete_subtrees,
    consistency_ranges,
    inclusion_ranges,
    joined,
    node_hash,
)

HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL_BYTES = WIDTH * HASH_BYTES
HIGHEST_LEVEL = 63

_NUMBER = re.compile(r"(?:x\d{3}/)*\d{3}", re.ASCII)
_WIDTH = re.compile(r"[1-9]\d{0,2}", re.ASCII)


class Tile(NamedTuple):
    """The `number`th of its level; a hash in it is that of `256**level` leaves."""

    level: int
    number: int


Tiles = Mapping[Tile, bytes]


class TornLog(Exception):
    """A tile is missing, or shorter than the log."""


class Piece(NamedTuple):
    """What an address names: the tile of a level, or the bundle of entries; all of it, or its beginning."""

    number: int
    width: int


def path_of(number: int, width: int = WIDTH) -> str:
    """`x001/x234/067`, and `.p/8` for the beginning of a tile."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"


def read_path(path: str) -> Piece | None:
    """None: it names no tile, or writes its name in another way."""
    number, dot, width = path.partition(".p/")
    if not _NUMBER.fullmatch(number) or (dot and not _WIDTH.fullmatch(width)):
        return None
    piece = Piece(int(number.replace("/", "").replace("x", "")), int(width) if dot else WIDTH)
    if piece.number >= 2**55 or (dot and piece.width >= WIDTH) or path_of(*piece) != path:
        return None
    return piece


def edge(size: int) -> list[Tile]:
    """The tiles that are not full in a log of this size: what the root is made of, and what it grows at."""
    found, level, count = [], 0, size
    while count:
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH))
        level, count = level + 1, count // WIDTH
    return found


def append(size: int, tiles: Tiles, leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles that change when these hashes of leaves are added. `tiles`: the `edge` of the log."""
    changed: dict[Tile, bytes] = {}
    level, count, hashes = 0, size, b"".join(leaves)
    while hashes:
        number, width = divmod(count, WIDTH)
        content = (_of(tiles, Tile(level, number), width) if width else b"") + hashes
        above = []
        for at in range(0, len(content), FULL_BYTES):
            part = content[at : at + FULL_BYTES]
            changed[Tile(level, number + at // FULL_BYTES)] = part
            if len(part) == FULL_BYTES:
                above.append(_root_of(part))
        level, count, hashes = level + 1, count // WIDTH, b"".join(above)
    return changed


def root(size: int, tiles: Tiles) -> bytes:
    """`tiles`: at least the `edge`."""
    return _hash_of_range((0, size), tiles)


def proof(ranges: Iterable[Range], tiles: Tiles) -> list[bytes]:
    """Of `inclusion_ranges` or `consistency_ranges`."""
    return [_hash_of_range(one, tiles) for one in ranges]


def inclusion_proof(index: int, size: int, tiles: Tiles) -> list[bytes]:
    return proof(inclusion_ranges(index, size), tiles)


def consistency_proof(old: int, size: int, tiles: Tiles) -> list[bytes]:
    return proof(consistency_ranges(old, size), tiles)


def needed(ranges: Iterable[Range]) -> set[Tile]:
    """The tiles that hashes of these ranges are made of: a few for each level, however long the log is."""
    return {_place(node)[0] for one in ranges for node in complete_subtrees(*one)}


def _hash_of_range(one: Range, tiles: Tiles) -> bytes:
    return joined([_hash_of(node, tiles) for node in complete_subtrees(*one)])


def _place(node: Node) -> tuple[Tile, int, int]:
    """The tile, and from which hash of it on how many make up the subtree."""
    level, height = divmod(node.level, HEIGHT)
    first = node.number << height
    return Tile(level, first // WIDTH), first % WIDTH, 1 << height


def _hash_of(node: Node, tiles: Tiles) -> bytes:
    tile, first, count = _place(node)
    return _root_of(_of(tiles, tile, first + count)[first * HASH_BYTES :])


def _of(tiles: Tiles, tile: Tile, width: int) -> bytes:
    content = tiles.get(tile, b"")
    if len(content) < width * HASH_BYTES:
        raise TornLog(f"tile {tile.level}/{tile.number} of the log has fewer than {width} hashes")
    return content[: width * HASH_BYTES]


def _root_of(content: bytes) -> bytes:
    hashes = [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
