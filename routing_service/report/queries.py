"""The statements that all nouns here share: reports under their lock, agencies with their lines, messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, exists, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from routing_service.report.case import Case
from routing_service.report.masks import PublicAnswer
from shared.domain.lifecycle import Holder
from shared.domain.messages import OFFICIAL, MessageKind
from shared.ids import new_id, new_salt, salted_digest
from shared.log.payloads import Said
from shared.schema import Message, Report

_CASE_COLUMNS = (
    Report.id, Report.tracking_number, Report.salt, Report.title, Report.region_code, Report.target_agency_code,
    Report.imported, Report.received_at, Report.status, Report.holder_level, Report.holder_agency_code,
    Report.agency_code, Report.held_from, Report.round, Report.classification, Report.supervisory,
    Report.category_code, Report.subject_code, Report.anonymous, Report.secret, Report.verified_title,
    Report.published_at, Report.merged_into, Report.merged_from, Report.merged_at,
    Report.latitude.is_not(None).label("pinned"), Report.public_region_code, Report.found_region_code,
    Report.set_region_code, Report.shown_region_code,
)  # fmt: skip


# Built once: making a statement, and the key that its compiled text is cached by, costs more than running it.
_BY_NUMBER = select(Report.id).where(Report.tracking_number == bindparam("number"))
_MERGED_INTO = select(Report.merged_into).where(Report.id == bindparam("id"))
_CASES = select(*_CASE_COLUMNS).where(Report.id == any_(bindparam("ids", type_=ARRAY(Uuid))))


async def report_id_of(session: AsyncSession, tracking_number: str) -> UUID | None:
    found: UUID | None = await session.scalar(_BY_NUMBER, {"number": tracking_number})
    return found


async def merged_into(session: AsyncSession, report_id: UUID) -> UUID | None:
    """The report that it is merged into, before either is locked."""
    found: UUID | None = await session.scalar(_MERGED_INTO, {"id": report_id})
    return found


async def cases(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """The reports, as they are now. The caller holds the locks of their chains."""
    rows = await session.execute(_CASES, {"ids": list(report_ids)})
    return {row.id: _case(row) for row in rows}


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id, tracking_number=row.tracking_number, salt=row.salt, title=row.title, region=row.region_code,
        target_agency=row.target_agency_code, imported=row.imported, received_at=row.received_at, status=row.status,
        holder=Holder(row.holder_level, row.holder_agency_code), agency=row.agency_code, held_from=row.held_from,
        round=row.round, classification=row.classification, supervisory=row.supervisory, category=row.category_code,
        subject=row.subject_code,
        anonymous=row.anonymous, secret=row.secret, verified_title=row.verified_title,
        published_at=row.published_at, merged_into=row.merged_into, merged_from=row.merged_from,
        merged_at=row.merged_at, pinned=row.pinned, chosen_region=row.public_region_code,
        found_region=row.found_region_code, set_region=row.set_region_code, shown_region=row.shown_region_code,
    )  # fmt: skip


_SAVE = text(
    """
    UPDATE reports SET
        status = c.status, holder_level = c.holder_level, holder_agency_code = c.holder_agency,
        agency_code = c.agency, held_from = c.held_from, round = c.round, classification = c.classification,
        supervisory = c.supervisory, category_code = c.category, subject_code = c.subject, anonymous = c.anonymous,
        secret = c.secret, verified_title = c.verified_title, published_at = c.published_at,
        merged_into = c.merged_into, merged_from = c.merged_from, merged_at = c.merged_at,
        found_region_code = c.found_region, set_region_code = c.set_region, shown_region_code = c.shown_region,
        changed_at = :changed_at
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:levels AS text[]), CAST(:holders AS text[]),
        CAST(:agencies AS text[]), CAST(:held AS text[]), CAST(:rounds AS smallint[]),
        CAST(:classes AS text[]), CAST(:supervisory AS bool[]), CAST(:categories AS text[]), CAST(:subjects AS text[]),
        CAST(:anonymous AS bool[]), CAST(:secret AS bool[]), CAST(:titles AS text[]),
        CAST(:published AS timestamptz[]), CAST(:merged_into AS uuid[]), CAST(:merged_from AS text[]),
        CAST(:merged_at AS timestamptz[]), CAST(:found_regions AS text[]), CAST(:set_regions AS text[]),
        CAST(:shown_regions AS text[])
    ) AS c (id, status, holder_level, holder_agency, agency, held_from, round, classification, supervisory,
            category, subject, anonymous, secret, verified_title, published_at, merged_into, merged_from, merged_at,
            found_region, set_region, shown_region)
    WHERE reports.id = c.id
    """
)


async def save(session: AsyncSession, changed: Sequence[Case], *, now: datetime) -> None:
    """Store the cases, in one statement. The caller holds the locks of their chains."""
    await session.execute(
        _SAVE,
        {
            "changed_at": now,
            "ids": [case.id for case in changed],
            "statuses": [case.status.value for case in changed],
            "levels": [case.holder.level.value for case in changed],
            "holders": [case.holder.agency for case in changed],
            "agencies": [case.agency for case in changed],
            "held": [case.held_from and case.held_from.value for case in changed],
            "rounds": [case.round for case in changed],
            "classes": [case.classification.value for case in changed],
            "supervisory": [case.supervisory for case in changed],
            "categories": [case.category for case in changed],
            "subjects": [case.subject for case in changed],
            "anonymous": [case.anonymous for case in changed],
            "secret": [case.secret for case in changed],
            "titles": [case.verified_title for case in changed],
            "published": [case.published_at for case in changed],
            "merged_into": [case.merged_into for case in changed],
            "merged_from": [case.merged_from and case.merged_from.value for case in changed],
            "merged_at": [case.merged_at for case in changed],
            "found_regions": [case.found_region for case in changed],
            "set_regions": [case.set_region for case in changed],
            "shown_regions": [case.shown_region for case in changed],
        },
    )


def _public(answer: PublicAnswer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    masks = [mask.as_json() for mask in answer.masks]
    return {"public_body": answer.body, "masks": masks, "masking": answer.masking}


_later = aliased(Message)
_RESPONSE = (
    select(Message.agency_code, _later.id.label("corrected_by"))
    .outerjoin(_later, _later.corrects == Message.id)
    .where(
        Message.id == bindparam("id"),
        Message.report_id == bindparam("report_id"),
        Message.kind.in_([kind.value for kind in OFFICIAL]),
    )
)


async def response(session: AsyncSession, report_id: UUID, message_id: UUID) -> Row[Any] | None:
    """Of an official response of the report: whose it is, and which later one puts it right."""
    return (await session.execute(_RESPONSE, {"id": message_id, "report_id": report_id})).one_or_none()


_TO_CORRECT = select(
    exists().where(
        Message.report_id == bindparam("report_id"),
        Message.kind.in_([kind.value for kind in OFFICIAL]),
        Message.agency_code.is_not_distinct_from(bindparam("agency")),
        ~exists().where(_later.corrects == Message.id),
    )
)


async def has_response_to_correct(session: AsyncSession, report_id: UUID, agency: str | None) -> bool:
    """Whether an agency has given an official response that no later one puts right. `agency` None: by nobody's."""
    return bool(await session.scalar(_TO_CORRECT, {"report_id": report_id, "agency": agency}))


_ENDS_BY_ITSELF = text(
    """
    SELECT min(due_at) FROM clocks
    WHERE report_id = :report_id AND state = 'running' AND on_due = ANY (ARRAY['close', 'resume', 'archive'])
    """
)


async def ends_by_itself_at(session: AsyncSession, report_id: UUID) -> datetime | None:
    """When a report leaves its status if its reporter stays silent."""
    ends_at: datetime | None = await session.scalar(_ENDS_BY_ITSELF, {"report_id": report_id})
    return ends_at


async def add_message(
    session: AsyncSession,
    report_id: UUID,
    kind: MessageKind,
    body: str,
    *,
    author: str,
    agency: str | None,
    at: datetime,
    public: PublicAnswer | None = None,
    corrects: UUID | None = None,
) -> Said:
    """`public`: what everybody may read of the words. `corrects`: the response that they put right."""
    salt = new_salt()
    said = Said(message=new_id(), kind=kind, agency=agency, digest=salted_digest(salt, body))
    await session.execute(
        insert(Message).values(
            id=said.message, report_id=report_id, kind=kind.value, body=body, salt=salt, agency_code=agency,
            author=author, corrects=corrects, created_at=at, **_public(public),
        )
    )  # fmt: skip
    return said


# By the partial index on merged_into. UNION ends a loop in the data.
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM reports WHERE merged_into = ANY(CAST(:ids AS uuid[]))
        UNION
        SELECT r.id FROM reports r JOIN below b ON r.merged_into = b.id
    )
"""
_MERGED_BELOW = text(_BELOW + "SELECT id FROM below")


async def merged_below(session: AsyncSession, report_ids: Iterable[UUID]) -> set[UUID]:
    """All that is merged into these reports, and into what is merged into them."""
    return set((await session.scalars(_MERGED_BELOW, {"ids": list(report_ids)})).all())


_MERGED = text(
    _BELOW
    + """
    SELECT r.id, r.tracking_number, r.title, r.verified_title, r.received_at, r.merged_at, r.merged_into,
           (SELECT count(*) FROM below) AS total
    FROM below JOIN reports r USING (id)
    WHERE CAST(:before_id AS uuid) IS NULL
       OR (r.received_at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid))
    ORDER BY r.received_at DESC, r.id DESC LIMIT :limit
    """
)


async def merged(
    session: AsyncSession, report_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """What is merged into a report, newest first; each row says how many there are in all."""
    at, id = before or (None, None)
    parameters = {"ids": [report_id], "before_at": at, "before_id": id, "limit": limit}
    return (await session.execute(_MERGED, parameters)).all()
