"""The sweep: one statement per batch, so that any number of monitors may run it and any may be killed in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events import FOLLOWERS, HASH_VERSION, MONITOR, EventType
from sla_monitor.policy import StepKind

ACTOR = f"service:{MONITOR}"

#: What is written down when a step of a kind is carried out. They all have the same followers.
EVENTS: Mapping[StepKind, EventType] = {
    StepKind.REMINDER: EventType.CLOCK_REMINDED,
    StepKind.BREACH: EventType.CLOCK_BREACHED,
    StepKind.ESCALATION: EventType.CLOCK_ESCALATED,
    StepKind.ELAPSE: EventType.CLOCK_ELAPSED,
}

#: A monitor that is suspended between its statement and the commit loses the rows that it locked after so long.
IDLE_SECONDS = 5

# However stale its statistics are, the planner must take the due clocks in the order of their index and every chain and
# clock by its key: anything else reads all that is open, or sorts all that is due, for every batch. Set for the
# transaction alone, as a PgBouncer in transaction mode demands.
_KEEP_TO_THE_INDEX = text(
    f"""
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
           set_config('enable_mergejoin', 'off', true), set_config('random_page_cost', '0.1', true),
           set_config('jit', 'off', true),
           set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true)
    """
)

# The time is the database's unless it is given, so that monitors cannot disagree about it.
_NOW = "coalesce(CAST(:now AS timestamptz), now())"

# Locks clock and chain in the SELECT that reads them: a row that changed meanwhile is judged again as it is now. What
# others hold is passed over: the sweep waits for nobody, so it deadlocks with nobody. A clock whose report has facts
# that were not computed yet (computed_seq < fact_seq) waits for its recomputation.
_PICKED = f"""
    SELECT c.report_id, c.stage, c.opened_seq, c.round, c.agency_code, c.due_at, c.stopped_at, c.on_due, c.imported,
           c.opened_recorded_at, c.next_step, c.step_code[c.next_step] AS code, c.step_at[c.next_step] AS at,
           c.step_level[c.next_step] AS step_level, c.step_kind[c.next_step] AS kind,
           c.step_recipients[c.next_step] AS recipients, c.step_at[c.next_step + 1] AS following_at,
           h.seq + 1 AS seq, h.hash AS previous_hash
    FROM clocks c JOIN chains h ON h.report_id = c.report_id
    WHERE c.next_step_at <= {_NOW} AND c.computed_seq >= h.fact_seq
    ORDER BY c.next_step_at LIMIT %(batch)d
    FOR NO KEY UPDATE OF c, h SKIP LOCKED
"""

# One clock per report and statement: the next event of a chain needs the hash of this one. A step is overtaken if the
# one after it is due too. An event id is a uuid v7: random, but for its first 48 bits and its version.
_JUDGED = """
    SELECT DISTINCT ON (report_id) picked.*, moment.now AS recorded_at,
           overlay(gen_random_uuid()::text PLACING moment.id_prefix FROM 1 FOR 15)::uuid AS id,
           coalesce(following_at <= moment.now, false) AS overtaken,
           coalesce(following_at <= moment.now, false) OR at < opened_recorded_at AS late_entry,
           kind = 'reminder' AND (stopped_at IS NOT NULL OR coalesce(due_at <= moment.now, false)) AS pointless
    FROM picked, moment ORDER BY report_id, at, stage, opened_seq
"""
_MOMENT = f"""
    SELECT {_NOW} AS now,
           overlay(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
                   PLACING '-' FROM 9 FOR 0) || '-7' AS id_prefix
"""

_TYPE = "CASE kind {} END".format(" ".join(f"WHEN '{kind}' THEN '{event}'" for kind, event in EVENTS.items()))
# JSON as shared.events.canonical writes it: keys in order, no spaces. Stored exactly as hashed.
_DUE_AT = """coalesce('"' || to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00"', 'null')"""
_DATA = f"""
    CASE kind WHEN 'elapse' THEN
        '{{"action":' || to_json(on_due) || ',"due_at":' || {_DUE_AT}
        || ',"opened_seq":' || opened_seq || ',"stage":' || to_json(stage) || '}}'
    ELSE
        '{{"agency":' || coalesce(to_json(agency_code)::text, 'null') || ',"due_at":' || {_DUE_AT}
        || ',"late_entry":' || late_entry || ',"level":' || step_level || ',"notify":' || notify
        || ',"opened_seq":' || opened_seq || ',"recipients":' || to_json(string_to_array(recipients, ','))
        || ',"round":' || round || ',"stage":' || to_json(stage) || ',"step":' || code || '}}'
    END
"""
_DRAFTED = f"""
    SELECT *, {_TYPE} AS type, {_DATA} AS data
    FROM (SELECT *, NOT (imported OR overtaken OR pointless) AND recipients <> '' AS notify FROM judged) AS j
"""

# The function event_hash, written out: it cannot be inlined by the planner, and a call of it costs a third more.
_HASH = f"""
    sha256(previous_hash || convert_to(
        '{HASH_VERSION}|' || d.id || '|' || d.report_id || '|' || seq || '|' || type
        || '|' || (extract(epoch FROM at) * 1000000)::bigint
        || '|' || (extract(epoch FROM d.recorded_at) * 1000000)::bigint || '|{ACTOR}|' || data, 'UTF8'))
"""

_SWEEP = f"""
WITH moment AS MATERIALIZED ({_MOMENT}), picked AS MATERIALIZED ({_PICKED}), judged AS MATERIALIZED ({_JUDGED}),
drafted AS MATERIALIZED ({_DRAFTED}),
recorded AS (
    INSERT INTO escalations (id, report_id, stage, opened_seq, step_code, kind, level, agency_code, step_at,
                             recorded_at, recipients, late_entry, notify)
    SELECT id, report_id, stage, opened_seq, code, kind, step_level, agency_code, at,
           recorded_at, recipients, late_entry, notify FROM drafted
    ON CONFLICT (report_id, stage, opened_seq, step_code) WHERE revoked_at IS NULL DO NOTHING
    RETURNING id, kind
), appended AS (
    INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    SELECT d.id, d.report_id, seq, type, at, d.recorded_at, '{ACTOR}', data::json, previous_hash, {_HASH}
    FROM drafted d JOIN recorded ON recorded.id = d.id
    RETURNING report_id, seq, hash
), addressed AS (
    INSERT INTO outbox (event_id, follower)
    SELECT id, follower FROM recorded, unnest(CAST(:followers AS text[])) AS follower
), headed AS (
    UPDATE chains SET seq = appended.seq, hash = appended.hash
    FROM (SELECT * FROM appended LIMIT %(batch)d) AS appended  -- the planner takes it for ten times as many
    WHERE chains.report_id = appended.report_id
), moved AS (
    UPDATE clocks SET
        next_step = CASE WHEN d.following_at IS NOT NULL THEN d.next_step + 1 END, next_step_at = d.following_at,
        breached_at = coalesce(breached_at, CASE WHEN d.kind IN ('breach', 'escalation') THEN d.at END),
        level = greatest(level, d.step_level)
    FROM drafted d
    WHERE clocks.report_id = d.report_id AND clocks.stage = d.stage AND clocks.opened_seq = d.opened_seq
)
SELECT (SELECT count(*) FROM picked) AS picked,
       (SELECT json_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM recorded GROUP BY kind) AS k) AS steps
"""


@lru_cache(maxsize=8)
def statement(batch: int) -> TextClause:
    """The batch stands in the text of the statement, since the planner has to know how few rows it is about."""
    return text(_SWEEP % {"batch": batch})


@dataclass(frozen=True, slots=True)
class Batch:
    picked: int
    steps: Mapping[str, int]  # recorded, by kind


async def sweep_batch(session: AsyncSession, *, batch: int, now: datetime | None) -> Batch:
    """Carry out the first steps that are due, at most `batch`, one for each report."""
    await session.execute(_KEEP_TO_THE_INDEX)
    followers = list(FOLLOWERS[EventType.CLOCK_BREACHED])
    row = (await session.execute(statement(batch), {"now": now, "followers": followers})).one()
    return Batch(row.picked, row.steps or {})
