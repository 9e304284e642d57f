"""What is counted of a nation's year, made by SQL alone: reports of this year until now, of 540 instansi with 10,000
agencies, in lives like those of real reports. About every fourteenth deadline is late.

Large instansi have many reports and most have few: the tenth part of them has a third.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

CHUNK = 25_000
INSTANSI = 540
AGENCIES_EACH = 18
TABLES = ("counted_reports", "counted_before", "counted_steps", "reports", "agencies")

_AGENCIES = f"""
    INSERT INTO agencies (code, name, kind, parent_code, time_zone, level, active)
    SELECT 'I' || i, 'Kota ' || i, 'city', NULL, 'Asia/Jakarta', 'regency_city', true
    FROM generate_series(0, {INSTANSI - 1}) AS i
    UNION ALL
    SELECT 'I' || i || '-' || j, 'Dinas ' || j || ' Kota ' || i, 'dinas', 'I' || i, 'Asia/Jakarta', 'agency', true
    FROM generate_series(0, {INSTANSI - 1}) AS i, generate_series(0, {AGENCIES_EACH - 1}) AS j
"""

# Eight numbers from 0 to 1 for each report, the same in every run.
_NUMBERS = ", ".join(
    f"(get_byte(noise, {2 * k}) * 256 + get_byte(noise, {2 * k + 1})) / CAST(65536 AS float8) AS u{k}" for k in range(8)
)
_LIVES = f"""
    CREATE TEMPORARY TABLE lives AS
    WITH drawn AS (
        SELECT n, md5('report' || n)::uuid AS id, sha256(n::text::bytea) AS noise,
               CAST(:began_at AS timestamptz)
                   + n * ((CAST(:now AS timestamptz) - CAST(:began_at AS timestamptz)) / CAST(:rows AS int)) AS at
        FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
    ), numbers AS (
        SELECT n, id, at, {_NUMBERS} FROM drawn
    ), placed AS (
        SELECT *, 'I' || floor({INSTANSI} * u0 * u0) AS instansi,
               'I' || floor({INSTANSI} * u0 * u0) || '-' || floor({AGENCIES_EACH} * u1 * sqrt(u1)) AS office,
               at - interval '1.5 days' * ln(1 - u2 * 0.999) AS t2,
               interval '1 day' * (0.02 - ln(1 - u3 * 0.999)) AS d3,
               interval '1 day' * (0.05 - 3.5 * ln(1 - u4 * 0.999)) AS d4,
               interval '1 day' * (0.05 - 6 * ln(1 - u5 * 0.999)) AS d5,
               CASE WHEN u6 < 0.06 THEN 'archived' WHEN u6 < 0.08 THEN 'withdrawn' WHEN u6 < 0.09 THEN 'merged'
                    WHEN u6 < 0.15 THEN 'silent' ELSE 'done' END AS fate
        FROM numbers
    ), timed AS (
        SELECT *, t2 + d3 AS t3, t2 + d3 + d4 AS t4, t2 + d3 + d4 + d5 AS t5,
               t2 + d3 + d4 + d5 + interval '14 days' * (0.1 + u7) AS t6
        FROM placed
    )
    SELECT n, id, at, u0, u1, u2, u3, u4, u5, u6, u7, instansi, office, fate,
           CASE WHEN t2 <= :now THEN t2 END AS t2,
           CASE WHEN t3 <= :now AND fate IN ('done', 'silent') THEN t3 END AS t3,
           CASE WHEN t4 <= :now AND fate = 'done' THEN t4 END AS t4,
           CASE WHEN t5 <= :now AND fate = 'done' THEN t5 END AS t5,
           CASE WHEN fate = 'done' AND t6 <= :now THEN t6
                WHEN fate IN ('archived', 'withdrawn', 'merged') AND t3 <= :now THEN t3 END AS ended,
           (at AT TIME ZONE 'Asia/Jakarta')::date AS received_on,
           (ARRAY['app', 'web', 'whatsapp', 'sms', 'counter', 'phone', 'email', 'letter', 'social_media', 'agency',
                  'qr', 'telegram'])[1 + floor(12 * u1 * u1)::int] AS channel,
           (ARRAY['complaint', 'complaint', 'complaint', 'aspiration', 'information_request'])[1 + floor(5 * u7)::int]
               AS classification,
           'category_' || floor(60 * u5 * u5) AS category,
           (11 + floor(38 * u0 * u0)) || '.' || lpad((1 + floor(14 * u2))::text, 2, '0') AS region,
           u3 < 0.05 AS secret, u4 < 0.04 AS entered_late
    FROM timed
"""
_SPELL = (
    "received_on, channel, classification, category, region, agency, held_by, secret, seq, valid_from, received_at,"
    " entered_late, imported, supervisory, status, verified_at, disposed_at, responded_at, answered_at, ended_at,"
    " archive_reason, responder, speed_seconds, speed_days, returns, returner, moves, reopened, score, evidence,"
    " automatic, stood"
)


_REASONS = "ARRAY['too_general', 'duplicate', 'not_understandable']"
_REASON = f"CASE fate WHEN 'archived' THEN ({_REASONS})[1 + floor(3 * u5)::int] END"
_SCORE = "(CASE WHEN u7 < 0.2 AND t5 IS NOT NULL THEN 1 + floor(5 * sqrt(u2)) END)::smallint"
# What is known of a report from its so many-eth spell on, and what it was before.
_KNOWN = (
    ("verified_at", "t2", "NULL::timestamptz", 2),
    ("disposed_at", "t3", "NULL::timestamptz", 3),
    ("responded_at", "t4", "NULL::timestamptz", 4),
    ("answered_at", "t5", "NULL::timestamptz", 5),
    ("ended_at", "ended", "NULL::timestamptz", 6),
    ("archive_reason", _REASON, "NULL::text", 6),
    ("responder", "CASE WHEN t4 IS NOT NULL THEN office END", "NULL::text", 4),
    ("speed_seconds", "extract(epoch FROM t4 - t3)::int", "NULL::int", 4),
    ("speed_days", "floor(extract(epoch FROM t4 - t3) / 86400 * 5 / 7)::smallint", "NULL::smallint", 4),
    ("returns", "(u6 BETWEEN 0.2 AND 0.25)::int::smallint", "0::smallint", 3),
    ("returner", "CASE WHEN u6 BETWEEN 0.2 AND 0.25 THEN instansi || '-0' END", "NULL::text", 3),
    ("moves", "(2 * (u6 BETWEEN 0.2 AND 0.22)::int)::smallint", "0::smallint", 3),
    ("reopened", "(u6 > 0.98)::int::smallint", "0::smallint", 6),
    ("score", _SCORE, "NULL::smallint", 6),
    ("evidence", "floor(2 * u5)::smallint", "", 1),
    ("automatic", "CASE WHEN t3 IS NOT NULL THEN u2 < 0.4 END", "NULL::boolean", 3),
    ("stood", "CASE WHEN t3 IS NOT NULL THEN u6 NOT BETWEEN 0.2 AND 0.25 END", "NULL::boolean", 3),
)  # fmt: skip


def _spell(number: int, since: str, status: str, agency: str, level: str) -> str:
    """The columns of one spell: what had happened by then."""
    known = ", ".join(f"{now if number >= spell else before} AS {name}" for name, now, before, spell in _KNOWN)
    return f"""
        received_on, channel, classification, category, region, {agency} AS agency, {level} AS held_by, secret,
        {number} AS seq, {since} AS valid_from, at AS received_at, entered_late, false AS imported,
        false AS supervisory, {status} AS status, {known}
    """


# What each spell begins with, what it is, who has it, and what ends it.
_SPELLS = (
    (1, "at", "'received'", "NULL::text", "'national'", "coalesce(t2, ended)", "true"),
    (2, "t2", "'verified'", "instansi", "'coordinator'", "coalesce(t3, ended)", "t2 IS NOT NULL"),
    (3, "t3", "'assigned'", "office", "'agency'", "coalesce(t4, ended)", "t3 IS NOT NULL"),
    (4, "t4", "'in_progress'", "office", "'agency'", "coalesce(t5, ended)", "t4 IS NOT NULL"),
    (5, "t5", "'answered'", "office", "'agency'", "ended", "t5 IS NOT NULL"),
    (6, "ended", "CASE fate WHEN 'done' THEN 'closed' ELSE fate END",
     "CASE WHEN t3 IS NULL THEN CASE WHEN t2 IS NOT NULL THEN instansi END ELSE office END",
     "CASE WHEN t3 IS NULL THEN 'coordinator' ELSE 'agency' END", "NULL", "ended IS NOT NULL"),
)  # fmt: skip


def _spells(*, last: bool) -> str:
    """INSERT of the last spells, or of those before."""
    parts = []
    for number, since, status, agency, level, until, there in _SPELLS:
        if last:
            parts.append(f"SELECT id, {_spell(number, since, status, agency, level)} FROM lives"
                         f" WHERE {there} AND ({until}) IS NULL")  # fmt: skip
        elif until != "NULL":
            parts.append(f"SELECT id, {until}, {_spell(number, since, status, agency, level)} FROM lives"
                         f" WHERE {there} AND ({until}) IS NOT NULL")  # fmt: skip
    table, key = ("counted_reports", "report_id") if last else ("counted_before", "report_id, valid_until")
    return f"INSERT INTO {table} ({key}, {_SPELL}) {' UNION ALL '.join(parts)}"


# Stage, whose, from when, so many days, until when, and whether there is one.
_STEPS = (
    ("verification", "NULL::text", "at", 5.5, "coalesce(t2, ended)", "true"),
    ("disposition", "instansi", "t2", 4.5, "coalesce(t3, ended)", "t2 IS NOT NULL"),
    ("first_response", "office", "t3", 8.5, "coalesce(t4, ended)", "t3 IS NOT NULL"),
    ("resolution", "coalesce(CASE WHEN t3 IS NOT NULL THEN office END, instansi)", "t2", 24, "coalesce(t5, ended)",
     "t2 IS NOT NULL"),
    ("statutory_answer", "CASE WHEN t3 IS NOT NULL THEN office END", "at", 14, "coalesce(t4, ended)", "true"),
    ("oversight_response", "CASE WHEN t3 IS NOT NULL THEN office END", "at", 60, "coalesce(t4, ended)", "true"),
    ("oversight_resolution", "CASE WHEN t3 IS NOT NULL THEN office END", "at", 60, "coalesce(t5, ended)", "true"),
)  # fmt: skip

_STEP = """
    SELECT id, '{stage}', 1, 0, received_on, channel, classification, category, region,
        CASE WHEN t3 IS NOT NULL THEN office WHEN t2 IS NOT NULL THEN instansi END,
        CASE WHEN t3 IS NOT NULL THEN 'agency' WHEN t2 IS NOT NULL THEN 'coordinator' ELSE 'national' END,
        secret, {agency}, {since},
        date_trunc('day', {since} + interval '{days} days', 'Asia/Jakarta') + interval '1 day', {until},
        fate <> 'done' AND ended IS NOT NULL, false
    FROM lives WHERE {there}
"""


def _steps() -> str:
    names = ("stage", "agency", "since", "days", "until", "there")
    parts = [_STEP.format(**dict(zip(names, step, strict=True))) for step in _STEPS]
    return f"""
        INSERT INTO counted_steps (report_id, stage, opened_seq, part, received_on, channel, classification, category,
                                   region, agency, held_by, secret, step_agency, started_at, due_at, stopped_at,
                                   cancelled, entered_late)
        {" UNION ALL ".join(parts)}
    """


_REPORTS = """
    INSERT INTO reports (id, tracking_number, access_code_hash, title, body, salt, channel, client_id, received_at,
                         recorded_at, classification, anonymous, secret, status)
    SELECT id, lpad(n::text, 10, '0'), '', 'Jalan rusak', 'Jalan rusak.', '', 'app', 'bench', at, at, 'complaint',
           false, secret, 'assigned' FROM lives
"""


async def load_counted(
    engine: AsyncEngine, rows: int, *, now: datetime, progress: Callable[[int], None] = lambda done: None
) -> None:
    """So many reports, received this year until `now`; then vacuum and analyze, as autovacuum would in time."""
    began_at = datetime(now.year, 1, 1, tzinfo=UTC)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("SET session_replication_role = replica"))
        await autocommit.execute(text(_AGENCIES))
        for first in range(0, rows, CHUNK):
            last = min(first + CHUNK, rows) - 1
            given = {"first": first, "last": last, "rows": rows, "began_at": began_at, "now": now}
            await autocommit.execute(text(_LIVES), given)
            for statement in (_REPORTS, _spells(last=True), _spells(last=False), _steps()):
                await autocommit.execute(text(statement))
            await autocommit.execute(text("DROP TABLE lives"))
            progress(last + 1)
        await autocommit.execute(text(f"VACUUM (ANALYZE) {', '.join(TABLES)}"))
