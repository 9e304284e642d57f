import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report.masks import Mask, masks_of
from routing_service.work.masking.making import Made, Original
from routing_service.work.masking.mask import MASKING
from shared.schema import PublicText, Report

_TITLE = func.coalesce(Report.verified_title, Report.title)
_WITHOUT = (
    select(Report.id, _TITLE, Report.body)
    .join(PublicText, PublicText.report_id == Report.id, isouter=True)
    .where(Report.id == any_(bindparam("ids", type_=ARRAY(Uuid))), PublicText.report_id.is_(None))
)


async def without(session: AsyncSession, report_ids: Iterable[UUID]) -> list[Original]:
    """Those of the reports that have no public text yet."""
    return [Original(*row) for row in await session.execute(_WITHOUT, {"ids": list(report_ids)})]


async def original_and_text(session: AsyncSession, report_id: UUID) -> tuple[Original, PublicText | None]:
    """The words of a report, under the verifier's title if it has one, and what is public of them."""
    statement = (
        select(Report.id, _TITLE, Report.body, PublicText)
        .join(PublicText, PublicText.report_id == Report.id, isouter=True)
        .where(Report.id == report_id)
        .execution_options(populate_existing=True)
    )
    *words, text = (await session.execute(statement)).one()
    return Original(*words), text


_ROWS = """
    INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by, made_at)
    SELECT report_id, title, body, CAST(masks AS jsonb), masking, :masked_at, :masked_by, :masked_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:titles AS text[]), CAST(:bodies AS text[]), CAST(:masks AS text[]),
                CAST(:maskings AS smallint[])) AS made (report_id, title, body, masks, masking)
"""
_UPDATE = """
    ON CONFLICT (report_id) DO UPDATE SET
        title = excluded.title, body = excluded.body, masks = excluded.masks, masking = excluded.masking,
        masked_at = excluded.masked_at, masked_by = excluded.masked_by
"""
_ADD = text(_ROWS + "ON CONFLICT (report_id) DO NOTHING")
_REPLACE = text(_ROWS + _UPDATE)
_OTHERWISE = "(public_texts.title, public_texts.body) IS DISTINCT FROM (excluded.title, excluded.body)"
_RENEW = text(
    _ROWS
    + _UPDATE
    + f""",
        renewals = public_texts.renewals + CAST({_OTHERWISE} AS int),
        renewed_at = CASE WHEN {_OTHERWISE} THEN excluded.masked_at ELSE public_texts.renewed_at END
    WHERE public_texts.masked_at = (
        SELECT known.masked_at FROM unnest(CAST(:ids AS uuid[]), CAST(:known AS timestamptz[]))
            AS known (report_id, masked_at) WHERE known.report_id = excluded.report_id)
    """
)


async def add_public_texts(session: AsyncSession, made: Sequence[Made], *, by: str, now: datetime) -> None:
    """Store public texts of reports that have none; one that somebody else stored in the meantime stands."""
    await session.execute(_ADD, _values(made, by, now))


async def replace_public_texts(session: AsyncSession, made: Sequence[Made], *, by: str, now: datetime) -> None:
    """Store public texts, instead of those that may be there. The caller holds the locks of their chains."""
    await session.execute(_REPLACE, _values(made, by, now))


async def renew_public_texts(
    session: AsyncSession, made: Sequence[Made], known: Sequence[datetime | None], *, by: str, now: datetime
) -> None:
    """Store public texts, where what is there is still of the instant that is known of it; None: nothing is."""
    await session.execute(_RENEW, _values(made, by, now) | {"known": list(known)})


def _values(made: Sequence[Made], by: str, now: datetime) -> dict[str, Any]:
    return {
        "masked_at": now,
        "masked_by": by,
        "ids": [one.report_id for one in made],
        "titles": [one.title for one in made],
        "bodies": [one.body for one in made],
        "maskings": [one.masking for one in made],
        "masks": [json.dumps([mask.as_json() for mask in one.masks]) for one in made],
    }


# --- reports of before -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report whose public text is to be made, and what is there of it."""

    original: Original
    masks: list[Mask]
    masked_at: datetime | None


_WANTED = f"""
    FROM reports r LEFT JOIN public_texts p ON p.report_id = r.id
    WHERE (p.report_id IS NULL OR p.masking < {MASKING} OR p.masked_at < CAST(:made_before AS timestamptz))
"""
_COUNT_WANTED = text(f"SELECT count(*) {_WANTED}")
# Who else does this takes others: the lock ends with the transaction, and nobody but us knows it.
_CLAIM = text(
    f"""
    SELECT c.id, c.title, c.body, c.masks, c.masked_at FROM (
        SELECT r.id, coalesce(r.verified_title, r.title) AS title, r.body, p.masks, p.masked_at {_WANTED}
          AND r.id > :after ORDER BY r.id LIMIT 10 * :limit
    ) c WHERE pg_try_advisory_xact_lock(hashtextextended(c.id::text, 2240)) LIMIT :limit
    """
)


async def count_candidates(session: AsyncSession, *, made_before: datetime | None) -> int:
    return int((await session.execute(_COUNT_WANTED, {"made_before": made_before})).scalar_one())


async def claim_candidates(
    session: AsyncSession, *, after: UUID, made_before: datetime | None, limit: int
) -> list[Candidate]:
    """In the order of their ids, without those that somebody else has claimed."""
    parameters = {"after": after, "made_before": made_before, "limit": limit}
    return [
        Candidate(Original(row.id, row.title, row.body), masks_of(row.masks or ()), row.masked_at)
        for row in await session.execute(_CLAIM, parameters)
    ]
