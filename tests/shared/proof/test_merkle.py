"""RFC 6962 against a tree that is computed as the RFC defines it, and against metamorphic-log."""

from collections.abc import Sequence

import metamorphic_log
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.proof import merkle, tiles
from shared.proof.merkle import EMPTY_ROOT, is_consistent, is_included, leaf_hash, node_hash
from shared.proof.tiles import Tile
from tests.effort import times

EXAMPLES = settings(max_examples=times(60, 2_000), deadline=None)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


LEAVES = some_leaves(1_100)


def a_log(*batches: int) -> dict[Tile, bytes]:
    """The tiles of a log that grew by so many leaves at a time, each from the edge of the one before."""
    kept: dict[Tile, bytes] = {}
    size = 0
    for count in batches:
        edge = {tile: kept[tile] for tile in tiles.edge(size)}
        kept |= tiles.append(size, edge, LEAVES[size : size + count])
        size += count
    return kept


BATCHES = st.lists(st.integers(0, 400), min_size=1, max_size=5).filter(lambda batches: 0 < sum(batches) <= 1_100)


@given(BATCHES)
@EXAMPLES
def test_a_log_has_the_same_root_however_it_grew(batches: list[int]) -> None:
    size = sum(batches)
    kept = a_log(*batches)

    assert kept == a_log(size)
    assert tiles.root(size, {tile: kept[tile] for tile in tiles.edge(size)}) == naive_root(LEAVES[:size])


@given(BATCHES, st.data())
@EXAMPLES
def test_every_leaf_is_proved_from_the_tiles_that_its_proof_needs(batches: list[int], data: st.DataObject) -> None:
    size, kept = sum(batches), a_log(*batches)
    index = data.draw(st.integers(0, size - 1))
    needed = tiles.needed(merkle.inclusion_ranges(index, size))

    proof = tiles.inclusion_proof(index, size, {tile: kept[tile] for tile in needed})

    root = naive_root(LEAVES[:size])
    assert is_included(LEAVES[index], index, size, proof, root)
    metamorphic_log.verify_inclusion(index, size, LEAVES[index], proof, root)
    assert len(needed) <= 4
    assert not is_included(LEAVES[index - 1], index, size, proof, root) or size == 1
    assert not is_included(LEAVES[index], index, size, [*proof, root], root)
    for at in range(len(proof)):
        assert not is_included(LEAVES[index], index, size, [*proof[:at], *proof[at + 1 :]], root)
    for other in (index - 1, index + 1, size):
        assert not is_included(LEAVES[index], other, size, proof, root)


@given(BATCHES, st.data())
@EXAMPLES
def test_every_log_is_proved_to_continue_the_one_that_it_was(batches: list[int], data: st.DataObject) -> None:
    size, kept = sum(batches), a_log(*batches)
    old = data.draw(st.integers(0, size))
    old_root, root = naive_root(LEAVES[:old]), naive_root(LEAVES[:size])

    proof = tiles.consistency_proof(old, size, kept)

    assert is_consistent(old, size, old_root, root, proof)
    if old:
        metamorphic_log.verify_consistency(old, size, proof, old_root, root)
    assert not is_consistent(old, size, leaf_hash(b"another"), root, proof)
    assert not is_consistent(old, size, old_root, leaf_hash(b"another"), proof) or not old
    assert not is_consistent(old, size, old_root, root, [*proof, root])
    assert not is_consistent(size, old, root, old_root, proof) or old == size


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 512, 1_024])
def test_all_leaves_of_a_log_are_proved_at_the_bounds_of_tiles(size: int) -> None:
    kept, root = a_log(size), naive_root(LEAVES[:size])

    for index in range(0, size, max(1, size // 40)):
        assert is_included(LEAVES[index], index, size, tiles.inclusion_proof(index, size, kept), root)
    for index in (-1, size):
        with pytest.raises(ValueError, match="has no leaf"):
            merkle.inclusion_ranges(index, size)
    with pytest.raises(ValueError, match="never had"):
        merkle.consistency_ranges(size + 1, size)


def test_the_example_of_the_specification_has_the_tiles_that_it_names() -> None:
    hashes = [bytes(32)] * 70_000

    kept = tiles.append(0, {}, hashes)

    widths = {tile: len(content) // 32 for tile, content in kept.items()}
    assert {tile: width for tile, width in widths.items() if width < 256} == {
        Tile(0, 273): 112,
        Tile(1, 1): 17,
        Tile(2, 0): 1,
    }
    assert len([tile for tile in widths if tile.level == 0]) == 274
    assert tiles.edge(70_000) == [Tile(0, 273), Tile(1, 1), Tile(2, 0)]
    assert tiles.edge(256) == [Tile(1, 0)]
    assert set(tiles.append(0, {}, hashes[:256])) == {Tile(0, 0), Tile(1, 0)}


def test_a_log_whose_tile_is_missing_or_short_is_torn() -> None:
    kept = a_log(300)
    with pytest.raises(tiles.TornLog, match="tile 0/1"):
        tiles.root(300, kept | {Tile(0, 1): kept[Tile(0, 1)][:-32]})
    with pytest.raises(tiles.TornLog, match="tile 1/0"):
        tiles.append(300, {Tile(0, 1): kept[Tile(0, 1)]}, LEAVES[300:600])


PATHS = [(0, "000"), (7, "007"), (999, "999"), (1_000, "x001/000"), (1_234_067, "x001/x234/067")]


@pytest.mark.parametrize(("number", "path"), PATHS)
def test_the_path_of_a_tile_is_that_of_the_specification(number: int, path: str) -> None:
    assert tiles.path_of(number) == path
    assert tiles.read_path(path) == (number, 256)
    assert tiles.read_path(tiles.path_of(number, 8)) == (number, 8)


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "00", "0000", "x000/007", "1000", "001/000", "x001", "x001/", "000.p/", "000.p/0", "000.p/256",
        "000.p/08", "000.p/8/", "000.p/8.p/8", "-01", "\u0660\u0660\u0660", "../000", "x999/" * 9 + "999", "000\n",
    ],
)  # fmt: skip
def test_another_way_to_write_a_path_names_nothing(path: str) -> None:
    assert tiles.read_path(path) is None
