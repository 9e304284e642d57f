from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.evidence import EvidenceState, Variant
from shared.schema import Evidence, Rendition, Report, StoredFile


@dataclass(frozen=True, slots=True)
class ClaimedEvidence:
    """Evidence that a worker has for itself until its time is over. `covered`: what is to be blackened in it."""

    id: UUID
    report_id: UUID
    media_type: str
    state: EvidenceState
    attempts: int
    covering: int
    covered: Sequence[Mapping[str, int]]

    @property
    def is_new(self) -> bool:
        """Nobody has looked at it yet; else something else is to be blackened in it."""
        return self.state is EvidenceState.WAITING


# The claim is the time until which nobody else takes it: no transaction is open while a file is read. Whoever is killed
# leaves the rest of that time. Along evidence_waiting_idx.
_CLAIM = text(
    """
    UPDATE evidence SET due_at = now() + make_interval(secs => :seconds), attempts = least(attempts + 1, 100)
    WHERE id = (
        SELECT id FROM evidence WHERE state = 'waiting' AND due_at <= now() ORDER BY due_at
        LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, report_id, media_type, state, attempts, 0 AS covering, CAST('[]' AS jsonb) AS covered
    """
)
# Along evidence_reviews_covering_idx: what was changed lately, and now and then everything.
_CLAIM_COVERED = text(
    """
    WITH next AS (
        SELECT e.id, r.covering, r.covered FROM evidence_reviews r JOIN evidence e ON e.id = r.evidence_id
        WHERE r.covering > 0 AND r.changed_at >= :since AND e.state = 'ready' AND e.covering <> r.covering
              AND e.due_at <= now()
        ORDER BY r.changed_at LIMIT 1 FOR NO KEY UPDATE OF e SKIP LOCKED
    )
    UPDATE evidence e SET due_at = now() + make_interval(secs => :seconds) FROM next WHERE e.id = next.id
    RETURNING e.id, e.report_id, e.media_type, e.state, e.attempts, next.covering, next.covered
    """
)


async def claim_waiting(session: AsyncSession, *, seconds: float) -> ClaimedEvidence | None:
    return _claimed((await session.execute(_CLAIM, {"seconds": seconds})).one_or_none())


async def claim_covered(session: AsyncSession, *, since: datetime, seconds: float) -> ClaimedEvidence | None:
    """A picture in which something else is blackened than its public copy has."""
    return _claimed((await session.execute(_CLAIM_COVERED, {"since": since, "seconds": seconds})).one_or_none())


def _claimed(row: Row[Any] | None) -> ClaimedEvidence | None:
    if row is None:
        return None
    id, report_id, media_type, state, attempts, covering, covered = row
    return ClaimedEvidence(id, report_id, media_type, EvidenceState(state), attempts, covering, covered)


_POSTPONE = text(
    """
    UPDATE evidence SET due_at = now() + make_interval(secs => :seconds), attempts = attempts - :uncounted
    WHERE id = :id AND state = :state
    """
)


async def try_later(session: AsyncSession, claimed: ClaimedEvidence, *, seconds: float, counted: bool) -> None:
    """`counted`: the attempt was the file's; else somebody else was away."""
    uncounted = 0 if counted or not claimed.is_new else 1
    await session.execute(
        _POSTPONE, {"id": claimed.id, "state": claimed.state.value, "seconds": seconds, "uncounted": uncounted}
    )


# `attempts`: another worker that has taken it since counts one more, and keeps it.
_RENEW = text(
    """
    UPDATE evidence SET due_at = now() + make_interval(secs => :seconds)
    WHERE id = :id AND state = :state AND (state <> 'waiting' OR attempts = :attempts)
    """
)


async def renew_claim(session: AsyncSession, claimed: ClaimedEvidence, *, seconds: float) -> None:
    given = {"id": claimed.id, "state": claimed.state.value, "attempts": claimed.attempts, "seconds": seconds}
    await session.execute(_RENEW, given)


async def original(session: AsyncSession, evidence_id: UUID) -> StoredFile | None:
    """None: it was erased."""
    joined = select(StoredFile).join(Evidence, Evidence.file_digest == StoredFile.digest)
    return (await session.scalars(joined.where(Evidence.id == evidence_id))).one_or_none()


async def place_and_time(session: AsyncSession, report_id: UUID) -> Row[tuple[float | None, float | None, datetime]]:
    """Of a report: where it is about, if that was pinned, and when it was received."""
    statement = select(Report.latitude, Report.longitude, Report.received_at).where(Report.id == report_id)
    return (await session.execute(statement)).one()


async def set_state(session: AsyncSession, claimed: ClaimedEvidence, values: Mapping[str, Any]) -> bool:
    """False: another worker was quicker, or it was erased. The chain of the report is locked."""
    same = (Evidence.id == claimed.id, Evidence.state == claimed.state, Evidence.file_digest.is_not(None))
    statement = update(Evidence).where(*same).values({**values, "due_at": func.now()}).returning(Evidence.id)
    return (await session.execute(statement)).first() is not None


async def replace_renditions(
    session: AsyncSession, evidence_id: UUID, made: Mapping[Variant, Mapping[str, Any]], *, now: datetime
) -> None:
    named = (Rendition.evidence_id == evidence_id, Rendition.variant.in_(list(made)))
    await session.execute(delete(Rendition).where(*named))
    rows = [
        {"evidence_id": evidence_id, "variant": variant, "made_at": now, **values} for variant, values in made.items()
    ]
    await session.execute(insert(Rendition), rows)


_WAITING = text(
    """
    SELECT count(*) AS depth, coalesce(extract(epoch FROM now() - min(added_at)), 0)::float8 AS age
    FROM evidence WHERE state = 'waiting'
    """
)


async def waiting_files(session: AsyncSession) -> tuple[int, float]:
    """How many files wait, and the age of the oldest in seconds. Along evidence_waiting_idx."""
    row = (await session.execute(_WAITING)).one()
    return row.depth, row.age
