"""What becomes of a file that was added to a report: ready, refused or quarantined, once, whoever dies meanwhile.

Any number of workers share the work. Nobody sees anything of a file before it is ready; whoever is away (the scanner,
the store) makes it wait, and never passes it.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence.files import Content, Files
from intake_api.evidence.media import queries
from intake_api.evidence.media.children import CHILD, ChildLost, Rendered, rendering
from intake_api.evidence.media.metrics import MediaMetrics
from intake_api.evidence.media.queries import ClaimedEvidence
from intake_api.evidence.media.remarks import remarks_on
from intake_api.evidence.media.said import seal_said
from intake_api.evidence.media.scanner import Scanner, ScannerAway
from intake_api.evidence.media.tasks import CameraSaid, FileLimits, FilePart, Made, Rectangle, Refused
from shared.actors import INTAKE
from shared.database import Sessions
from shared.domain.evidence import EvidenceState, Refusal, Variant
from shared.errors import Unavailable
from shared.http.problems import is_away
from shared.keys.held import Keys
from shared.log import events
from shared.log.events import Draft
from shared.log.payloads import Payload
from shared.log.payloads.intake import EvidenceQuarantined, EvidenceRefused
from shared.schema import StoredFile

logger = logging.getLogger(__name__)

ACTOR = f"service:{INTAKE}"
#: Whoever looks through a file renews this three times within it; whoever was killed does not.
LEASE_SECONDS = 30.0
AWAY_SECONDS = 15.0
#: A child that was ended by somebody else, three times, was ended because of the file.
MOST_ATTEMPTS = 3
#: Within this time the usual turn looks for pictures in which something was blackened.
RECENT = timedelta(hours=1)
_BLOCK = 2**18
_MADE_OF: Mapping[FilePart, tuple[Variant, ...]] = {
    FilePart.WHOLE: (Variant.CLEAN, Variant.PUBLIC),
    FilePart.LARGE: (Variant.LARGE,),
    FilePart.SMALL: (Variant.SMALL,),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file came to. `values`: of its row; `said`: by itself, of a file that is ready."""

    named: str  #: in the metrics
    values: Mapping[str, Any]
    made: Mapping[Variant, tuple[Content, Made]] = field(default_factory=dict)
    said: CameraSaid | None = None
    payload: Payload | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks through one file after the other. `child`: the module of the process that does."""

    sessions: Sessions
    files: Files
    keys: Keys
    limits: FileLimits
    scanner: Scanner | None
    metrics: MediaMetrics
    child: str = CHILD

    async def turn(self, *, now: datetime) -> bool:
        """Whether there was something to do: a file that waits, or else a picture to be blackened."""
        async with self.sessions.begin() as session:
            claimed = await queries.claim_waiting(session, seconds=LEASE_SECONDS)
        if claimed is None:
            return await self.cover(now=now, since=now - RECENT)
        await self._carry_out(claimed, now)
        return True

    async def cover(self, *, now: datetime, since: datetime) -> bool:
        """Whether there was a picture whose covering was changed since then."""
        async with self.sessions.begin() as session:
            claimed = await queries.claim_covered(session, since=since, seconds=LEASE_SECONDS)
        if claimed is not None:
            await self._carry_out(claimed, now)
        return claimed is not None

    async def _carry_out(self, claimed: ClaimedEvidence, now: datetime) -> None:
        """Raises what a database raises that is away; then the file waits until its claim is over."""
        try:
            async with self._kept(claimed):
                await self._look(claimed, now)
        except (ScannerAway, Unavailable) as trouble:
            cause = "scanner_away" if isinstance(trouble, ScannerAway) else "store_away"
            await self._put_off(claimed, cause, str(trouble), counted=False)
        except Exception as error:
            if is_away(error):
                raise
            cause = "child_lost" if isinstance(error, ChildLost) else "failed"
            if claimed.is_new and claimed.attempts >= MOST_ATTEMPTS:
                await self._store(claimed, _refused(claimed, Refusal.DECODER_FAILED), now)
            else:
                await self._put_off(claimed, cause, type(error).__name__, counted=True)

    @asynccontextmanager
    async def _kept(self, claimed: ClaimedEvidence) -> AsyncIterator[None]:
        """Nobody else takes it meanwhile, however long it takes."""
        renewing = asyncio.create_task(self._renew(claimed), name="evidence-lease")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, claimed: ClaimedEvidence) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                async with self.sessions.begin() as session:
                    await queries.renew_claim(session, claimed, seconds=LEASE_SECONDS)
            except Exception as error:  # then another may begin with it, and the first who is done counts
                logger.warning("claim not renewed", extra={"error": type(error).__name__})

    async def _put_off(self, claimed: ClaimedEvidence, cause: str, trouble: str, *, counted: bool) -> None:
        logger.error("file put off", extra={"evidence_id": str(claimed.id), "cause": cause, "trouble": trouble})
        self.metrics.put_off.labels(cause).inc()
        async with self.sessions.begin() as session:
            await queries.try_later(session, claimed, seconds=AWAY_SECONDS, counted=counted)

    async def _look(self, claimed: ClaimedEvidence, now: datetime) -> None:
        async with self.sessions() as session:
            original = await queries.original(session, claimed.id)
        if original is None:
            return  # erased
        with tempfile.TemporaryFile() as source:
            async for piece in self.files.read(original):
                source.write(piece)
            source.flush()
            outcome = await self._outcome(claimed, original, source)
        await self._store(claimed, outcome, now)

    async def _outcome(self, claimed: ClaimedEvidence, original: StoredFile, source: BinaryIO) -> Outcome:
        if claimed.is_new and self.scanner is not None:
            found = await self.scanner.scan(_blocks(source))
            if found is not None:
                logger.error("harmful file", extra={"evidence_id": str(claimed.id), "signature": found})
                state, payload = EvidenceState.QUARANTINED, EvidenceQuarantined(evidence=claimed.id)
                return Outcome(state.value, {"state": state}, payload=payload)
        covered, kind = [Rectangle(**one) for one in claimed.covered], claimed.media_type
        try:
            async with rendering(kind, source, self.limits, covered=covered, child=self.child) as rendered:
                made = await self._brought_in(rendered)
        except Refused as refused:
            if not claimed.is_new:  # it was read before: what is wrong now is here
                raise ChildLost from refused
            return _refused(claimed, refused.refusal)
        if not claimed.is_new:
            return Outcome("covered", {"covering": claimed.covering}, made)
        said = rendered.looked.said
        sealed = seal_said(self.keys, original, said)
        return Outcome("ready", {"state": EvidenceState.READY, "said_sealed": sealed}, made, said)

    async def _brought_in(self, rendered: Rendered) -> dict[Variant, tuple[Content, Made]]:
        made = {}
        for part, file in rendered.files.items():
            content = await self.files.bring_in(_blocks(file))
            for variant in _MADE_OF[part]:
                made[variant] = content, rendered.looked.parts[part]
        return made

    async def _store(self, claimed: ClaimedEvidence, outcome: Outcome, now: datetime) -> None:
        """One result for each file: whoever comes second finds it done, and what they made is collected."""
        async with self.sessions.begin() as session:
            head = await events.lock_head(session, claimed.report_id)
            assert head is not None
            values = dict(outcome.values) | {"attempts": 0}
            if claimed.is_new:
                values |= {"processed_at": now, "remarks": await _remarks(session, claimed, outcome.said)}
            if not await queries.set_state(session, claimed, values):
                return
            await self._keep(session, claimed, outcome, now)
            if outcome.payload is not None:
                await events.append(session, head, Draft(outcome.payload, now, ACTOR), recorded_at=now)
        self.metrics.looked_at.labels(outcome.named).inc()

    async def _keep(self, session: AsyncSession, claimed: ClaimedEvidence, outcome: Outcome, now: datetime) -> None:
        rows = {}
        for variant, (content, made) in outcome.made.items():
            if claimed.is_new or variant is not Variant.CLEAN:  # which stays as it was made first
                await self.files.keep(session, content)
                rows[variant] = {"file_digest": content.digest, **asdict(made)}
        if rows:
            await queries.replace_renditions(session, claimed.id, rows, now=now)


async def _remarks(session: AsyncSession, claimed: ClaimedEvidence, said: CameraSaid | None) -> list[str]:
    if said is None:
        return []
    row = await queries.place_and_time(session, claimed.report_id)
    place = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    return [remark.value for remark in remarks_on(said, place=place, received_at=row.received_at)]


def _refused(claimed: ClaimedEvidence, refusal: Refusal) -> Outcome:
    payload = EvidenceRefused(evidence=claimed.id, reason=refusal.value)
    values = {"state": EvidenceState.REFUSED, "reason": refusal.value}
    return Outcome(refusal.value, values, payload=payload)


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block
