"""Files that an agency shows with its answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.work.desk.service import Desk
from routing_service.work.evidence import queries
from shared.domain.evidence import EvidenceState
from shared.errors import Conflict, Invalid
from shared.log.payloads.routing import EvidenceReleased

_USABLE = frozenset({EvidenceState.WAITING, EvidenceState.READY})


async def show_with_answer(
    session: AsyncSession, desk: Desk, message_id: UUID, evidence_ids: Sequence[UUID], *, release: bool
) -> None:
    """One that is still being looked at is shown when it is ready. Raises Invalid, Conflict."""
    rows = {}
    for number, evidence_id in enumerate(evidence_ids):
        row = await queries.find(session, desk.case.id, evidence_id)
        _check_own(desk, row, number)
        rows[evidence_id] = row
    if rows:
        await queries.show_with(session, desk.case.id, message_id, rows)
    for row in rows.values():
        if release and row is not None and not row.released:
            values = {"released": True, "covered": row.covered, "covering": row.covering}
            await queries.store_review(session, desk.case.id, row.id, values, by=desk.client.actor, now=desk.now)
            await desk.record(session, EvidenceReleased(evidence=row.id))


def _check_own(desk: Desk, row: Row[Any] | None, number: int) -> None:
    pointer = f"/evidence/{number}"
    if row is None:
        raise Invalid(
            "This report has no evidence with this id; list the evidence of the report first.", pointer=pointer,
            code="unknown_evidence",
        )  # fmt: skip
    by_reporter = row.added_by.partition(":")[0] == "reporter"
    if by_reporter or row.agency_code != desk.speaks_for:
        raise Invalid(
            "Somebody else added this file; an answer shows what the agency that answers has added.", pointer=pointer,
            code="foreign_evidence",
        )  # fmt: skip
    if row.state not in _USABLE:
        raise Conflict(
            "This file was not taken as evidence, or is gone: nobody sees it, and nothing of it can be released.",
            code="evidence_not_usable",
        )
