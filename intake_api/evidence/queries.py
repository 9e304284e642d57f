from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.evidence import EvidenceState, Variant
from shared.domain.newer import code
from shared.queries.reach import Reach
from shared.schema import Evidence, EvidenceReview, Rendition, Report, StoredFile, Upload


async def add_file(
    session: AsyncSession, digest: bytes, *, size: int, location: str, wrapped_key: bytes, key_id: str, now: datetime
) -> bool:
    """Whether it was added: of two that bring the same content at once, one is, and the other waits for it."""
    row = {
        "digest": digest, "size": size, "location": location, "wrapped_key": wrapped_key, "key_id": key_id,
        "stored_at": now,
    }  # fmt: skip
    statement = insert(StoredFile).values(row).on_conflict_do_nothing(index_elements=["digest"])
    return (await session.execute(statement.returning(StoredFile.digest))).first() is not None


async def hold_file(session: AsyncSession, digest: bytes) -> bool:
    """Whether there is such a file; it is collected by nobody before this transaction ends."""
    statement = select(StoredFile.digest).where(StoredFile.digest == digest).with_for_update(read=True, key_share=True)
    return (await session.execute(statement)).first() is not None


async def file_of(session: AsyncSession, digest: bytes) -> StoredFile | None:
    return await session.get(StoredFile, digest)


async def find_same(session: AsyncSession, report_id: UUID, digest: bytes) -> Evidence | None:
    """The evidence of a report with this content; the chain of the report is locked."""
    statement = select(Evidence).where(Evidence.report_id == report_id, Evidence.file_digest == digest)
    return (await session.scalars(statement)).one_or_none()


async def count_added(session: AsyncSession, report_id: UUID, *, by_reporter: bool) -> int:
    reporters = Evidence.added_by == "reporter", Evidence.added_by.like("reporter:%")
    theirs = or_(*reporters) if by_reporter else not_(or_(*reporters))
    statement = select(func.count()).select_from(Evidence).where(Evidence.report_id == report_id, theirs)
    return await session.scalar(statement) or 0


async def is_in_reach(session: AsyncSession, report_id: UUID, reach: Reach) -> bool:
    """Whether somebody works on a report."""
    statement = select(Report.id).where(Report.id == report_id, reach.condition())
    return (await session.execute(statement)).first() is not None


async def evidence_of(session: AsyncSession, report_id: UUID) -> Sequence[Evidence]:
    """In the order in which it came."""
    statement = select(Evidence).where(Evidence.report_id == report_id).order_by(Evidence.added_at, Evidence.id)
    return (await session.scalars(statement)).all()


async def released(session: AsyncSession, report_id: UUID) -> Sequence[Evidence]:
    """What a verifier lets everybody see: of a file whose blackening was changed nothing before the copy has it."""
    current = and_(EvidenceReview.released, Evidence.covering == EvidenceReview.covering)
    statement = (
        select(Evidence)
        .join(EvidenceReview, EvidenceReview.evidence_id == Evidence.id)
        .where(Evidence.report_id == report_id, Evidence.state == EvidenceState.READY, current)
        .order_by(Evidence.added_at, Evidence.id)
    )
    return (await session.scalars(statement)).all()


class Shown(NamedTuple):
    """A file of evidence that may be fetched."""

    variant: Variant
    media_type: str
    size: int
    width: int | None
    height: int | None


async def shown(session: AsyncSession, evidence_ids: Collection[UUID]) -> dict[UUID, list[Shown]]:
    """The original of each, and what was made of it."""
    originals = select(
        Evidence.id, literal(Variant.ORIGINAL.value).label("variant"), Evidence.media_type, Evidence.size,
        null().label("width"), null().label("height"),
    ).where(Evidence.id.in_(evidence_ids), Evidence.file_digest.is_not(None))  # fmt: skip
    made = (
        select(
            Rendition.evidence_id, cast(Rendition.variant, Text), Rendition.media_type, StoredFile.size,
            Rendition.width, Rendition.height,
        )
        .join(StoredFile, StoredFile.digest == Rendition.file_digest)
        .where(Rendition.evidence_id.in_(evidence_ids))
    )  # fmt: skip
    found: dict[UUID, list[Shown]] = {}
    rows: Iterable[Row[Any]] = await session.execute(union_all(originals, made)) if evidence_ids else ()
    for row in rows:
        found.setdefault(row[0], []).append(Shown(code(Variant, row[1]), *row[2:]))
    return found


class Fetched(NamedTuple):
    evidence: Evidence
    report: Report
    file: StoredFile
    media_type: str


async def fetched(session: AsyncSession, evidence_id: UUID, variant: Variant) -> Fetched | None:
    """A file of evidence that is ready, with the report that it belongs to."""
    statement = (
        select(Evidence, Report, StoredFile, Evidence.media_type)
        if variant is Variant.ORIGINAL
        else select(Evidence, Report, StoredFile, Rendition.media_type)
    )
    statement = statement.join(Report, Report.id == Evidence.report_id)
    if variant is Variant.ORIGINAL:
        statement = statement.join(StoredFile, StoredFile.digest == Evidence.file_digest)
    else:
        made = and_(Rendition.evidence_id == Evidence.id, Rendition.variant == variant)
        statement = statement.join(Rendition, made).join(StoredFile, StoredFile.digest == Rendition.file_digest)
    statement = statement.where(Evidence.id == evidence_id, Evidence.state == EvidenceState.READY)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Fetched(*row)


async def lock_files_of(session: AsyncSession, report_id: UUID) -> Sequence[bytes]:
    """The digests of what a report holds: originals and what was made of them. Until the transaction ends, nothing
    else comes to hold them.
    """
    statement = (
        select(StoredFile.digest)
        .where(StoredFile.digest.in_(_held_by(report_id)))
        .order_by(StoredFile.digest)
        .with_for_update()
    )
    return (await session.scalars(statement)).all()


def _held_by(report_id: UUID) -> Select[Any]:
    originals = select(Evidence.file_digest).where(Evidence.report_id == report_id, Evidence.file_digest.is_not(None))
    made = (
        select(Rendition.file_digest)
        .join(Evidence, Evidence.id == Rendition.evidence_id)
        .where(Evidence.report_id == report_id)
    )
    uploaded = select(Upload.file_digest).where(Upload.report_id == report_id, Upload.file_digest.is_not(None))
    return select(union_all(originals, made, uploaded).subquery())


async def erase(session: AsyncSession, report_id: UUID) -> None:
    """Nothing is left of the evidence but that it was there; the chain of the report is locked."""
    ids = select(Evidence.id).where(Evidence.report_id == report_id)
    await session.execute(delete(Rendition).where(Rendition.evidence_id.in_(ids)))
    nothing: dict[str, Any] = dict.fromkeys(
        ("file_digest", "said_sealed", "told_taken_at", "told_latitude", "told_longitude")
    )
    values = {**nothing, "state": EvidenceState.ERASED, "remarks": []}
    await session.execute(update(Evidence).where(Evidence.report_id == report_id).values(values))


# Two statements, since the second sees what was committed while the first waited for its locks.
_LOCK_UNUSED = text(
    """
    SELECT f.digest FROM files f
    WHERE f.stored_at < :before
      AND NOT EXISTS (SELECT FROM evidence WHERE file_digest = f.digest)
      AND NOT EXISTS (SELECT FROM renditions WHERE file_digest = f.digest)
      AND NOT EXISTS (SELECT FROM uploads WHERE file_digest = f.digest)
    ORDER BY f.stored_at LIMIT :limit FOR UPDATE OF f SKIP LOCKED
    """
)
_REMOVE_UNUSED = text(
    """
    DELETE FROM files f
    WHERE f.digest = ANY (:digests)
      AND NOT EXISTS (SELECT FROM evidence WHERE file_digest = f.digest)
      AND NOT EXISTS (SELECT FROM renditions WHERE file_digest = f.digest)
      AND NOT EXISTS (SELECT FROM uploads WHERE file_digest = f.digest)
    RETURNING f.location
    """
)


async def lock_unused(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[bytes]:
    """Digests of files that nothing points to; what another copy has taken is passed over."""
    return (await session.scalars(_LOCK_UNUSED, {"before": before, "limit": limit})).all()


async def remove_unused(session: AsyncSession, digests: Sequence[bytes]) -> Sequence[str]:
    """Of files that are locked, those that nothing points to; where they lie."""
    return (await session.scalars(_REMOVE_UNUSED, {"digests": list(digests)})).all()


async def known_locations(session: AsyncSession, locations: Collection[str]) -> set[str]:
    return set(await session.scalars(select(StoredFile.location).where(StoredFile.location.in_(locations))))


async def files_of_key(session: AsyncSession, key_id: str) -> int:
    statement = select(func.count()).select_from(StoredFile).where(StoredFile.key_id == key_id)
    return await session.scalar(statement) or 0


async def count_older(session: AsyncSession, key_id: str) -> int:
    """How many are wrapped under other keys than this one."""
    statement = select(func.count()).select_from(StoredFile).where(StoredFile.key_id != key_id)
    return await session.scalar(statement) or 0


async def older(session: AsyncSession, key_id: str, *, after: bytes, limit: int) -> Sequence[StoredFile]:
    """Wrapped under other keys than this one, locked, in the order of the primary key."""
    statement = (
        select(StoredFile)
        .where(StoredFile.digest > after, StoredFile.key_id != key_id)
        .order_by(StoredFile.digest)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.scalars(statement)).all()


async def wrap_anew(session: AsyncSession, digest: bytes, *, wrapped_key: bytes, key_id: str) -> None:
    where = StoredFile.digest == digest
    await session.execute(update(StoredFile).where(where).values(wrapped_key=wrapped_key, key_id=key_id))
