"""Who read which report, as each service writes it down."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Read:
    report: str  #: its id, or its tracking number
    read_at: datetime
    operation: str
    subject: str
    role: str
    agency: str | None


# A name of either kind finds its report by an index; one of no report any more is left out.
_ADD = text(
    """
    INSERT INTO report_reads (report_id, read_at, operation, subject, role, agency_code)
    SELECT found.id, named.read_at, named.operation, named.subject, named.role, named.agency
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:numbers AS text[]), CAST(:instants AS timestamptz[]), CAST(:operations AS text[]),
        CAST(:subjects AS text[]), CAST(:roles AS text[]), CAST(:agencies AS text[])
    ) WITH ORDINALITY AS named (id, number, read_at, operation, subject, role, agency, place)
    CROSS JOIN LATERAL (
        SELECT r.id FROM reports r WHERE r.id = named.id
        UNION ALL SELECT r.id FROM reports r WHERE r.tracking_number = named.number
    ) AS found
    ORDER BY named.place
    """
)


async def add(session: AsyncSession, reads: Sequence[Read]) -> None:
    rows = [asdict(read) for read in reads]
    ids = [_id(read.report) for read in reads]
    await session.execute(
        _ADD,
        {
            "ids": ids,
            "numbers": [read.report if id is None else None for read, id in zip(reads, ids, strict=True)],
            "instants": [row["read_at"] for row in rows],
            "operations": [row["operation"] for row in rows],
            "subjects": [row["subject"] for row in rows],
            "roles": [row["role"] for row in rows],
            "agencies": [row["agency"] for row in rows],
        },
    )


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
