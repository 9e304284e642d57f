"""Leaves of the registry's log and of supports against those logs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.proof.leaves import Leaf, LeafKind, commitment_of_supports


@dataclass(frozen=True, slots=True)
class LogBreak:
    """`index`: of the leaf; without one it is the log itself. Without a report: nothing says any more which it was."""

    index: int | None
    report_id: UUID | None
    tracking_number: str | None
    what: str


Indexed = Sequence[tuple[int, Leaf]]

_REGISTRY = text(
    """
    SELECT w.seq, e.hash, (SELECT max(seq) FROM registry_events) AS last
    FROM unnest(CAST(:seqs AS bigint[])) AS w (seq) LEFT JOIN registry_events e ON e.seq = w.seq
    """
)
_SUPPORTS = text(
    """
    SELECT o.commitment, o.report_id, l.tracking_number, l.salt, w.seq, e.hash,
           (SELECT max(seq) FROM support_log m WHERE m.report_id = o.report_id) AS last
    FROM unnest(CAST(:commitments AS bytea[]), CAST(:seqs AS int[])) AS w (commitment, seq)
    JOIN logged_supports o ON o.commitment = w.commitment
    LEFT JOIN logged_chains l ON l.report_id = o.report_id
    LEFT JOIN support_log e ON e.report_id = o.report_id AND e.seq = w.seq
    """
)


async def registry_breaks(connection: AsyncConnection, leaves: Indexed) -> list[LogBreak]:
    """In the order of the leaves."""
    rows = await connection.execute(_REGISTRY, {"seqs": [leaf.seq for _, leaf in leaves]})
    return list(_of_registry(leaves, {row.seq: row for row in rows}))


def _of_registry(leaves: Indexed, there: Mapping[int, Row[Any]]) -> Iterator[LogBreak]:
    for index, leaf in leaves:
        row = there[leaf.seq]
        if row.hash is None:
            what = (
                f"the registry's log was cut or restored: {leaf.seq} changes were published, there are {row.last or 0}"
            )
        elif row.hash != leaf.head:
            what = f"the registry's log was hashed anew: change {leaf.seq} is not the one that was published"
        else:
            continue
        yield LogBreak(index, None, None, what)


async def support_breaks(connection: AsyncConnection, leaves: Indexed) -> list[LogBreak]:
    """In the order of the leaves."""
    asked = {"commitments": [leaf.commitment for _, leaf in leaves], "seqs": [leaf.seq for _, leaf in leaves]}
    rows = await connection.execute(_SUPPORTS, asked)
    return list(_of_supports(leaves, {(row.commitment, row.seq): row for row in rows}))


def _of_supports(leaves: Indexed, there: Mapping[tuple[bytes, int], Row[Any]]) -> Iterator[LogBreak]:
    for index, leaf in leaves:
        row = there.get((leaf.commitment, leaf.seq))
        if (what := _wrong(leaf, row)) is None:
            continue
        if row is None:
            yield LogBreak(index, None, None, what)
        else:
            yield LogBreak(index, row.report_id, row.tracking_number, what)


def _wrong(leaf: Leaf, row: Row[Any] | None) -> str | None:
    if row is None:
        return f"it is of {leaf.seq} entries about supports, and nothing says any more of which report"
    if row.salt is None or commitment_of_supports(row.salt, row.report_id, row.tracking_number) != leaf.commitment:
        return "what opens the commitment of its supports was changed"
    if row.hash is None:
        return (
            f"the log of its supports was cut or restored: {leaf.seq} entries were published, there are {row.last or 0}"
        )
    if row.hash != leaf.head:
        return f"the log of its supports was hashed anew: entry {leaf.seq} is not the one that was published"
    return None


def of_kind(leaves: Indexed, kind: LeafKind) -> Indexed:
    return [(index, leaf) for index, leaf in leaves if leaf.kind is kind]
