"""The sweep: one statement per batch, so that any number of monitors may run it and any may be killed in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.actors import MONITOR
from shared.domain.clocks import StepKind
from shared.log.events import FOLLOWERS, HASH_VERSION, EventType

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
           set_config('jit', 'off', true), set_config('timezone', 'UTC', true),
           set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true)
    """
)

# The time is the database's unless it is given, so that monitors cannot disagree about it.
_NOW = "coalesce(CAST(:now AS timestamptz), now())"

# Of an instant: exact in double precision until the year 2255, and several times faster than numeric.
_MICROSECONDS = "(date_part('epoch', {}) * 1000000)::bigint"

# A uuid v7: milliseconds in 48 bits, the version, in 12 bits the rest of the microseconds, so that a batch adds
# to the end of each index; then the variant (the highest bit alone) and chance, as far as a double has it: an id has to
# be unique, not secret, and gen_random_uuid asks the kernel for each.
_EVENT_ID = f"""
    ('0' || to_hex(({_MICROSECONDS.format("clock_timestamp()")} / 1000 << 16) + 28672
                   + {_MICROSECONDS.format("clock_timestamp()")} %% 1000 * 4)
     || to_hex((-9223372036854775808) + (random() * 4611686018427387903)::bigint))::uuid
"""

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
# one after it is due too.
_JUDGED = f"""
    SELECT DISTINCT ON (report_id) picked.*, moment.now AS recorded_at, {_EVENT_ID} AS id,
           coalesce(following_at <= moment.now, false) AS overtaken,
           coalesce(following_at <= moment.now, false) OR at < opened_recorded_at AS late_entry,
           kind = 'reminder' AND (stopped_at IS NOT NULL OR coalesce(due_at <= moment.now, false)) AS pointless
    FROM picked, moment ORDER BY report_id, at, stage, opened_seq
"""
_MOMENT = f"SELECT now, {_MICROSECONDS.format('now')} AS microseconds FROM (SELECT {_NOW} AS now) AS n"

_TYPE = "CASE kind {} END".format(" ".join(f"WHEN '{kind}' THEN '{event}'" for kind, event in EVENTS.items()))
# JSON as `events.canonical` writes it: keys in order, no spaces. Stored exactly as hashed. Instants are written in
# the time zone of the transaction, which is UTC.
DATA = """
    CASE kind WHEN 'elapse' THEN concat(
        '{"action":"', on_due, '","due_at":', coalesce(to_json(due_at)::text, 'null'),
        ',"opened_seq":', opened_seq, ',"stage":"', stage, '"}')
    ELSE concat(
        '{"agency":', coalesce(to_json(agency_code)::text, 'null'),
        ',"due_at":', coalesce(to_json(due_at)::text, 'null'),
        ',"late_entry":', late_entry::text, ',"level":', step_level, ',"notify":', notify::text,
        ',"opened_seq":', opened_seq,
        ',"recipients":[', '"' || replace(nullif(recipients, ''), ',', '","') || '"',
        '],"round":', round, ',"stage":"', stage, '","step":', code, '}')
    END
"""
_DRAFTED = f"""
    SELECT *, {_TYPE} AS type, {DATA} AS data
    FROM (SELECT *, NOT (imported OR overtaken OR pointless) AND recipients <> '' AS notify FROM ({_JUDGED}) AS j) AS n
"""

# The function event_hash, written out: it cannot be inlined by the planner, and a call of it costs a third more.
# Lengths in bytes stand in front: of what is ASCII they are the lengths in characters.
_HASH = f"""
    sha256(previous_hash || convert_to(concat(
        '{len(str(HASH_VERSION))}:{HASH_VERSION}', '36:', d.id, '36:', d.report_id, length(seq::text), ':', seq,
        length(type), ':', type, length({_MICROSECONDS.format("at")}::text), ':', {_MICROSECONDS.format("at")},
        length(moment.microseconds::text), ':', moment.microseconds, '{len(ACTOR)}:{ACTOR}',
        octet_length(convert_to(data, 'UTF8')), ':', data), 'UTF8'))
"""

_SWEEP = f"""
WITH moment AS MATERIALIZED ({_MOMENT}), picked AS MATERIALIZED ({_PICKED}),
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
    FROM drafted d JOIN recorded ON recorded.id = d.id, moment
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
