import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.masks import Mask, PublicAnswer, masks_of
from routing_service.work.masking.mask import MASKING
from shared.domain.messages import OFFICIAL
from shared.schema import Message

_KINDS = sorted(OFFICIAL)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An official answer as it was written, and what is public of it."""

    id: UUID
    body: str
    agency: str | None  #: that spoke; None: the national level
    public: PublicAnswer | None


async def find_answer(session: AsyncSession, report_id: UUID, id: UUID) -> StoredAnswer | None:
    """None for what is no official answer of this report."""
    columns = (Message.body, Message.agency_code, Message.public_body, Message.masks, Message.masking)
    mine = (Message.id == id, Message.report_id == report_id, Message.kind.in_(_KINDS))
    row = (await session.execute(select(*columns).where(*mine))).one_or_none()
    if row is None:
        return None
    body, agency, public_body, masks, masking = row
    public = None if public_body is None else PublicAnswer(public_body, tuple(masks_of(masks or ())), masking)
    return StoredAnswer(id, body, agency, public)


async def replace_public_answer(session: AsyncSession, id: UUID, public: PublicAnswer) -> None:
    """The caller holds the lock of the report's chain."""
    masks = [mask.as_json() for mask in public.masks]
    values = {"public_body": public.body, "masks": masks, "masking": public.masking}
    await session.execute(update(Message).where(Message.id == id).values(values))


# --- answers of before -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """An official answer that is to be masked anew."""

    id: UUID
    body: str
    masks: list[Mask]
    known: str | None  #: the masks as they are stored


# The index on kind and masking finds them. Who else does this takes others, as in masking/queries.py.
_CLAIM = text(
    f"""
    SELECT c.id, c.body, c.masks, c.masks::text AS known FROM (
        SELECT id, body, masks FROM messages
        WHERE kind = ANY(:kinds) AND (:everything OR masking < {MASKING}) AND id > :after
        ORDER BY id LIMIT 10 * :limit
    ) c WHERE pg_try_advisory_xact_lock(hashtextextended(c.id::text, 2241)) LIMIT :limit
    """
)
# What an officer changed in the meantime stands; it comes again if its masking is still an older one.
_RENEW = text(
    """
    UPDATE messages SET public_body = made.public_body, masks = CAST(made.masks AS jsonb), masking = made.masking
    FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS text[]), CAST(:masks AS text[]), CAST(:maskings AS smallint[]),
                CAST(:known AS text[])) AS made (id, public_body, masks, masking, known)
    JOIN messages before ON before.id = made.id
    WHERE messages.id = made.id AND messages.masks::text IS NOT DISTINCT FROM made.known
    RETURNING messages.report_id, before.public_body IS DISTINCT FROM messages.public_body AS reads_otherwise
    """
)
# Of this no event tells: what everybody reads of a report counts it with its text (see shared/log/public_changes.py).
_COUNT = text(
    """
    UPDATE public_texts SET renewals = renewals + 1, renewed_at = :now
    WHERE report_id IN (
        SELECT report_id FROM public_texts WHERE report_id = ANY(CAST(:ids AS uuid[])) ORDER BY report_id FOR UPDATE
    )
    """
)


async def claim_older(session: AsyncSession, *, after: UUID, everything: bool, limit: int) -> list[Candidate]:
    """Answers of an older masking, or all of them, in the order of their ids, without those that others claimed."""
    parameters = {"kinds": _KINDS, "everything": everything, "after": after, "limit": limit}
    rows = await session.execute(_CLAIM, parameters)
    return [Candidate(row.id, row.body, masks_of(row.masks or ()), row.known) for row in rows]


async def renew_public_answers(
    session: AsyncSession, made: Sequence[tuple[Candidate, PublicAnswer]], *, now: datetime
) -> None:
    renewed = await session.execute(
        _RENEW,
        {
            "ids": [candidate.id for candidate, _ in made],
            "bodies": [public.body for _, public in made],
            "masks": [json.dumps([mask.as_json() for mask in public.masks]) for _, public in made],
            "maskings": [public.masking for _, public in made],
            "known": [candidate.known for candidate, _ in made],
        },
    )
    if changed := sorted({row.report_id for row in renewed if row.reads_otherwise}):
        await session.execute(_COUNT, {"ids": changed, "now": now})
