"""Signed notes, checkpoints and receipts: ours, those of others, and what was changed in them."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.proof import merkle, notes, tiles
from shared.proof.bundles import bundled, entries_of
from shared.proof.checkpoints import TreeHead, open_checkpoint, read_head
from shared.proof.leaves import Leaf, LeafKind, Opening, commitment_of_supports
from shared.proof.notes import BadNote, Note, SignatureKind, VerifierKey, cosign, cosigned_at, read_note, verifier_key
from shared.proof.receipts import TlogProof, verify

ORIGIN = "lapor.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = verifier_key(KEY, ORIGIN)
WITNESS = verifier_key(OTHER_KEY, "ombudsman.example/w1", SignatureKind.COSIGNATURE)
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
OPENING = Opening(UUID(int=7), "1234567897", bytes(16), 3, bytes(range(32)))
LEAVES = [Leaf(bytes([number] * 32), number + 1, bytes(32)) for number in range(5)] + [OPENING.leaf]
TILES = tiles.append(0, {}, [leaf.hash for leaf in LEAVES])
HEAD = TreeHead(ORIGIN, len(LEAVES), tiles.root(len(LEAVES), TILES))


def a_note(head: TreeHead = HEAD, *, cosigned: bool = True) -> str:
    signatures = [notes.sign(head.text, KEY, ORIGIN)]
    if cosigned:
        signatures.append(cosign(head.text, OTHER_KEY, WITNESS.name, at=AT))
    return str(Note(head.text, signatures))


def a_receipt(opening: Opening = OPENING) -> TlogProof:
    return TlogProof(opening.as_bytes(), 5, tiles.inclusion_proof(5, len(LEAVES), TILES), a_note())


#: The example of c2sp.org/signed-note's Go package: a signature that we did not make.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_another_program_is_read_and_verified() -> None:
    key = VerifierKey.read(GO_KEY)
    note = read_note(GO_NOTE)

    assert key.signed(note.text, note.signatures) == note.signatures[0]
    assert str(key) == GO_KEY
    assert str(note) == GO_NOTE


def test_our_notes_are_verified_by_another_program() -> None:
    assert metamorphic_log.checkpoint_verify(a_note(), [str(LOG)]).size == len(LEAVES)


def test_a_checkpoint_says_who_signed_and_cosigned_it() -> None:
    checkpoint = open_checkpoint(a_note(), [LOG, WITNESS])

    assert checkpoint.head == HEAD
    ((key, signature),) = checkpoint.cosigned
    assert (key, cosigned_at(signature)) == (WITNESS, AT)
    assert open_checkpoint(a_note(), [LOG]).cosigned == []


def test_a_witness_or_a_key_of_another_name_does_not_stand_for_the_log() -> None:
    for keys in ([], [WITNESS], [verifier_key(OTHER_KEY, ORIGIN)], [verifier_key(KEY, "lapor.example/other")]):
        with pytest.raises(BadNote, match="none of the given keys"):
            open_checkpoint(a_note(), keys)


def test_a_changed_checkpoint_is_refused() -> None:
    for changed in (replace(HEAD, size=7), replace(HEAD, root=bytes(32))):
        with pytest.raises(BadNote, match="is false"):
            open_checkpoint(a_note().replace(HEAD.text, changed.text), [LOG])


def test_a_false_cosignature_refuses_the_note_for_whoever_knows_the_witness() -> None:
    note = a_note(cosigned=False) + cosign("other\n", OTHER_KEY, WITNESS.name, at=AT).line

    open_checkpoint(note, [LOG])
    with pytest.raises(BadNote, match=r"ombudsman\.example/w1 is false"):
        open_checkpoint(note, [LOG, WITNESS])


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", "\n\n", "text", "text\n\n", "text\n\n\u2014 name AAAAAAA=", "text\n\n- name AAAAAAA=\n",
        "text\n\n\u2014 name AAAA\n", "text\n\n\u2014 name !!!!!!!!\n", "text\n\n\u2014 na+me AAAAAAA=\n",
        "te\txt\n\n\u2014 name AAAAAAA=\n", "x" * 100_001, "text\n\n" + "\u2014 name AAAAAAA=\n" * 101,
        "text\r\n\r\n\u2014 name AAAAAAA=\r\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused_with_a_sentence(note: str) -> None:
    with pytest.raises(BadNote, match=r"\w+ \w+"):
        read_note(note)


@pytest.mark.parametrize(
    "text",
    [
        "", "a\n", "a\n1\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n",
        "a\n1\n" + "A" * 43 + "=", "\n1\n" + "A" * 43 + "=\n", "a\n1\n" + "A" * 43 + "=\n\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote, match="no checkpoint"):
        read_head(text)


def test_further_lines_of_a_checkpoint_mean_nothing() -> None:
    assert read_head(HEAD.text + "further\n") == HEAD


@pytest.mark.parametrize(
    "text",
    [
        "", "name", "name+abcd+AAAA", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        GO_KEY.replace("c74f", "c74e"), GO_KEY.replace("Peter", "Paul"), GO_KEY[:-4], GO_KEY + "AAAA",
        "n\u00a0n" + GO_KEY[12:],
    ],
)  # fmt: skip
def test_a_key_that_was_copied_badly_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.read(text)


def test_a_receipt_proves_that_its_report_is_in_the_log() -> None:
    receipt = str(a_receipt())

    verified = verify(receipt, [LOG, WITNESS])

    assert (verified.opening, verified.index) == (OPENING, 5)
    assert [key for key, _ in verified.checkpoint.cosigned] == [WITNESS]
    assert str(TlogProof.read(receipt)) == receipt


def test_the_parts_of_a_receipt_are_verified_by_another_program() -> None:
    proof = TlogProof.read(str(a_receipt()))
    leaf = Opening.read(proof.extra).leaf

    metamorphic_log.checkpoint_verify_inclusion(proof.note, [str(LOG)], proof.index, leaf.hash, list(proof.hashes))


CHANGED = {
    "report": replace(OPENING, report_id=UUID(int=8)),
    "number": replace(OPENING, tracking_number="1234567905"),
    "salt": replace(OPENING, salt=bytes(15) + b"\1"),
    "seq": replace(OPENING, seq=4),
    "head": replace(OPENING, head=bytes(32)),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_receipt_of_another_report_or_history_proves_nothing(what: str) -> None:
    with pytest.raises(BadNote):
        verify(str(a_receipt(CHANGED[what])), [LOG])


def test_a_receipt_whose_proof_was_changed_proves_nothing() -> None:
    proof = a_receipt()
    for changed in (
        replace(proof, index=4),
        replace(proof, hashes=proof.hashes[:-1]),
        replace(proof, hashes=[bytes(32), *proof.hashes[1:]]),
        replace(proof, hashes=[*proof.hashes, bytes(32)]),
        replace(proof, index=2**60),
    ):
        with pytest.raises(BadNote, match="does not prove"):
            verify(str(changed), [LOG])


@pytest.mark.parametrize(
    "receipt",
    [
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote", "c2sp.org/tlog-proof@v1\nextra ?\nindex 1\n\nnote",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n\nnote", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 64 + "\nnote",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nnote", "x" * 200_001,
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(receipt: str) -> None:
    with pytest.raises(BadNote, match="no receipt"):
        verify(receipt, [LOG])


@pytest.mark.parametrize(
    "extra",
    [
        b"", b"[]", b"null", b"1", b'{"format":"lapor/receipt/v2"}', b"\xff", b"[" * 100_000,
        OPENING.as_bytes().replace(b'"seq":3', b'"seq":true'), OPENING.as_bytes().replace(b'"seq":3', b'"seq":0'),
        OPENING.as_bytes().replace(b'"salt":"', b'"salt":"zz'), OPENING.as_bytes().replace(b'"1234567897"', b"[]"),
        OPENING.as_bytes().replace(b'"1234567897"', b'"\\u001b[2J"'),
    ],
)  # fmt: skip
def test_what_a_receipt_says_of_its_report_is_read_with_care(extra: bytes) -> None:
    with pytest.raises(BadNote):
        Opening.read(extra)


def test_a_leaf_is_read_as_it_was_written_and_in_no_other_way() -> None:
    leaf = OPENING.leaf
    assert Leaf.read(leaf.entry) == leaf
    assert leaf.hash == merkle.leaf_hash(leaf.entry)
    for other in (b"", leaf.entry[:-1], leaf.entry + b"\n", leaf.entry.replace(b"\n3\n", b"\n03\n"), b"\xff"):
        assert Leaf.read(other) is None


def test_a_leaf_of_supports_or_of_the_registry_says_so() -> None:
    commitment, head = bytes(range(32)), OPENING.head
    supports, registry = Leaf(commitment, 2, head, LeafKind.SUPPORTS), Leaf(b"", 7, head, LeafKind.REGISTRY)

    assert [Leaf.read(leaf.entry) for leaf in (supports, registry)] == [supports, registry]
    assert registry.entry.startswith(b"lapor/registry/v1\n7\n")
    for other in (
        supports.entry.replace(b"supports", b"registry"), registry.entry.replace(b"registry", b"chain"),
        registry.entry.replace(b"/v1", b"/v2"), registry.entry.replace(b"registry/v1", b"registry"),
    ):  # fmt: skip
        assert Leaf.read(other) is None
    given = (OPENING.salt, OPENING.report_id, OPENING.tracking_number)
    assert commitment_of_supports(*given) != OPENING.leaf.commitment


def test_entries_are_bundled_each_with_its_length() -> None:
    entries = [b"", b"a", b"x" * 65_535]
    assert entries_of(bundled(entries)) == entries
    for torn in (b"\0", b"\0\2a", bundled(entries)[:-1]):
        with pytest.raises(tiles.TornLog):
            entries_of(torn)
