"""Many open reports with a running clock each, made by SQL alone: the country's reports of many days.

`per_day` reports are received every day, in the order of their ids (uuid v7). Each has a `verification` clock that is
due DAYS_TO_DUE days later, with the ladder of the default policy: a reminder a day before, the breach, and two
escalations 3 and 7 days after. So on each midnight from the eighth day on four steps for each report of a day are due,
and what is due was received together, with the days between left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.log.events import canonical

CODES = (-1, 0, 3, 7)
#: Before it, the steps of the first days count as recorded: from then on the same number is due each day.
FIRST_FULL_DAY = 8
LONGEST_DAYS_TO_DUE = 10
CHUNK = 25_000

#: Nine digits that look random and never repeat, and their check digit (shared/ids.py).
_CHECK_DIGIT = """
CREATE OR REPLACE FUNCTION bench_tracking_number(n bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    digits text := lpad(((n * 387420489 + 123456789) % 1000000000)::text, 9, '0');
    damm text := '0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790';
    state int := 0;
BEGIN
    FOR place IN 1..9 LOOP
        state := substr(damm, state * 10 + substr(digits, place, 1)::int + 1, 1)::int;
    END LOOP;
    RETURN digits || state;
END $$
"""

# One statement for a chunk: report, first event with its true hash, chain, clock. Zones: WIB, WITA and WIT in turn, so
# that a day's clocks come due at three instants.
_CHUNK = f"""
WITH numbered AS MATERIALIZED (
    SELECT n, n / CAST(:per_day AS int) AS day, n % 3 AS zone,
           CAST(:began_at AS timestamptz) + n * interval '1 day' / CAST(:per_day AS int) AS at
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
), identified AS MATERIALIZED (
    SELECT *, overlay(overlay(overlay(md5(n::text)
               PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') FROM 1)
               PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid AS id,
           overlay(overlay(overlay(md5('event' || n)
               PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') FROM 1)
               PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid AS event_id,
           bench_tracking_number(n) AS tracking_number, sha256(n::text::bytea) AS noise,
           date_trunc('day', CAST(:began_at AS timestamptz), 'UTC')
               + (day + CAST(:days_to_due AS int)) * interval '1 day' - (7 + zone) * interval '1 hour' AS due_at
    FROM numbered
), worded AS MATERIALIZED (
    SELECT *, substr(noise, 1, 16) AS salt, 'Saluran air tersumbat (' || n || ')' AS title,
           'Laporan ' || n || '. ' || repeat('Saluran di depan rumah tersumbat sejak hujan pekan lalu. ', 4 + n % 5)
               AS body
    FROM identified
), told AS MATERIALIZED (
    SELECT *, replace(replace(replace(replace(replace(CAST(:data AS text),
               '#words', salted_digest(salt, title, body)),
               '#code', salted_digest(salt, 'access_code', encode(noise, 'hex'))),
               '#account', salted_digest(salt, 'account', encode(sha256(noise), 'hex'))),
               '#origin', salted_digest(salt, 'origin', tracking_number, 'mobile-app', NULL, NULL)),
               '#place', salted_digest(salt, 'place', NULL, 'Jalan Pangeran Antasari', '-0.4948', '117.1436', NULL)
           ) AS data
    FROM worded
), chained AS MATERIALIZED (
    SELECT *, event_hash(decode(repeat('00', 32), 'hex'), event_id, id, 1, 'report.received', at, at,
                         'reporter_app:mobile-app', data) AS hash,
           (day - 1 < {FIRST_FULL_DAY})::int + (day < {FIRST_FULL_DAY})::int + (day + 3 < {FIRST_FULL_DAY})::int
           + (day + 7 < {FIRST_FULL_DAY})::int AS recorded,
           ARRAY[due_at - interval '1 day', due_at, due_at + interval '3 days', due_at + interval '7 days'] AS step_at
    FROM told
), reported AS (
    INSERT INTO reports (id, tracking_number, access_code_hash, title, body, salt, private_salt, location_text,
                         latitude, longitude, region_code, channel, client_id, reporter_reference_hash,
                         received_at, recorded_at, classification, category_code, anonymous, secret, changed_at)
    SELECT id, tracking_number, noise, title, body, salt, salt, 'Jalan Pangeran Antasari',
           -0.4948, 117.1436, '64.72', 'app', 'mobile-app', sha256(noise),
           at, at, 'complaint', 'drainage_blocked', false, false, at
    FROM chained
), happened AS (
    INSERT INTO events (id, report_id, seq, type, occurred_at, recorded_at, actor, data, previous_hash, hash)
    SELECT event_id, id, 1, 'report.received', at, at, 'reporter_app:mobile-app', data::json,
           decode(repeat('00', 32), 'hex'), hash FROM chained
), headed AS (
    INSERT INTO chains (report_id, seq, hash, fact_seq) SELECT id, 1, hash, 1 FROM chained
)
INSERT INTO clocks (report_id, stage, opened_seq, round, started_at, due_at, due_on, state, outcome, on_due,
                    policy_code, calendar_id, time_zone, imported, opened_recorded_at, computed_seq, step_code,
                    step_at, step_level, step_kind, step_recipients, next_step, next_step_at, breached_at, level)
SELECT id, 'verification', 1, 1, at, due_at, (due_at - interval '1 hour')::date, 'running', 'pending', 'escalate',
       'ID-SP4N-2018', 1, 'Asia/Makassar', false, at, 1, ARRAY{list(CODES)}, step_at, ARRAY[0, 1, 2, 3],
       ARRAY['reminder', 'breach', 'escalation', 'escalation'],
       ARRAY['national_admin', 'national_admin', 'national_admin', 'regional_secretary,inspectorate'],
       CASE WHEN recorded < 4 THEN recorded + 1 END, step_at[recorded + 1],
       CASE WHEN recorded >= 2 THEN due_at END, greatest(recorded - 1, 0)
FROM chained
"""


#: Of `report.received`; # stands before what is a digest.
_DATA = canonical(
    {
        "classification": "complaint",
        "channel": "app",
        "status": "received",
        "holder": {"level": "national", "agency": None},
        "region": "64.72",
        "province": "64",
        "time_zone": "Asia/Makassar",
        "imported": False,
        "category": "drainage_blocked",
        "anonymous": False,
        "secret": False,
        "digest": "#words",
        "digests": {
            "access_code": "#code",
            "account": "#account",
            "origin": "#origin",
            "place": "#place",
            "identity": None,
        },
    }
)


@dataclass(frozen=True, slots=True)
class Population:
    """`rows` open reports, of which `due` are due on each day from FIRST_FULL_DAY on."""

    rows: int
    due: int
    began_at: datetime

    @property
    def per_day(self) -> int:
        return self.due // len(CODES)

    @property
    def days(self) -> int:
        return self.rows // self.per_day

    @property
    def days_to_due(self) -> int:
        """Nothing is due before the last one was received."""
        return self.days + LONGEST_DAYS_TO_DUE

    def after_midnight(self, day: int) -> datetime:
        """An instant at which all steps of a day are due, and none of the next."""
        return self.began_at + timedelta(days=self.days_to_due + day)


def population(rows: int, *, due: int) -> Population:
    """The last report was received yesterday. `due` must divide by the number of steps, and `rows` by a day's."""
    days = rows // (due // len(CODES))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Population(rows, due, midnight - timedelta(days=days))


async def load_population(engine: AsyncEngine, wanted: Population, *, progress: Callable[[int], None]) -> None:
    """Without the checks of foreign keys, which hold; then vacuum and analyze, as autovacuum would in time."""
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("SET session_replication_role = replica"))
        await autocommit.execute(text(_CHECK_DIGIT))
        for first in range(0, wanted.rows, CHUNK):
            last = min(first + CHUNK, wanted.rows) - 1
            parameters = {
                "first": first, "last": last, "per_day": wanted.per_day, "began_at": wanted.began_at,
                "days_to_due": wanted.days_to_due, "data": _DATA,
            }  # fmt: skip
            await autocommit.execute(text(_CHUNK), parameters)
            progress(last + 1)
        await _vacuum(autocommit, "reports", "events", "chains", "clocks")


async def settle(engine: AsyncEngine) -> None:
    """What autovacuum and the checkpointer do in time, so that each sweep starts from the same state."""
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await _vacuum(autocommit, "chains", "clocks", "escalations", "events", "outbox")
        await autocommit.execute(text("CHECKPOINT"))


async def _vacuum(autocommit: AsyncConnection, *tables: str) -> None:
    await autocommit.execute(text(f"VACUUM (ANALYZE) {', '.join(tables)}"))


async def tracking_numbers(engine: AsyncEngine, wanted: Population, *, count: int) -> list[str]:
    """Spread over all reports, in no order."""
    statement = text(
        "SELECT bench_tracking_number(n) FROM generate_series(0, :last, :stride) AS n ORDER BY md5(n::text)"
    )
    parameters = {"last": wanted.rows - 1, "stride": max(wanted.rows // count, 1)}
    async with engine.connect() as connection:
        return list((await connection.scalars(statement, parameters)).all())
