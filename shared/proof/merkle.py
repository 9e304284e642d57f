"""Merkle trees of RFC 6962 (SHA-256): hashes, what proofs consist of, and how they are checked. Pure.

A proof is a list of hashes of ranges of leaves, `[start, end)`. A range that a proof names is made of complete
subtrees, whose hashes never change as the tree grows: those are what is stored (`tiles`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]


class Node(NamedTuple):
    """A complete subtree: of the leaves from `number * 2**level` on, `2**level` of them."""

    level: int
    number: int


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_subtrees(start: int, end: int) -> Iterator[Node]:
    """What a range of a proof, or a whole tree, consists of, from left to right: the largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def joined(subtrees: Sequence[bytes]) -> bytes:
    """The hash of a range, from those of its complete subtrees."""
    if not subtrees:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(subtrees))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """What proves that a leaf is in a tree: the siblings on its way, from the leaf up (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """What proves that a tree only grew since it had `old` leaves (RFC 6962, 2.1.2)."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves never had {old}")
    if old in (0, size):
        return []
    found: list[Range] = []
    start, end = 0, size
    while end != old:
        middle = _middle(start, end)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def _middle(start: int, end: int) -> int:
    return start + (1 << (end - start - 1).bit_length() - 1)


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """As RFC 9162, 2.1.3.2 checks it. `leaf`: its hash."""
    if not 0 <= index < size:
        return False
    at, last, hash = index, size - 1, leaf
    for sibling in proof:
        if not last:
            return False
        if at & 1 or at == last:
            hash = node_hash(sibling, hash)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hash = node_hash(hash, sibling)
        at, last = at >> 1, last >> 1
    return not last and hash == root


def is_consistent(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the larger tree begins with the smaller one, as RFC 9162, 2.1.4.2 checks it."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    if not old:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    return not last and before == old_root and after == root
