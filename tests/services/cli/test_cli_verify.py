"""`lapor verify` and `lapor log key`: what a citizen and whoever helps them need, without a database."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from services.cli import application
from shared.proof import notes, tiles
from shared.proof.checkpoints import TreeHead
from shared.proof.leaves import Leaf
from shared.proof.notes import Note, VerifierKey
from tests.forks import lapor
from tests.shared.proof.test_notes import HEAD, KEY, LOG, OPENING, ORIGIN, WITNESS, a_receipt


def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(application("verify"), ["verify", *arguments], input=stdin)
    return done.exit_code, done.output + str(done.exception or "")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "receipt.tlog-proof").write_text(str(a_receipt()))
    (tmp_path / "log.pub").write_text(f"# from the newspaper\n{LOG}\n\n{WITNESS}\n")
    return str(tmp_path / "receipt.tlog-proof"), str(tmp_path / "log.pub")


def test_a_genuine_receipt_is_told_to_be_so(files: tuple[str, str]) -> None:
    code, said = run(files[0], "--key", files[1])

    assert code == 0
    assert "genuine" in said
    for told in (OPENING.tracking_number, str(OPENING.report_id), OPENING.head.hex(), WITNESS.name, "2026-03-02 04:00"):
        assert told in said


def test_a_receipt_is_read_from_another_program(files: tuple[str, str]) -> None:
    assert run("-", "--key", files[1], stdin=str(a_receipt()))[0] == 0


def test_a_receipt_that_was_changed_proves_nothing(files: tuple[str, str]) -> None:
    changed = base64.b64encode(OPENING.as_bytes().replace(b'"seq":3', b'"seq":4')).decode()
    text = str(a_receipt()).replace(base64.b64encode(OPENING.as_bytes()).decode(), changed)

    code, said = run("-", "--key", files[1], stdin=text)

    assert code == 1
    assert "proves nothing" in said


def test_a_receipt_of_another_log_proves_nothing(files: tuple[str, str], tmp_path: Path) -> None:
    other = notes.verifier_key(Ed25519PrivateKey.generate(), ORIGIN)
    (tmp_path / "other.pub").write_text(f"{other}\n")

    code, said = run(files[0], "--key", str(tmp_path / "other.pub"))

    assert (code, "none of the given keys" in said) == (1, True)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"nonsense\n", b"\xff\xfe", str(LOG)[:-3].encode()])
def test_a_file_without_keys_is_named(files: tuple[str, str], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.pub").write_bytes(content)

    code, said = run(files[0], "--key", str(tmp_path / "bad.pub"))

    assert (code, "bad.pub" in said) == (1, True)


def test_a_file_that_is_not_there_is_named(files: tuple[str, str]) -> None:
    code, said = run("nowhere.tlog-proof", "--key", files[1])

    assert (code, "nowhere.tlog-proof cannot be read" in said) == (1, True)


def test_the_keys_of_the_log_are_printed_for_everybody(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAPOR_")}
    environment |= {"LAPOR_HOME": str(tmp_path), "LAPOR_LOG_ORIGIN": ORIGIN}
    for command in ("keys new", "log key"):
        done = lapor(*command.split(), environment=environment)
        assert done.returncode == 0, done.stderr

    key = VerifierKey.read(done.stdout)
    assert key.name == ORIGIN
    assert "key" not in done.stderr


def test_a_receipt_of_the_only_leaf_needs_no_hashes(files: tuple[str, str]) -> None:
    leaf: Leaf = OPENING.leaf
    head = TreeHead(ORIGIN, 1, tiles.root(1, tiles.append(0, {}, [leaf.hash])))
    note = str(Note(head.text, [notes.sign(head.text, KEY, ORIGIN)]))
    receipt = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(OPENING.as_bytes()).decode()}\nindex 0\n\n{note}"

    assert run("-", "--key", files[1], stdin=receipt)[0] == 0
    assert head.size < HEAD.size
