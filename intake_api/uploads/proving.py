"""Who may add evidence to a report, and what they add: a fact in the log for each file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.evidence import queries as evidence
from intake_api.reporters import access
from intake_api.reporters import queries as reporters
from intake_api.reporters.access import Credentials
from intake_api.uploads import queries
from intake_api.uploads.owners import Uploader, unknown_upload
from intake_api.uploads.service import For, whole
from shared import ids
from shared.clients import OFFICERS, Client, Role, Scope
from shared.domain.lifecycle import OPEN
from shared.errors import Conflict, Forbidden, Unauthenticated
from shared.log import events, parts
from shared.log.events import Draft, EventType
from shared.log.payloads.codes import Proof
from shared.log.payloads.intake import EvidenceAdded, ReportReceived
from shared.queries.reach import reach_of
from shared.schema import Evidence, Report, Upload


@dataclass(frozen=True, slots=True)
class Adding:
    """Who adds evidence. `proof`: how they showed that they may do so for the reporter; null: they work on it."""

    proof: Proof | None
    client: str | None
    agency: str | None

    @classmethod
    def of_upload(cls, row: Upload, wanted: For) -> "Adding":
        """By whom it was created for its report."""
        return cls(None if wanted.proof is None else Proof(wanted.proof), row.owner, row.owner_agency)

    @property
    def actor(self) -> str:
        if self.proof is None:
            return self.client or ""
        named = (self.client or "").partition(":")[2]
        return "reporter" if self.proof is Proof.CODE or not named else f"reporter:{named}"


async def may_add(session: AsyncSession, tracking_number: str, who: Credentials) -> tuple[Report, Adding]:
    """Raises Unauthenticated, Forbidden, NotFound."""
    client = who.client
    if who.given:
        report, _ = await access.find_own(session, tracking_number, who)
        return report, Adding(who.proof, who.carried_by, None)
    if client is None:
        raise Unauthenticated("Send the access code in X-Access-Code, or a token.")
    _check_role(client)
    found = None
    if ids.is_tracking_number(tracking_number):
        found = await reporters.find_by_number(session, tracking_number)
    if found is not None and await _works_on(session, found[0], client):
        return found[0], Adding(None, client.actor, client.agency)
    if found is not None and await was_brought_by(session, found[0], client):
        return found[0], Adding(Proof.SUBMITTER, client.actor, None)
    raise access.unknown(tracking_number)


def _check_role(client: Client) -> None:
    if client.role is Role.REPORTER_APP or client.role in OFFICERS:
        return
    if client.role is not Role.CHANNEL or not (client.may(Scope.SUBMIT) or client.may(Scope.WORK)):
        raise Forbidden(f"The role {client.role.value} adds no evidence.")


async def _works_on(session: AsyncSession, report: Report, client: Client) -> bool:
    if client.role not in OFFICERS and not client.works_for_agency:
        return False
    return await evidence.is_in_reach(session, report.id, await reach_of(session, client))


async def was_brought_by(session: AsyncSession, report: Report, client: Client) -> bool:
    """The client that submitted it, in that role and for that agency: it may add what its reporter sends later."""
    if report.client_id != client.sub or client.role not in (Role.REPORTER_APP, Role.CHANNEL):
        return False
    (received,) = await parts.of_types(session, report.id, [EventType.REPORT_RECEIVED])
    said = received.carries(ReportReceived)
    return said is not None and (client.actor, client.agency) == (received.actor, said.gateway)


async def add_uploads(
    session: AsyncSession, report_id: UUID, adding: Adding, upload_ids: Sequence[UUID], *, uploader: Uploader | None,
    most: int, now: datetime,
) -> list[Evidence]:  # fmt: skip
    """Raises NotFound for an upload that is not there or another's, Conflict; then none of them is added.

    `uploader` None: they were created for this report, by who it was then.
    """
    head = await events.lock_head(session, report_id)
    report = await session.get(Report, report_id, populate_existing=True)
    assert head is not None
    assert report is not None
    rows = {row.id: row for row in await queries.lock_all(session, upload_ids)}
    added, drafts = [], []
    for upload_id in dict.fromkeys(upload_ids):
        row = rows.get(upload_id)
        if uploader is not None:
            row = uploader.check_owns(row)
        if row is None or row.report_id not in (None, report_id):
            raise unknown_upload()
        one, is_new = await _add(session, report, adding, whole(row), most, now)
        added.append(one)
        if is_new:
            drafts.append(Draft(_told(one, adding), now, adding.actor))
    await events.append(session, head, *drafts, recorded_at=now)
    return added


async def _add(
    session: AsyncSession, report: Report, adding: Adding, row: Upload, most: int, now: datetime
) -> tuple[Evidence, bool]:
    """Whether it is new: the same file again, or the same request, adds nothing."""
    assert row.file_digest is not None
    assert row.media_type is not None
    if row.evidence_id is not None:
        known = await session.get(Evidence, row.evidence_id)
        if known is None or known.report_id != report.id:
            raise Conflict(
                "This upload is evidence of another report already; send the file again.", code="upload_is_used"
            )
        return known, False
    found = await evidence.find_same(session, report.id, row.file_digest)
    if found is not None:
        await queries.used(session, row.id, found.id)
        return found, False
    await _check_room(session, report, adding, most)
    one = Evidence(
        id=ids.new_id(), report_id=report.id, file_digest=row.file_digest, media_type=row.media_type,
        size=row.received, added_by=adding.actor, agency_code=None if adding.proof else adding.agency, added_at=now,
        due_at=now,
    )  # fmt: skip
    session.add(one)
    await session.flush()
    await queries.used(session, row.id, one.id)
    return one, True


async def _check_room(session: AsyncSession, report: Report, adding: Adding, most: int) -> None:
    """Raises Conflict."""
    if report.status not in OPEN:
        raise Conflict(
            "Evidence is added while a report is worked on; once that has ended, reopen it or appeal first.",
            code="report_is_over",
        )
    if await evidence.count_added(session, report.id, by_reporter=adding.proof is not None) >= most:
        raise Conflict(f"This report has {most} files already; no more can be added.", code="too_much_evidence")


def _told(one: Evidence, adding: Adding) -> EvidenceAdded:
    assert one.file_digest is not None
    return EvidenceAdded(
        evidence=one.id, digest=one.file_digest.hex(), media_type=one.media_type, size=one.size, by=adding.proof,
        agency=one.agency_code, client=adding.client if adding.proof else None,
    )  # fmt: skip


def wanted(report: Report, adding: Adding) -> For:
    return For(report.id, None if adding.proof is None else adding.proof.value)
