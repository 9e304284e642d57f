"""SQL of whom an escalation is for: the officers in the roles that it names, or those who stand in for them.

Whoever holds the report is known from the report itself: a step is carried out when it is due, under the lock of the
chain, and this follows within seconds. What waited longer is for whoever can act on it now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.officers import OWNERS, RANKS, RECIPIENTS
from shared.queries.lines import lines_of
from shared.settings import MonitorSettings

_ADDRESSING = 0x6C61706F72_02  # "lapor", and which of its locks

NOW = "coalesce(CAST(:now AS timestamptz), now())"

# A lane is everybody who stands above a holder: its agency with those above it, then those of the whole country. In
# each role that somebody has, the nearest; the roles of an instansi are registered at its root.
LANES = f"""
    {lines_of("SELECT DISTINCT lane FROM aimed_at WHERE lane <> ''")}, ranks AS (
        SELECT * FROM unnest(CAST(:ranked AS text[]), CAST(:ranks AS int[])) AS r (role, rank)
    ), present AS MATERIALIZED (
        SELECT lane, role, rank, officer_id, email FROM (
            SELECT l.start AS lane, r.role, r.rank, o.id AS officer_id, o.email,
                   rank() OVER (PARTITION BY l.start, o.role ORDER BY l.depth) AS nearness
            FROM line l JOIN officers o ON o.agency_code = l.code AND o.active JOIN ranks r ON r.role = o.role
        ) AS o WHERE nearness = 1
        UNION ALL
        SELECT lane, r.role, r.rank, o.id, o.email
        FROM (SELECT DISTINCT lane FROM aimed_at) AS lanes, officers o JOIN ranks r ON r.role = o.role
        WHERE o.agency_code IS NULL AND o.active
    ), roles AS MATERIALIZED (
        SELECT DISTINCT lane, role, rank FROM present
    )
"""

# What would reach nobody goes to the next above that somebody has; if nobody stands above, to the highest below.
INSTEAD = """
    missed AS (
        SELECT w.id, w.lane, max(r.rank) AS rank
        FROM wanted w JOIN ranks r USING (role) LEFT JOIN roles p ON p.lane = w.lane AND p.role = w.role
        GROUP BY w.id, w.lane HAVING count(p.role) = 0
    ), instead AS (
        SELECT m.id, m.lane, r.role, rank() OVER (
            PARTITION BY m.id ORDER BY r.rank < m.rank, abs(r.rank - m.rank)
        ) AS nearness
        FROM missed m JOIN roles r ON r.lane = m.lane AND r.rank <> m.rank
    ), aimed AS (
        SELECT id, lane, role FROM wanted
        UNION SELECT id, lane, role FROM instead WHERE nearness = 1
        UNION SELECT id, lane, owner FROM aimed_at WHERE owner_too
    ), reached AS MATERIALIZED (  -- one person in two roles gets one mail
        SELECT DISTINCT ON (id, lower(email)) id, officer_id FROM aimed JOIN present USING (lane, role)
        ORDER BY id, lower(email), officer_id
    ), tops AS MATERIALIZED (
        SELECT DISTINCT ON (start) start AS lane, code FROM line ORDER BY start, depth DESC
    ), gaps AS (  -- by the instansi and the role that nobody has
        SELECT coalesce(top.code, '') AS instansi, w.role, count(*) AS count
        FROM missed m JOIN wanted w USING (id) LEFT JOIN tops top ON top.lane = m.lane
        GROUP BY 1, 2
    )
"""

# Mornings are those of working days: what falls due in the night before a Saturday waits for Monday. Who would get more
# than :most mails on this day of theirs gets the rest of them in one, on the next morning.
#
# `ids` go along with their officer, and what more is known of them is looked up by its key: the planner takes what so
# many steps lead to for one row, and would compare each of thousands with each of thousands.
PLANNED = """
    busy AS (
        SELECT o.id AS officer_id, array_agg(r.id) AS ids, count(*) AS more,
               coalesce(a.time_zone, 'Asia/Jakarta') AS zone
        FROM reached r JOIN officers o ON o.id = r.officer_id LEFT JOIN agencies a ON a.code = o.agency_code
        GROUP BY o.id, a.time_zone
    ), working AS MATERIALIZED (  -- days, from today on
        SELECT zone, day, moment.now AT TIME ZONE zone AS local
        FROM (SELECT DISTINCT zone FROM busy) AS zones, moment, generate_series(
            date_trunc('day', moment.now AT TIME ZONE zone), moment.now AT TIME ZONE zone + interval '40 days',
            interval '1 day'
        ) AS g (day)
        WHERE NOT EXTRACT(isodow FROM day) = ANY(coalesce(
                  (SELECT weekend FROM calendars WHERE active), CAST('{6,7}' AS smallint[])))
          AND NOT EXISTS (
                  SELECT FROM calendar_days d JOIN calendars c ON c.id = d.calendar_id
                  WHERE c.active AND d.day = CAST(g.day AS date) AND d.province = ''
              )
    ), mornings AS MATERIALIZED (
        SELECT zone,
               min(day + make_interval(hours => :hour)) FILTER (WHERE day + make_interval(hours => :hour) > local)
                   AT TIME ZONE zone AS at,
               CASE WHEN bool_or(hours.ends > hours.begins)
                    THEN min(greatest(day + begins, local)) FILTER (WHERE day + ends > local) AT TIME ZONE zone
                    END AS opening
        FROM working, (
            SELECT make_interval(mins => CAST(:opens AS int)), make_interval(mins => CAST(:closes AS int))
        ) AS hours (begins, ends)
        GROUP BY zone
    ), planned AS MATERIALIZED (  -- counted once for an officer, not for each of their mails
        SELECT officer_id, ids, m.at AS morning, m.opening, more + (
                   SELECT count(*) FROM notifications n
                   WHERE n.officer_id = busy.officer_id AND NOT n.digest AND n.state <> 'dropped'
                     AND n.created_at >= date_trunc('day', moment.now AT TIME ZONE zone) AT TIME ZONE zone
               ) > :most AS digest
        FROM busy JOIN mornings m USING (zone), moment
    )
"""

# Only a clock that runs asks anybody for anything. `owner_too`: of what came late all at once the owner hears as well,
# and so does who has become the owner since it was recorded.
#
# A ladder instant is a midnight: what is told in the night that it fell due waits for the morning. What came late, as
# somebody has just entered the report or nothing ran for a while, waits no longer.
_ADDRESS = text(
    f"""
    WITH RECURSIVE moment AS (SELECT {NOW} AS now),
    picked AS MATERIALIZED (
        SELECT id, report_id, stage, opened_seq, step_code, agency_code, recipients, late_entry, recorded_at
        FROM escalations
        WHERE notify AND addressed_at IS NULL AND revoked_at IS NULL
        ORDER BY recorded_at, id LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
    ), aimed_at AS MATERIALIZED (
        SELECT p.id, p.recipients, coalesce(r.holder_agency_code, '') AS lane, owners.role AS owner,
               p.late_entry OR p.agency_code IS DISTINCT FROM r.holder_agency_code OR EXISTS (
                   SELECT FROM escalations o
                   WHERE o.report_id = p.report_id AND o.stage = p.stage AND o.opened_seq = p.opened_seq
                     AND o.revoked_at IS NULL AND o.step_code < p.step_code AND o.late_entry AND NOT o.notify
                     AND o.recorded_at > p.recorded_at - interval '1 hour'
               ) AS owner_too
        FROM picked p JOIN clocks c USING (report_id, stage, opened_seq) JOIN reports r ON r.id = p.report_id
        JOIN unnest(CAST(:levels AS text[]), CAST(:owners AS text[])) AS owners (level, role)
            ON owners.level = r.holder_level
        WHERE c.state = 'running' AND p.recipients <> ALL(ARRAY['reporter', 'regional_head'])
    ), {LANES}, wanted AS (
        SELECT p.id, p.lane, known.role
        FROM aimed_at p, unnest(string_to_array(p.recipients, ',')) AS named (recipient)
        JOIN unnest(CAST(:recipients AS text[]), CAST(:roles AS text[])) AS known (recipient, role) USING (recipient)
    ), {INSTEAD}, {PLANNED}, made AS (
        INSERT INTO notifications (id, officer_id, escalation_id, digest, next_attempt_at, created_at)
        SELECT new_event_id(), p.officer_id, e.id, p.digest,
               CASE WHEN p.digest OR moment.now < e.step_at + make_interval(hours => :hour) THEN p.morning
                    ELSE moment.now END,
               moment.now
        FROM planned p CROSS JOIN unnest(p.ids) AS r (id) JOIN escalations e ON e.id = r.id, moment
        ON CONFLICT (escalation_id, officer_id) DO UPDATE SET
            state = 'pending', settled_at = NULL, digest = excluded.digest, next_attempt_at = excluded.next_attempt_at
            WHERE notifications.state = 'dropped'
        RETURNING escalation_id
    ), marked AS (
        UPDATE escalations SET addressed_at = moment.now FROM picked, moment WHERE escalations.id = picked.id
    )
    SELECT (SELECT count(*) FROM picked) AS picked, (SELECT count(*) FROM made) AS made,
           (SELECT count(*) FROM missed) AS unreachable,
           (SELECT json_agg(json_build_object('instansi', instansi, 'role', role, 'count', count)) FROM gaps) AS gaps
    """
)

# What waits for somebody who has left is theirs no longer; `_ADDRESS` finds who has the role now.
_LEFT = text(
    f"""
    WITH left_behind AS (
        SELECT n.id FROM officers o JOIN notifications n ON n.officer_id = o.id AND n.state = 'pending'
        WHERE NOT o.active FOR NO KEY UPDATE OF n SKIP LOCKED
    ), dropped AS (
        UPDATE notifications SET state = 'dropped', settled_at = {NOW} WHERE id IN (SELECT id FROM left_behind)
        RETURNING escalation_id, event_id
    ), again AS (
        UPDATE escalations SET addressed_at = NULL WHERE id IN (SELECT escalation_id FROM dropped)
    )
    SELECT DISTINCT event_id FROM dropped WHERE event_id IS NOT NULL
    """
)

# A reprimand waits until there is a regional head whom it can be sent to.
_REPRIMANDS = text(
    f"""
    INSERT INTO notifications (id, officer_id, reprimand_id, digest, next_attempt_at, created_at)
    SELECT new_event_id(), o.id, r.id, false, {NOW}, {NOW}
    FROM reprimands r JOIN officers o ON o.agency_code = r.agency_code AND o.role = 'regional_head' AND o.active
    WHERE NOT EXISTS (SELECT FROM notifications n WHERE n.reprimand_id = r.id AND n.state <> 'dropped')
    ON CONFLICT (reprimand_id, officer_id) DO NOTHING
    """
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A role that steps were addressed to and that nobody has; the instansi is '' for the whole country."""

    instansi: str
    role: str
    count: int


@dataclass(frozen=True, slots=True)
class Addressed:
    picked: int = 0
    made: int = 0
    unreachable: int = 0  # steps that would have reached nobody; most went to the next above
    gaps: tuple[Gap, ...] = ()
    untold: tuple[UUID, ...] = ()  # events whose news waited for somebody who has left


@dataclass(frozen=True, slots=True)
class Manner:
    """How officers are written to. `most` mails a day, the rest in one at `hour`; at once from `opens` to `closes`,
    minutes of a day (both 0: at any time)."""

    most: int
    hour: int
    opens: int = 0
    closes: int = 0

    @classmethod
    def of(cls, settings: MonitorSettings) -> "Manner":
        opens, closes = (_minutes(one) for one in (settings.working_hours or "00:00-00:00").split("-"))
        return cls(settings.digest_above, settings.digest_hour, opens, closes)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def parameters(manner: Manner, *, now: datetime | None) -> dict[str, Any]:
    """What every statement about officers takes."""
    return {
        "now": now,
        **asdict(manner),
        "ranked": [role.value for role in RANKS],
        "ranks": list(RANKS.values()),
        "levels": [level.value for level in OWNERS],
        "owners": [role.value for role in OWNERS.values()],
    }


async def address(session: AsyncSession, manner: Manner, *, batch: int, now: datetime | None) -> Addressed:
    """Make the notifications of the oldest escalations that have none yet, and mark these.

    One monitor at a time, so that nobody's mails of the day are counted twice; the others pass by. The lock is taken in
    a statement of its own: what the one before has counted is seen by the next.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_ADDRESSING))):
        return Addressed()
    untold = (await session.scalars(_LEFT, {"now": now})).all()
    await session.execute(_REPRIMANDS, {"now": now})
    names = {"recipients": list(RECIPIENTS), "roles": [role.value for role in RECIPIENTS.values()]}
    given = parameters(manner, now=now) | names | {"batch": batch}
    row = (await session.execute(_ADDRESS, given)).one()
    return Addressed(row.picked, row.made, row.unreachable, gaps_of(row.gaps), tuple(untold))


def gaps_of(found: Sequence[Mapping[str, Any]] | None) -> tuple[Gap, ...]:
    return tuple(sorted((Gap(**one) for one in found or ()), key=lambda gap: (gap.instansi, gap.role)))


async def again(session: AsyncSession, escalation_ids: Sequence[Any]) -> None:
    """Their recipients are not concerned any more: have them addressed anew."""
    await session.execute(_AGAIN, {"ids": list(escalation_ids)})


_AGAIN = text("UPDATE escalations SET addressed_at = NULL WHERE id = ANY(CAST(:ids AS uuid[]))")
