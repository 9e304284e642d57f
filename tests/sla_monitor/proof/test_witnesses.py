"""Witnesses cosign what goes on from what they have seen, and show what does not."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from shared.database import Sessions
from shared.proof import merkle, notes, receipts
from shared.proof.checkpoints import TreeHead, open_checkpoint
from shared.proof.notes import SignatureKind, VerifierKey
from shared.proof.witnesses import Witness, read_witnesses
from shared.settings import MonitorSettings
from sla_monitor.proof.keeping import Keeper
from sla_monitor.proof.witnesses import Witnesses
from tests.factories import NOON, settings
from tests.sla_monitor.proof.logs import (
    ORIGIN,
    a_log,
    by_hand,
    receipt,
    reports,
    scalar,
    settled,
    verifier_keys,
    went_on,
)

Answer = Callable[[httpx.Request], httpx.Response]


FIXED = Ed25519PrivateKey.from_private_bytes(bytes(32))


@dataclass
class AWitness:
    """Somebody else's: it answers as c2sp.org/tlog-witness says, and remembers the longest log that it has seen."""

    name: str = "ombudsman.example/w1"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seen: TreeHead | None = None
    away: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def key(self) -> VerifierKey:
        return notes.verifier_key(self.private, self.name, SignatureKind.COSIGNATURE)

    @property
    def known(self) -> Witness:
        return Witness(self.key, f"https://{self.name}")

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path.endswith("/w1/add-checkpoint")
        if self.away:
            raise httpx.ConnectError("away")
        head, _, note = request.content.decode().partition("\n\n")
        old_line, *hashes = head.split("\n")
        self.asked.append(old_line)
        old, offered = int(old_line.removeprefix("old ")), open_checkpoint(note, verifier_keys()).head
        if old > offered.size:
            return httpx.Response(400)
        if old != (self.seen.size if self.seen else 0):
            size = self.seen.size if self.seen else 0
            return httpx.Response(409, text=f"{size}\n", headers={"Content-Type": "text/x.tlog.size"})
        if self.seen and old == offered.size and self.seen.root != offered.root:
            return httpx.Response(409, text=f"{old}\n")
        proof = [base64.b64decode(line) for line in hashes if line]
        before = self.seen.root if self.seen else merkle.EMPTY_ROOT
        if not merkle.is_consistent(old, offered.size, before, offered.root, proof):
            return httpx.Response(422)
        self.seen = offered
        return httpx.Response(200, text=notes.cosign(offered.text, self.private, self.name, at=NOON).line)


def a_keeper(sessions: Sessions, folder: Path, *witnesses: AWitness, answer: Answer | None = None) -> Keeper:
    def routed(request: httpx.Request) -> httpx.Response:
        return next(one for one in witnesses if one.name.startswith(request.url.host)).answer(request)

    transport = httpx.MockTransport(answer or routed)
    known = [one.known for one in witnesses]
    return Keeper(a_log(sessions, folder), Witnesses(sessions, known, timeout=1.0, transport=transport))


async def kept(keeper: Keeper, **at: Any) -> Any:
    await settled(keeper.log.sessions)
    return await keeper.work(now=NOON + timedelta(**at))


async def test_a_checkpoint_is_cosigned_with_a_proof_that_it_goes_on_from_the_last(
    sessions: Sessions, tmp_path: Path
) -> None:
    witness = AWitness()
    keeper = a_keeper(sessions, tmp_path, witness)
    (report_id,) = await reports(sessions, 1)

    first = await kept(keeper)
    await reports(sessions, 4)
    second = await kept(keeper, hours=1)

    assert (first.added, second.added) == (1, 4)
    assert (first.refused, second.refused) == (None, None)
    assert witness.asked == ["old 0", "old 1", "old 1"]  # before the second one is made: has it seen more?
    assert witness.seen is not None
    assert witness.seen.size == 5
    verified = receipts.verify(str(await receipt(sessions, report_id)), [*verifier_keys(), witness.key])
    assert verified.checkpoint.head.size == 5
    assert [key.name for key, _ in verified.checkpoint.cosigned] == [witness.name]


async def test_a_witness_that_was_away_cosigns_later_and_receipts_prefer_what_is_cosigned(
    sessions: Sessions, tmp_path: Path
) -> None:
    witness = AWitness()
    keeper = a_keeper(sessions, tmp_path, witness)
    (report_id,) = await reports(sessions, 1)
    await kept(keeper)
    witness.away = True
    await reports(sessions, 1)

    made = await kept(keeper, hours=1)

    assert made.added == 1
    assert [(asked.cosigned, asked.reason) for asked in made.asked.values()] == [(False, "ConnectError")]
    assert "\n1\n" in (await receipt(sessions, report_id)).note
    witness.away = False
    again = await kept(keeper, hours=1, minutes=1)
    assert [asked.cosigned for asked in again.asked.values()] == [True]
    assert "\n2\n" in (await receipt(sessions, report_id)).note


async def test_one_who_has_seen_more_than_we_know_of_says_where_to_go_on(sessions: Sessions, tmp_path: Path) -> None:
    """As when a copy died before it had kept the cosignature."""
    witness = AWitness()
    keeper = a_keeper(sessions, tmp_path, witness)
    await reports(sessions, 3)
    await kept(keeper)
    await by_hand(sessions, "DELETE FROM cosignatures")
    await reports(sessions, 2)

    assert (await kept(keeper, hours=1)).refused is None
    assert await scalar(sessions, "SELECT max(size) FROM cosignatures") == 5


async def test_a_witness_shows_that_a_database_was_restored(sessions: Sessions, tmp_path: Path) -> None:
    witness, other = AWitness(), AWitness("university.example/w1")
    keeper = a_keeper(sessions, tmp_path / "lost", witness, other)
    known = await reports(sessions, 1)
    await kept(keeper)
    await went_on(sessions, known[0])
    await kept(keeper, hours=1)
    await by_hand(
        sessions,
        "DELETE FROM cosignatures WHERE size > 1",
        "DELETE FROM checkpoints WHERE size > 1",
        "UPDATE log_tiles SET content = substr(content, 1, 32)",
    )
    restored = a_keeper(sessions, tmp_path / "a new machine", witness, other)

    refused = await kept(restored, days=1)

    assert refused.refused is not None
    assert refused.refused.code == "log_went_back"
    assert await scalar(sessions, "SELECT max(size) FROM checkpoints") == 1
    witness.away = other.away = True  # whoever showed it being away makes nothing right
    assert (await kept(restored, days=1, minutes=1)).refused is not None
    assert await scalar(sessions, "SELECT max(size) FROM checkpoints") == 1


@pytest.mark.parametrize("more", [0, 3])
async def test_a_witness_shows_that_a_log_was_built_anew(sessions: Sessions, tmp_path: Path, more: int) -> None:
    witness = AWitness()
    await reports(sessions, 2)
    await kept(a_keeper(sessions, tmp_path / "lost", witness))
    tables = ("cosignatures", "checkpoints", "log_tiles", "log_bundles", "logged_chains")
    await by_hand(sessions, *(f"DELETE FROM {table}" for table in tables))
    await reports(sessions, more)
    anew = a_keeper(sessions, tmp_path / "a new machine", witness)

    refused = await kept(anew)

    assert refused.refused is not None
    assert refused.refused.code == "log_replaced"
    assert anew.log.refused is not None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text=""),
        httpx.Response(200, text="\u2014 ombudsman.example/w1 AAAA\n"),
        httpx.Response(
            200, text=notes.cosign("else\n", Ed25519PrivateKey.generate(), "ombudsman.example/w1", at=NOON).line
        ),
        httpx.Response(200, text="x" * 200_000),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(404),
        httpx.Response(403),
        httpx.Response(500, text="oops"),
    ],
)
async def test_an_answer_that_is_no_cosignature_is_kept_nowhere(
    sessions: Sessions, tmp_path: Path, answer: httpx.Response
) -> None:
    await reports(sessions, 1)
    keeper = a_keeper(sessions, tmp_path, AWitness(), answer=lambda _: answer)

    made = await kept(keeper)

    assert (made.added, made.refused) == (1, None)
    (asked,) = made.asked.values()
    assert not asked.cosigned
    assert asked.reason
    assert await scalar(sessions, "SELECT count(*) FROM cosignatures") == 0


KEY = str(AWitness(private=FIXED).key)
KEY_OF_A_LOG = str(notes.verifier_key(FIXED, ORIGIN))


@pytest.mark.parametrize("text", ["", " , ", f"{KEY} https://w.example/x/", f"{KEY} http://127.0.0.1:1,"])
def test_witnesses_are_read_from_the_settings(text: str) -> None:
    read = read_witnesses(settings("postgresql://x", MonitorSettings, witnesses=text).witnesses)

    assert [one.url for one in read] == [part.split()[1].rstrip("/") for part in text.split(",") if part.strip()]


@pytest.mark.parametrize(
    "text",
    ["x", KEY, f"{KEY} w.example", f"{KEY} ftp://w.example", f"{KEY[:-4]} https://w.example",
     f"{KEY} https://w.example, {KEY} https://v.example", f"{KEY_OF_A_LOG} https://w.example"],
)  # fmt: skip
def test_witnesses_that_are_written_badly_stop_the_start(text: str) -> None:
    with pytest.raises(ValidationError):
        settings("postgresql://x", MonitorSettings, witnesses=text)
