"""SQL of mailed documents."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.schema import DocumentMail

_MAILING = 0x6C61706F72_07  # "lapor", and which of its locks

# By one monitor at a time, for what goes out twice is seen.
_NEXT = text(
    """
    SELECT o.id, o.name, o.email, o.language, o.agency_code, d.document
    FROM officers o JOIN agencies a ON a.code = o.agency_code AND a.parent_code IS NULL AND a.active
    JOIN unnest(CAST(:roles AS text[]), CAST(:documents AS text[])) AS d (role, document) ON d.role = o.role
    WHERE o.active AND NOT EXISTS (
        SELECT FROM document_mails m
        WHERE m.officer_id = o.id AND m.document = d.document AND m.first_day = :first_day
    )
    ORDER BY o.agency_code, d.document, o.id LIMIT 1
    """
)
_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")


async def next_mail(session: AsyncSession, first_day: date, pairs: Sequence[tuple[str, str]]) -> Row[Any] | None:
    """Who is to be mailed what; None: nobody, or another monitor sends. `pairs`: roles and their documents."""
    if not await session.scalar(_LOCK, {"key": _MAILING}):
        return None
    given: Mapping[str, Any] = {
        "first_day": first_day, "roles": [role for role, _ in pairs], "documents": [name for _, name in pairs],
    }  # fmt: skip
    return (await session.execute(_NEXT, given)).one_or_none()


async def settle(
    session: AsyncSession, officer_id: UUID, document: str, first_day: date, *, at: datetime, error: str | None
) -> None:
    values = {
        "officer_id": officer_id, "document": document, "first_day": first_day, "settled_at": at, "error": error,
    }  # fmt: skip
    await session.execute(insert(DocumentMail).values(**values))
