import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.texts.kinds import Field, Kind, Mask, Source, Span
from routing_service.texts.making import Made, Original
from routing_service.texts.mask import MASKING
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
    INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)
    SELECT report_id, title, body, CAST(masks AS jsonb), :masking, :masked_at, :masked_by
    FROM unnest(CAST(:ids AS uuid[]), CAST(:titles AS text[]), CAST(:bodies AS text[]), CAST(:masks AS text[]))
        AS made (report_id, title, body, masks)
"""
_ADD = text(_ROWS + "ON CONFLICT (report_id) DO NOTHING")
_REPLACE = text(
    _ROWS
    + """
    ON CONFLICT (report_id) DO UPDATE SET
        title = excluded.title, body = excluded.body, masks = excluded.masks, masking = excluded.masking,
        masked_at = excluded.masked_at, masked_by = excluded.masked_by
    """
)


async def add(session: AsyncSession, made: Sequence[Made], *, by: str, now: datetime) -> None:
    """Store public texts of reports that have none; one that somebody else stored in the meantime stands."""
    await session.execute(_ADD, _values(made, by, now))


async def replace(session: AsyncSession, made: Sequence[Made], *, by: str, now: datetime) -> None:
    """Store public texts, instead of those that may be there. The caller holds the locks of their chains."""
    await session.execute(_REPLACE, _values(made, by, now))


def _values(made: Sequence[Made], by: str, now: datetime) -> dict[str, Any]:
    return {
        "masking": MASKING,
        "masked_at": now,
        "masked_by": by,
        "ids": [one.report_id for one in made],
        "titles": [one.title for one in made],
        "bodies": [one.body for one in made],
        "masks": [json.dumps([_stored(mask) for mask in one.masks]) for one in made],
    }


def _stored(mask: Mask) -> dict[str, Any]:
    span = mask.span
    stored = {"field": mask.field, "start": span.start, "end": span.end, "type": span.kind, "source": mask.source}
    return stored | ({"lifted": True} if mask.lifted else {})


def masks_of(stored: Iterable[dict[str, Any]]) -> list[Mask]:
    return [
        Mask(
            Field(one["field"]),
            Span(one["start"], one["end"], Kind(one["type"])),
            Source(one["source"]),
            one.get("lifted", False),
        )
        for one in stored
    ]
