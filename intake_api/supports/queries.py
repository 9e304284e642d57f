from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.paging import PublicPosition
from shared.log.events import GENESIS
from shared.log.support_log import SupportKind, entry_hash, supporter_digest
from shared.queries.agency_names import name_at
from shared.queries.supports import SUPPORTS
from shared.schema import Agency, PublicText, Report, Support

# The row is locked and read in one: whoever comes meanwhile waits, and then sees what this one has made of it.
_HEAD = text(
    """
    INSERT INTO support_chains (report_id, seq, hash, supports) VALUES (:report_id, 0, :genesis, 0)
    ON CONFLICT (report_id) DO UPDATE SET seq = support_chains.seq RETURNING seq, hash
    """
)
_ENTER = """
    , entered AS (
        INSERT INTO support_log (report_id, seq, kind, supporter, recorded_at, previous_hash, hash)
        SELECT report_id, :seq, :kind, :digest, CAST(:at AS timestamptz), CAST(:previous AS bytea), CAST(:hash AS bytea)
        FROM changed
    )
    UPDATE support_chains c SET seq = :seq, hash = CAST(:hash AS bytea), supports = c.supports + :more
    FROM changed WHERE c.report_id = changed.report_id
"""
_CHANGES = {
    SupportKind.GIVEN: text(
        f"""
        WITH changed AS (
            INSERT INTO report_supports (report_id, supporter_hash, supported_at)
            SELECT CAST(:report_id AS uuid), CAST(:supporter AS bytea), CAST(:at AS timestamptz)
            WHERE NOT EXISTS (
                SELECT FROM report_supports
                WHERE report_id = :report_id AND supporter_hash = ANY (CAST(:known AS bytea[]))
            )
            ON CONFLICT DO NOTHING RETURNING report_id
        ) {_ENTER}
        """
    ),
    SupportKind.WITHDRAWN: text(
        f"""
        WITH changed AS (
            DELETE FROM report_supports WHERE report_id = :report_id AND supporter_hash = :supporter
            RETURNING report_id
        ) {_ENTER}
        """
    ),
}
_MORE = {SupportKind.GIVEN: 1, SupportKind.WITHDRAWN: -1}


async def give_support(session: AsyncSession, report: Report, supporter: Sequence[bytes], *, at: datetime) -> None:
    """`supporter`: their hash under each key, of which the first is stored. Whoever is there under another is there."""
    await _change(session, report, supporter[0], SupportKind.GIVEN, at=at, known=supporter)


async def take_back(session: AsyncSession, report: Report, supporter: bytes, *, at: datetime) -> None:
    await _change(session, report, supporter, SupportKind.WITHDRAWN, at=at)


async def _change(
    session: AsyncSession, report: Report, supporter: bytes, kind: SupportKind, *, at: datetime,
    known: Sequence[bytes] = (),
) -> None:  # fmt: skip
    """Once for each person and report, however often and by however many at once it is sent: the support, its entry in
    the log and the head of the log in one statement, or nothing of them.
    """
    head = (await session.execute(_HEAD, {"report_id": report.id, "genesis": GENESIS})).one()
    seq, digest = head.seq + 1, supporter_digest(report.private_salt, supporter)
    hash = entry_hash(head.hash, report_id=report.id, seq=seq, kind=kind, supporter=digest, recorded_at=at)
    await session.execute(
        _CHANGES[kind],
        {
            "report_id": report.id, "supporter": supporter, "at": at, "seq": seq, "kind": kind.value, "digest": digest,
            "previous": head.hash, "hash": hash, "more": _MORE[kind], **({"known": list(known)} if known else {}),
        },
    )  # fmt: skip


async def count_supports(session: AsyncSession, report_id: UUID) -> int:
    """With those of what is merged into it."""
    return await session.scalar(select(func.supports_of(report_id))) or 0


async def supports_of(session: AsyncSession, report_id: UUID, supporter: Sequence[bytes]) -> Row[Any] | None:
    """How somebody supports a report, under whichever key: `supporter_hash` and `supported_at`."""
    statement = (
        select(Support.supporter_hash, Support.supported_at)
        .where(Support.report_id == report_id, Support.supporter_hash.in_(supporter))
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def of_supporter(
    session: AsyncSession, supporter: Sequence[bytes], *, before: PublicPosition | None, limit: int
) -> Sequence[Row[Any]]:
    """What somebody supports, latest first; a report that has become secret is not there any more."""
    statement = (
        select(
            Report, Support.supported_at, PublicText.title.label("public_title"),
            name_at(Report.received_at).label("agency_name"), SUPPORTS,
        )
        .join(Report, Report.id == Support.report_id)
        .join(PublicText, PublicText.report_id == Report.id, isouter=True)
        .join(Agency, Agency.code == Report.agency_code, isouter=True)
        .where(Support.supporter_hash.in_(supporter), Report.secret.is_(False))
        .order_by(Support.supported_at.desc(), Report.tracking_number.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        statement = statement.where(tuple_(Support.supported_at, Report.tracking_number) < before)
    return (await session.execute(statement)).all()
