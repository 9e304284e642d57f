"""Thousands of public reports with places and public texts, for tests of plans."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories import NOON

_MANY = """
    WITH words AS (
        SELECT array_agg(translate(md5(n::text), '0123456789', 'ghijklmnop')) AS w FROM generate_series(1, 400) AS n
    ), made AS (
        INSERT INTO reports (id, tracking_number, access_code_hash, title, body, salt, channel, client_id, received_at,
                             recorded_at, classification, anonymous, secret, status, published_at, latitude, longitude)
        SELECT gen_random_uuid(), lpad((n + 2000000000)::text, 10, '0'), '',
               w[1 + n % 20] || ' ' || w[1 + n * 7 % 400], 'b', '', 'app', 'x',
               CAST(:at AS timestamptz) - n * interval '1 minute', CAST(:at AS timestamptz), 'complaint', false, false,
               'verified', :at, -5 + (n % 1000) * 0.01, 100 + (n * 7 % 1000) * 0.02
        FROM words, generate_series(1, CAST(:count AS int)) AS n
        RETURNING id, title, received_at
    )
    INSERT INTO public_texts (report_id, title, body, masks, masking, masked_at, masked_by)
    SELECT id, title, (SELECT string_agg(w[1 + (extract(epoch FROM received_at)::bigint / 60 * k * k) % 400], ' ')
                       FROM generate_series(1, 8) AS k), '[]', 1, received_at, 'x' FROM made, words
"""


async def many(session: AsyncSession, count: int) -> None:
    await session.execute(text(_MANY), {"at": NOON, "count": count})
    for table in ("reports", "public_texts"):
        await session.execute(text(f"ANALYZE {table}"))
