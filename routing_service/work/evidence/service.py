"""What everybody may see of a file: released, withheld, blackened in part. Like the words of a report: who works on it
may hide more, and only who verifies it, or whose file it is, shows more.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry.tree import Tree
from routing_service.report import rights
from routing_service.report.reading import service as reports
from routing_service.report.rights import Reader, Sight, Standing
from routing_service.work.desk.service import Desk, Errand, Named, take_up
from routing_service.work.evidence import queries
from routing_service.work.evidence.schemas import (
    CoveredArea,
    EvidenceReviewChange,
    OfficersEvidence,
    ReportEvidence,
    ReviewedEvidence,
    TakenView,
)
from shared.clients import Client
from shared.domain.evidence import EvidenceState
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.log.payloads.routing import EvidenceCovered, EvidenceReleased, EvidenceWithheld

_VERIFIERS = frozenset({Standing.NATIONAL, Standing.COORDINATOR})


async def list_evidence(session: AsyncSession, reference: str, client: Client) -> ReportEvidence:
    """Raises Forbidden for those who may not read the report as it was written, NotFound."""
    found = await reports.find_report(session, reference, client)
    if found.sight is not Sight.FULL:
        raise Forbidden(
            "Only those who work on this report see its files here; intake_api shows what is released for everybody."
        )
    rows = await queries.files_of_report(session, found.row.id)
    return ReportEvidence(
        version=found.row.fact_seq,
        needed=await queries.is_needed(session, found.row.category_code),
        items=[_view(row) for row in rows],
    )


async def review_evidence(
    session: AsyncSession, errand: Errand, evidence_id: UUID, body: EvidenceReviewChange
) -> ReviewedEvidence:
    """Raises Forbidden, NotFound, VersionMismatch, Conflict, Invalid."""
    seen = await reports.find_report(session, errand.reference, errand.client)
    before = await _evidence(session, seen.row.id, evidence_id)  # whose it is never changes
    named = Named(seen.row.id, seen.reader)
    desk = await take_up(session, errand, None, occurred_at=None, words_of=before.agency_code, named=named)
    before = await _evidence(session, desk.case.id, evidence_id)
    await change_review(session, desk, before, body)
    view = _view(await _evidence(session, desk.case.id, evidence_id))
    return ReviewedEvidence(version=desk.head.fact_seq, **view.model_dump())


async def change_review(session: AsyncSession, desk: Desk, before: Row[Any], body: EvidenceReviewChange) -> None:
    """Stores and records what differs, and nothing where nothing does."""
    _check_ready(before)
    covered = _covered(before) if body.covered is None else list(dict.fromkeys(body.covered))
    released = before.released if body.released is None else body.released
    _check_inside(before, covered if body.covered is not None else [])
    is_covered_anew = covered != _covered(before)
    if (released and not before.released) or set(_covered(before)) - set(covered):
        _check_may_show(desk, before)
    if released == before.released and not is_covered_anew:
        return
    values = {
        "released": released,
        "covered": [one.model_dump() for one in covered],
        "covering": before.covering + is_covered_anew,
    }
    await queries.store_review(session, desk.case.id, before.id, values, by=desk.client.actor, now=desk.now)
    if is_covered_anew:
        await desk.record(session, EvidenceCovered(evidence=before.id, rectangles=len(covered)))
    if released != before.released:
        kind = EvidenceReleased if released else EvidenceWithheld
        await desk.record(session, kind(evidence=before.id))


def _check_ready(row: Row[Any]) -> None:
    if row.state is EvidenceState.WAITING:
        raise Conflict("This file is still being looked at; try again in a minute.", code="evidence_not_ready")
    if row.state is not EvidenceState.READY:
        raise Conflict(
            "This file was not taken as evidence, or is gone: nobody sees it, and nothing of it can be released.",
            code="evidence_not_usable",
        )


def _check_inside(row: Row[Any], covered: Sequence[CoveredArea]) -> None:
    for number, one in enumerate(covered):
        if row.width is None:
            raise Invalid(
                "Only pictures can be blackened in part; release this file as it is, or withhold it.",
                pointer="/covered", code="not_a_picture",
            )  # fmt: skip
        if one.left + one.width > row.width or one.top + one.height > row.height:
            raise Invalid(
                f"This rectangle does not lie within the picture, which has {row.width} times {row.height} pixels.",
                pointer=f"/covered/{number}", code="outside_of_picture",
            )  # fmt: skip


def may_show(standing: Standing, reader: Reader, agency: str | None, tree: Tree) -> bool:
    """Whether somebody lets everybody see more of a file. `agency`: whose it is; None: the reporter's."""
    return standing in _VERIFIERS or (agency is not None and rights.speaks_for(reader, agency, tree))


def _check_may_show(desk: Desk, row: Row[Any]) -> None:
    """Raises Forbidden."""
    if not may_show(desk.standing, desk.client, row.agency_code, desk.tree):
        raise Forbidden(
            "Only a coordinator or national administrator releases what a reporter added, or shows what was blackened "
            "in it; an agency does so with its own files.",
            code="may_not_release",
        )


async def _evidence(session: AsyncSession, report_id: UUID, evidence_id: UUID) -> Row[Any]:
    row = await queries.find(session, report_id, evidence_id)
    if row is None:
        raise NotFound(f"This report has no evidence {evidence_id}.", code="unknown_evidence")
    return row


def _covered(row: Row[Any]) -> list[CoveredArea]:
    return [CoveredArea(**one) for one in row.covered]


def _view(row: Row[Any]) -> OfficersEvidence:
    ready = row.state is EvidenceState.READY
    return OfficersEvidence(
        id=row.id,
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        agency=row.agency_code,
        added_at=row.added_at,
        state=row.state,
        reason=row.reason,
        remarks=row.remarks,
        taken=TakenView(taken_at=row.told_taken_at, latitude=row.told_latitude, longitude=row.told_longitude),
        released=row.released,
        covered=_covered(row),
        is_shown=ready and row.released and row.made_with == row.covering,
        answers=row.answers,
    )
