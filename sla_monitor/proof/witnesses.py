"""Witnesses: others who see that the log only grows, and cosign it (c2sp.org/tlog-witness).

A witness remembers the longest log that it has seen, outside of our reach. One that has seen a longer log than ours, or
another one, shows that our database was restored or written anew.
"""

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

import httpx

from shared.database import Sessions
from shared.proof import merkle, tiles
from shared.proof.notes import BadNote, Signature, VerifierKey, cosigned_at, read_note, read_signatures
from shared.proof.tiles import TornLog
from shared.proof.witnesses import Witness
from shared.queries import proofs
from shared.queries.proofs import Published
from sla_monitor.proof import queries, trouble

logger = logging.getLogger(__name__)

_MOST_BYTES = 100_000
#: Once to hear how long a log the witness has seen, once to continue from there, and once more for another copy's sake.
_ATTEMPTS = 3


class WitnessAnswer(NamedTuple):
    """What became of asking a witness."""

    cosigned: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Witnesses:
    sessions: Sessions
    known: Sequence[Witness]
    timeout: float
    transport: httpx.AsyncBaseTransport | None = None  #: of tests

    async def cosign(self, *, again: bool = False) -> Mapping[str, WitnessAnswer]:
        """Have the last checkpoint cosigned by those who have not; with `again` by all, to hear what they have seen.

        By the names of those that were asked. Raises LogRefused.
        """
        asked: dict[str, WitnessAnswer] = {}
        if not self.known:
            return asked
        async with httpx.AsyncClient(timeout=self.timeout, trust_env=False, transport=self.transport) as http:
            for witness in self.known:
                if again or not await self._has_signed(witness):
                    asked[witness.key.name] = await self._ask(http, witness)
        for name, outcome in asked.items():
            if not outcome.cosigned:
                logger.warning("a witness did not cosign", extra={"witness": name, "reason": outcome.reason})
        return asked

    async def _has_signed(self, witness: Witness) -> bool:
        async with self.sessions() as session:
            last = await queries.state(session)
            signed = await queries.last_cosigned(session)
        return last is None or signed.get(witness.key.name, 0) >= last[0]

    async def _ask(self, http: httpx.AsyncClient, witness: Witness) -> WitnessAnswer:
        seen: int | None = None
        for _ in range(_ATTEMPTS):
            async with self.sessions() as session:
                last = await proofs.last_checkpoint(session)
                if last is None:
                    return WitnessAnswer(cosigned=False, reason="there is no checkpoint")
                if seen is not None and seen > last.checkpoint.size:
                    raise trouble.went_back(last.checkpoint.size, seen)
                old = min((await queries.last_cosigned(session)).get(witness.key.name, 0) if seen is None else seen,
                          last.checkpoint.size)  # fmt: skip
                ranges = merkle.consistency_ranges(old, last.checkpoint.size)
                try:
                    proof = tiles.proof(ranges, await proofs.read_tiles(session, tiles.needed(ranges)))
                except TornLog as error:
                    raise trouble.torn(str(error)) from None
            try:
                answer = await http.post(f"{witness.url}/add-checkpoint", content=_body(old, proof, last))
            except httpx.HTTPError as error:
                return WitnessAnswer(cosigned=False, reason=type(error).__name__)
            if answer.status_code == HTTPStatus.OK:
                return await self._keep(witness, last, answer.text)
            if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and old:
                raise trouble.replaced(old)
            if answer.status_code != HTTPStatus.CONFLICT:
                return WitnessAnswer(cosigned=False, reason=f"it answered {answer.status_code}")
            size = answer.text.strip()
            seen = int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None
            if seen is None or seen == old:  # as long as ours, and another one
                raise trouble.replaced(old)
        return WitnessAnswer(cosigned=False, reason="what it has seen changes all the time")

    async def _keep(self, witness: Witness, last: Published, lines: str) -> WitnessAnswer:
        try:
            signature = _cosignature(witness.key, last.checkpoint.note, lines)
        except BadNote as error:
            return WitnessAnswer(cosigned=False, reason=str(error))
        if signature is None:
            return WitnessAnswer(cosigned=False, reason="its answer has no cosignature of its key")
        row = {
            "size": last.checkpoint.size, "witness": witness.key.name, "line": signature.line,
            "cosigned_at": cosigned_at(signature),
        }  # fmt: skip
        async with self.sessions.begin() as session:
            await queries.store_cosignatures(session, [row])
        return WitnessAnswer(cosigned=True)


def _body(old: int, proof: Sequence[bytes], last: Published) -> bytes:
    hashes = "".join(f"{base64.b64encode(hash).decode()}\n" for hash in proof)
    return f"old {old}\n{hashes}\n{last.checkpoint.note}".encode()


def _cosignature(key: VerifierKey, note: str, lines: str) -> Signature | None:
    """Raises BadNote."""
    if len(lines) > _MOST_BYTES:
        raise BadNote("its answer is too long")
    return key.signed(read_note(note).text, read_signatures(lines))
