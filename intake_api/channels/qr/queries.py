from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.channels.qr.shown import ScannedCode
from shared.domain.regions import NATIONAL_ZONE
from shared.queries.terms import in_service_text

#: Where a loop in the data ends.
_MOST_SUCCESSORS = 20
_DAY_THERE = "CAST(timezone(time_zone, CAST(:now AS timestamptz)) AS date)"
_DAY = f"CAST(timezone('{NATIONAL_ZONE}', CAST(:now AS timestamptz)) AS date)"
# An agency serves by the calendar where it sits, a category by the nation's.
_SCANNED = text(
    f"""
    WITH RECURSIVE asked AS (
        SELECT * FROM qr_codes WHERE code = :code
    ), line AS (
        SELECT a.*, 1 AS step FROM asked q JOIN agencies a ON a.code = q.agency_code
        UNION ALL
        SELECT a.*, step + 1 FROM line l JOIN agencies a ON a.code = l.successor_code WHERE step < {_MOST_SUCCESSORS}
    ), serving AS (
        SELECT code, name FROM line WHERE {in_service_text(_DAY_THERE)} ORDER BY step LIMIT 1
    ), about AS (
        SELECT code, label_id, label_en FROM categories
        WHERE code = (SELECT category_code FROM asked) AND {in_service_text(_DAY)}
    )
    SELECT q.code, q.label, q.place, q.latitude, q.longitude, q.region_code, r.name AS region_name,
           above.name AS regency_name, s.code AS agency, s.name AS agency_name, c.code AS category, c.label_id,
           c.label_en, q.revoked_at IS NOT NULL AS is_revoked
    FROM asked q LEFT JOIN regions r ON r.code = q.region_code
    LEFT JOIN regions above ON above.code = left(q.region_code, 5) AND above.code <> q.region_code
    LEFT JOIN serving s ON true LEFT JOIN about c ON true
    """
)


async def scanned(session: AsyncSession, code: str, now: datetime) -> ScannedCode | None:
    row = (await session.execute(_SCANNED, {"code": code, "now": now})).one_or_none()
    if row is None:
        return None
    region = ", ".join(name for name in (row.region_name, row.regency_name) if name) or None
    label = None if row.category is None else (row.label_id, row.label_en)
    return ScannedCode(
        row.code, row.label, row.place, row.latitude, row.longitude, row.region_code, region, row.agency,
        row.agency_name, row.category, label, row.is_revoked,
    )  # fmt: skip
