"""The chains beside those of reports: the log of the registry, and the log of the supports of each report.

Whoever writes one of them holds the lock of its end until the commit, so that what is there is always a beginning of
what will be there: no horizon is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.proof.leaves import Leaf, LeafKind, commitment_of_supports

_REGISTRY = text("SELECT seq, hash FROM registry_events WHERE seq > :since ORDER BY seq DESC LIMIT 1")
# Of a report that no checkpoint has seen yet, the one after the next: it gets its salt first.
_SUPPORTS = text(
    """
    SELECT s.report_id, l.tracking_number, l.salt, s.seq, s.hash
    FROM support_chains s JOIN logged_chains l ON l.report_id = s.report_id
    LEFT JOIN logged_supports o ON o.report_id = s.report_id
    WHERE s.seq > coalesce(o.seq, 0)
    """
)
_STORE = text(
    """
    INSERT INTO logged_supports (report_id, commitment, seq, head)
    SELECT * FROM unnest(
        CAST(:report_ids AS uuid[]), CAST(:commitments AS bytea[]), CAST(:seqs AS int[]), CAST(:heads AS bytea[])
    )
    ON CONFLICT (report_id) DO UPDATE SET seq = excluded.seq, head = excluded.head
    """
)


class _Supports(NamedTuple):
    commitment: bytes
    report_id: UUID
    seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Others:
    """Those that have grown. `registry_seq`: how far the registry's log is in the transparency log with them."""

    registry_seq: int
    registry: Leaf | None = None
    supports: Sequence[_Supports] = field(default=())

    @property
    def leaves(self) -> list[Leaf]:
        """Behind those of the reports' chains."""
        found = [Leaf(one.commitment, one.seq, one.head, LeafKind.SUPPORTS) for one in self.supports]
        return found if self.registry is None else [*found, self.registry]


async def grown(session: AsyncSession, *, registry_seq: int) -> Others:
    """Supports in the order of their commitments, which is none."""
    rows = await session.execute(_SUPPORTS)
    supports = sorted(
        _Supports(
            commitment_of_supports(row.salt, row.report_id, row.tracking_number), row.report_id, row.seq, row.hash
        )
        for row in rows
    )
    last = (await session.execute(_REGISTRY, {"since": registry_seq})).first()
    if last is None:
        return Others(registry_seq, None, supports)
    return Others(last.seq, Leaf(b"", last.seq, last.hash, LeafKind.REGISTRY), supports)


async def store(session: AsyncSession, others: Others) -> None:
    if others.supports:
        parameters = {
            "report_ids": [one.report_id for one in others.supports],
            "commitments": [one.commitment for one in others.supports],
            "seqs": [one.seq for one in others.supports],
            "heads": [one.head for one in others.supports],
        }
        await session.execute(_STORE, parameters)
