"""The log grows by the ends of changed chains, under checkpoints that go on from each other."""

import asyncio
from pathlib import Path
from uuid import UUID

import metamorphic_log
import pytest
from sqlalchemy import text

from shared.clock import utc_now
from shared.database import Sessions
from shared.keys.purposes import KeyPurpose
from shared.keys.ring import Key, Ring
from shared.proof import merkle, receipts, tiles
from shared.proof.bundles import entries_of
from shared.proof.checkpoints import TreeHead, open_checkpoint
from shared.proof.leaves import Leaf, Opening
from shared.proof.tiles import Tile
from shared.queries import proofs
from sla_monitor.proof import queries, signing
from sla_monitor.proof.trouble import LogRefused
from tests.factories import DAY, NOON, RING
from tests.sla_monitor.proof.logs import (
    HOUR,
    ORIGIN,
    a_log,
    by_hand,
    grown,
    last,
    receipt,
    reports,
    scalar,
    settled,
    verifier_keys,
    went_on,
)


async def leaves(sessions: Sessions) -> list[Leaf]:
    async with sessions() as session:
        bundles = [await queries.read_bundle(session, number) for number in range(3)]
    found = [Leaf.read(entry) for bundle in bundles if bundle for entry in entries_of(bundle)]
    assert None not in found
    return [leaf for leaf in found if leaf is not None]


async def test_every_chain_that_has_changed_is_put_under_a_checkpoint(sessions: Sessions, tmp_path: Path) -> None:
    first, second = await reports(sessions, 2)
    log = a_log(sessions, tmp_path)

    assert await grown(log, now=NOON) == 2
    await went_on(sessions, second)
    await went_on(sessions, second)
    assert await grown(log, now=NOON + HOUR) == 1

    head = (await last(sessions)).head
    logged = await leaves(sessions)
    assert (head.origin, head.size, len(logged)) == (ORIGIN, 3, 3)
    assert head.root == tiles.root(3, tiles.append(0, {}, [leaf.hash for leaf in logged]))
    assert {logged[0].commitment, logged[1].commitment} >= {logged[2].commitment}
    assert logged[2].seq == 3
    assert logged[2].head == await scalar(sessions, "SELECT hash FROM chains WHERE report_id = :id", id=second)
    for report_id in (first, second):
        proof = await receipt(sessions, report_id)
        assert receipts.verify(str(proof), verifier_keys()).opening.report_id == report_id


async def test_a_receipt_is_verified_by_another_program(sessions: Sessions, tmp_path: Path) -> None:
    known = await reports(sessions, 5)
    await grown(a_log(sessions, tmp_path), now=NOON)

    keys = [str(key) for key in verifier_keys()]
    for report_id in known:
        proof = await receipt(sessions, report_id)
        leaf = Opening.read(proof.extra).leaf.hash
        metamorphic_log.checkpoint_verify_inclusion(proof.note, keys, proof.index, leaf, list(proof.hashes))
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.checkpoint_verify_inclusion(proof.note, keys, proof.index, bytes(32), list(proof.hashes))


async def test_checkpoints_go_on_from_each_other_over_the_bounds_of_tiles(sessions: Sessions, tmp_path: Path) -> None:
    log = a_log(sessions, tmp_path, most_events=1_000)
    seen: list[TreeHead] = []
    for count in (1, 254, 1, 1, 255, 1):
        await reports(sessions, count)
        await grown(log, now=NOON + HOUR * len(seen))
        seen.append((await last(sessions)).head)

    assert [head.size for head in seen] == [1, 255, 256, 257, 512, 513]
    async with sessions() as session:
        held = await proofs.read_tiles(session, [Tile(0, 0), Tile(0, 1), Tile(0, 2), Tile(1, 0)])
    for older in seen:
        proof = tiles.consistency_proof(older.size, 513, held)
        assert merkle.is_consistent(older.size, 513, older.root, seen[-1].root, proof)
    assert len(await leaves(sessions)) == 513


async def test_a_window_at_a_time_gets_its_own_checkpoint(sessions: Sessions, tmp_path: Path) -> None:
    for _ in range(5):
        await reports(sessions, 2)

    assert await grown(a_log(sessions, tmp_path, most_events=3), now=NOON) == 10

    assert await scalar(sessions, "SELECT count(*) FROM checkpoints") > 1
    assert await scalar(sessions, "SELECT count(*) FROM logged_chains") == 10
    assert (await last(sessions)).head.size == 10


async def test_nothing_is_logged_that_an_older_transaction_could_still_come_before(
    sessions: Sessions, tmp_path: Path
) -> None:
    (before,) = await reports(sessions, 1)
    log = a_log(sessions, tmp_path)
    await settled(sessions)
    async with sessions.begin() as open_session:
        await open_session.execute(text("SELECT pg_current_xact_id()"))
        (meanwhile,) = await reports(sessions, 1)

        assert await log.grow(now=NOON) == 1
    async with sessions() as session:
        assert await proofs.receipt(session, before) is not None
        assert await proofs.receipt(session, meanwhile) is None

    assert await grown(log, now=NOON + HOUR) == 1
    assert await grown(log, now=NOON + 2 * HOUR) == 0


async def test_an_event_below_the_end_that_is_logged_adds_nothing(sessions: Sessions, tmp_path: Path) -> None:
    """A transaction that began first may append last."""
    (report_id,) = await reports(sessions, 1)
    log = a_log(sessions, tmp_path)
    await went_on(sessions, report_id)
    await went_on(sessions, report_id)
    await settled(sessions)
    await by_hand(
        sessions,
        "SET LOCAL lock_timeout = '5s'",
        "UPDATE events SET transaction_id = transaction_id + 1000000 WHERE seq = 2",
    )
    assert await log.grow(now=NOON) == 1
    await by_hand(sessions, "UPDATE events SET transaction_id = pg_current_xact_id()::text::bigint WHERE seq = 2")

    assert await grown(log, now=NOON + HOUR) == 0

    assert [leaf.seq for leaf in await leaves(sessions)] == [3]


async def test_eight_copies_at_once_make_one_checkpoint(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 40)
    copies = [a_log(sessions, tmp_path / str(copy)) for copy in range(8)]

    added = await asyncio.gather(*(grown(copy, now=NOON) for copy in copies))

    assert sum(added) == 40
    assert await scalar(sessions, "SELECT count(*) FROM checkpoints") == 1
    assert (await last(sessions)).head.size == 40


async def test_a_copy_that_dies_before_its_commit_leaves_nothing_and_the_next_makes_it(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reports(sessions, 3)
    store = queries.store_checkpoint

    async def killed(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(queries, "store_checkpoint", killed)
    with pytest.raises(asyncio.CancelledError):
        await grown(a_log(sessions, tmp_path), now=NOON)
    for table in ("checkpoints", "log_tiles", "log_bundles", "logged_chains"):
        assert await scalar(sessions, f"SELECT count(*) FROM {table}") == 0
    monkeypatch.setattr(queries, "store_checkpoint", store)

    assert await grown(a_log(sessions, tmp_path), now=NOON) == 3


async def test_a_checkpoint_is_due_once_in_an_interval_whichever_copy_asks(sessions: Sessions, tmp_path: Path) -> None:
    first, other = a_log(sessions, tmp_path / "1"), a_log(sessions, tmp_path / "2")
    await reports(sessions, 1)
    assert await first.is_due(NOON)
    await grown(first, now=NOON)
    await reports(sessions, 1)

    for minutes, due in ((0, False), (53, False), (54, True), (60, True)):
        assert await other.is_due(NOON + HOUR * minutes / 60) is due
    assert await grown(other, now=NOON + HOUR * 53 / 60) == 0
    assert await grown(other, now=NOON + HOUR) == 1


async def test_where_nothing_happens_the_last_checkpoint_stays_and_is_known_to_be_new(
    sessions: Sessions, tmp_path: Path
) -> None:
    await reports(sessions, 1)
    log = a_log(sessions, tmp_path)
    await grown(log, now=NOON)

    await grown(log, now=NOON + DAY)

    assert await scalar(sessions, "SELECT count(*) FROM checkpoints") == 1
    assert await scalar(sessions, "SELECT looked_at FROM checkpoints") == NOON + DAY
    assert not await log.is_due(NOON + DAY + HOUR / 2)


async def test_a_successor_of_the_key_signs_beside_the_former_one(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 1)
    await grown(a_log(sessions, tmp_path), now=NOON)
    successor = Key.make(KeyPurpose.LOG, now=NOON, from_at=NOON + HOUR)
    ring = Ring([*RING.keys, successor])
    later = utc_now()

    await grown(a_log(sessions, tmp_path, ring=lambda: ring), now=later)

    old, new = signing.verifier_keys(ring, ORIGIN)
    async with sessions() as session:
        published = await proofs.last_checkpoint(session)
    assert published is not None
    for key in (old, new):
        assert open_checkpoint(published.note, [key]).head.size == 1
    assert old == verifier_keys()[0]


async def test_a_log_keeps_its_name(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 1)
    await grown(a_log(sessions, tmp_path), now=NOON)

    for folder in (tmp_path, tmp_path / "other"):
        with pytest.raises(LogRefused, match=ORIGIN) as refused:
            await grown(a_log(sessions, folder, origin="lapor.example/other"), now=NOON + HOUR)
        assert refused.value.code == "log_renamed"


async def forgotten(sessions: Sessions, size: int) -> None:
    """As a backup of then is restored: nothing that is newer is in the database."""
    await by_hand(
        sessions,
        "DELETE FROM checkpoints WHERE size > :size",
        "DELETE FROM logged_chains WHERE leaf_index >= :size",
        "UPDATE log_tiles SET content = substr(content, 1, :size * 32) WHERE level = 0",
        size=size,
    )


async def test_a_restored_database_publishes_no_older_checkpoint(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 2)
    log = a_log(sessions, tmp_path)
    await grown(log, now=NOON)
    await reports(sessions, 2)
    await grown(log, now=NOON + HOUR)
    await forgotten(sessions, 2)
    await reports(sessions, 5)

    for copy in (log, a_log(sessions, tmp_path)):
        with pytest.raises(LogRefused, match="restored from a backup") as refused:
            await grown(copy, now=NOON + DAY)
        assert refused.value.code == "log_went_back"
    assert await scalar(sessions, "SELECT max(size) FROM checkpoints") == 2


async def test_a_log_that_was_built_anew_is_not_published(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 4)
    await grown(a_log(sessions, tmp_path), now=NOON)
    tables = ("cosignatures", "checkpoints", "log_tiles", "log_bundles", "logged_chains")
    await by_hand(sessions, *(f"DELETE FROM {table}" for table in tables))
    await reports(sessions, 3)
    await grown(a_log(sessions, tmp_path / "of whoever builds it"), now=NOON)

    with pytest.raises(LogRefused, match="another one") as refused:
        await grown(a_log(sessions, tmp_path), now=NOON + DAY)
    assert refused.value.code == "log_replaced"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_tiles SET content = substr(content, 1, 32)",
        "DELETE FROM log_tiles",
        "DELETE FROM log_bundles",
        "UPDATE log_bundles SET content = substr(content, 1, 5)",
        "UPDATE log_tiles SET content = substr(content, 33) || substr(content, 1, 32)",
        "UPDATE checkpoints SET root = sha256(root)",
    ],
)
async def test_a_log_that_contradicts_itself_does_not_go_on(sessions: Sessions, tmp_path: Path, statement: str) -> None:
    await reports(sessions, 3)
    await grown(a_log(sessions, tmp_path), now=NOON)
    await reports(sessions, 1)
    await by_hand(sessions, statement)

    with pytest.raises(LogRefused) as refused:
        await grown(a_log(sessions, tmp_path / "a copy that remembers nothing"), now=NOON + HOUR)
    assert refused.value.code == "log_torn"


async def test_a_memory_that_cannot_be_read_stops_the_log(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 1)
    log = a_log(sessions, tmp_path)
    await grown(log, now=NOON)
    log.memory.path.write_text("half of a che")

    with pytest.raises(LogRefused) as refused:
        await grown(log, now=NOON + HOUR)
    assert refused.value.code == "log_memory_unreadable"


async def test_a_copy_that_made_no_checkpoint_remembers_what_others_made(sessions: Sessions, tmp_path: Path) -> None:
    await reports(sessions, 2)
    await grown(a_log(sessions, tmp_path / "1"), now=NOON)
    other = a_log(sessions, tmp_path / "2")

    await other.remember()

    known = other.memory.read()
    assert known is not None
    assert known == (await last(sessions)).head


async def test_the_proof_of_a_report_survives_the_erasure_of_its_words(sessions: Sessions, tmp_path: Path) -> None:
    (report_id,) = await reports(sessions, 1)
    await grown(a_log(sessions, tmp_path), now=NOON)
    before = str(await receipt(sessions, report_id))

    await by_hand(
        sessions,
        "UPDATE reports SET title = '', body = '', salt = '', private_salt = '', reporter_id = NULL",
        "DELETE FROM reporters",
    )
    await reports(sessions, 1)
    await grown(a_log(sessions, tmp_path), now=NOON + HOUR)

    for proof in (before, str(await receipt(sessions, report_id))):
        assert receipts.verify(proof, verifier_keys()).opening.report_id == report_id


async def test_the_log_says_nothing_of_a_report_that_could_be_guessed(sessions: Sessions, tmp_path: Path) -> None:
    known = await reports(sessions, 3)
    await grown(a_log(sessions, tmp_path), now=NOON)

    for leaf in await leaves(sessions):
        for report_id in known:
            number = await scalar(sessions, "SELECT tracking_number FROM reports WHERE id = :id", id=report_id)
            for told in (str(report_id).encode(), report_id.bytes, number.encode()):
                assert told not in leaf.entry
    assert [leaf.commitment for leaf in await leaves(sessions)] == sorted(
        leaf.commitment for leaf in await leaves(sessions)
    )
    assert isinstance(known[0], UUID)
