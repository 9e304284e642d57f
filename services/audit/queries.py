"""What is stored, batch by batch in the order of report ids: memory stays small however many reports there are."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_api.identities.sealing import COLUMNS, FIELDS
from services.audit.files import Entry, File, Words
from services.audit.texts import is_true
from shared.actors import MONITOR
from shared.domain.erasure import ERASED, NO_SALT
from shared.ids import salted_digest

_COUNT = text("SELECT count(*) FROM reports")
_IDENTITY = ", ".join(f"p.{name}" for name in (*FIELDS, *COLUMNS))
_REPORTS = text(
    f"""
    SELECT r.*, c.seq AS head_seq, c.hash AS head_hash, c.fact_seq, {_IDENTITY},
           t.title AS public_title, t.body AS public_body, t.masks AS public_masks, t.masking AS public_masking,
           s.seq AS support_seq, s.hash AS support_hash, s.supports AS support_count
    FROM reports r LEFT JOIN chains c ON c.report_id = r.id LEFT JOIN reporters p ON p.id = r.reporter_id
    LEFT JOIN public_texts t ON t.report_id = r.id LEFT JOIN support_chains s ON s.report_id = r.id
    WHERE r.id > :after ORDER BY r.id LIMIT :limit
    """
)
_EVENTS = text(
    """
    SELECT report_id, id, seq, type, occurred_at, recorded_at, actor, data::text AS data, previous_hash, hash
    FROM events WHERE report_id = ANY(:ids) ORDER BY report_id, seq
    """
)
_MESSAGES = text("SELECT * FROM messages WHERE report_id = ANY(:ids)")
_ESCALATIONS = text("SELECT * FROM escalations WHERE report_id = ANY(:ids)")
_ACKNOWLEDGEMENTS = text(
    """
    SELECT s.report_id, a.* FROM acknowledgements a JOIN escalations s ON s.id = a.escalation_id
    WHERE s.report_id = ANY(:ids)
    """
)
_CLOCKS = text("SELECT * FROM clocks WHERE report_id = ANY(:ids) ORDER BY report_id, opened_seq, stage")
_SUPPORTS = text("SELECT * FROM report_supports WHERE report_id = ANY(:ids)")
_SUPPORT_LOG = text("SELECT * FROM support_log WHERE report_id = ANY(:ids) ORDER BY report_id, seq")
_AWAITED = text(
    f"""
    SELECT DISTINCT e.report_id FROM outbox o JOIN events e ON e.id = o.event_id
    WHERE o.follower = '{MONITOR}' AND e.report_id = ANY(:ids)
    """
)
_ORPHANS = text(
    """
    SELECT DISTINCT report_id FROM (
        SELECT report_id FROM chains UNION ALL SELECT report_id FROM events UNION ALL SELECT report_id FROM messages
        UNION ALL SELECT report_id FROM clocks UNION ALL SELECT report_id FROM escalations
        UNION ALL SELECT report_id FROM public_texts UNION ALL SELECT report_id FROM report_supports
        UNION ALL SELECT report_id FROM support_log UNION ALL SELECT report_id FROM support_chains
    ) AS kept WHERE NOT EXISTS (SELECT FROM reports WHERE reports.id = kept.report_id) ORDER BY 1 LIMIT :limit
    """
)


async def count_reports(connection: AsyncConnection) -> int:
    return int(await connection.scalar(_COUNT) or 0)


async def files(connection: AsyncConnection, *, after: UUID, limit: int) -> list[File]:
    """The next reports with all that belongs to them. Of words only the digest is kept."""
    reports = (await connection.execute(_REPORTS, {"after": after, "limit": limit})).mappings()
    found = {report["id"]: File(dict(report)) for report in reports}
    async for row in _rows(connection, _EVENTS, found):
        found[row.report_id].history.append(_entry(row))
    async for row in _rows(connection, _MESSAGES, found):
        found[row.report_id].messages[row.id] = Words(
            row.id,
            row.kind,
            row.agency_code,
            row.author,
            row.created_at,
            salted_digest(row.salt, row.body),
            row.corrects,
            is_true(row),
            _is_erased(row.body, row.salt),
        )
    async for row in _rows(connection, _ESCALATIONS, found):
        found[row.report_id].escalations[row.id] = row
    async for row in _rows(connection, _ACKNOWLEDGEMENTS, found):
        note = Words(
            row.escalation_id,
            None,
            None,
            row.actor,
            row.acknowledged_at,
            salted_digest(row.salt, row.note),
            erased=_is_erased(row.note, row.salt),
        )
        found[row.report_id].acknowledgements[row.escalation_id] = note
    async for row in _rows(connection, _CLOCKS, found):
        found[row.report_id].clocks.append(row)
    async for row in _rows(connection, _SUPPORTS, found):
        found[row.report_id].supports.append(row)
    async for row in _rows(connection, _SUPPORT_LOG, found):
        found[row.report_id].support_log.append(row)
    async for row in _rows(connection, _AWAITED, found):
        found[row.report_id].awaits_monitor = True
    return list(found.values())


def _is_erased(words: str, salt: bytes) -> bool:
    return (words, bytes(salt)) == (ERASED, NO_SALT)


async def _rows(connection: AsyncConnection, statement: Any, found: Mapping[UUID, File]) -> AsyncIterator[Row[Any]]:
    async with connection.stream(statement, {"ids": list(found)}) as rows:
        async for row in rows:
            yield row


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.id, row.seq, row.type, row.occurred_at, row.recorded_at, row.actor, row.data, json.loads(row.data),
        row.previous_hash, row.hash,
    )  # fmt: skip


async def orphans(connection: AsyncConnection, *, limit: int) -> list[UUID]:
    """Reports that are not there any more, though something is that belongs to them."""
    return list((await connection.scalars(_ORPHANS, {"limit": limit})).all())
