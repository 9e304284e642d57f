"""The gaps of the whole registry in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.lifecycle import OPEN
from shared.domain.regions import NATIONAL_ZONE
from shared.queries.terms import in_service_text

_OPEN = ", ".join(f"'{status}'" for status in sorted(OPEN))

#: Levels whose instansi governs a region.
_GOVERNING = "('province', 'regency_city')"
_LETTERS = "regexp_replace(lower({}), '[^a-z0-9]', '', 'g')"

# `serves`: in service today, by the calendar where the agency sits; categories by that of the capital.
_GAPS = f"""
    WITH dated AS (
        SELECT *, CAST(CAST(:now AS timestamptz) AT TIME ZONE time_zone AS date) AS today FROM agencies
    ), office AS MATERIALIZED (
        SELECT code, name, parent_code, kind, level, region_code, duties, successor_code, own_verification,
               {in_service_text("today")} AS serves
        FROM dated
    ), category AS MATERIALIZED (
        SELECT code, parent_code, label_id, label_en,
               {in_service_text("today")} AS serves
        FROM categories, (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE '{NATIONAL_ZONE}' AS date) AS today) AS t
    ), people AS MATERIALIZED (
        SELECT agency_code AS agency, role, count(*) AS many,
               coalesce(max(last_active_at), '-infinity') > CAST(:since AS timestamptz)
               OR max(created_at) > CAST(:since AS timestamptz) AS busy
        FROM officers WHERE active AND agency_code IS NOT NULL GROUP BY agency_code, role
    ), shared AS (
        SELECT duty, count(*) AS many, min(code) AS agency, string_agg(code, ', ' ORDER BY code) AS others
        FROM office, unnest(duties) AS duty WHERE serves GROUP BY duty, coalesce(region_code, '') HAVING count(*) > 1
    ), named AS (
        SELECT DISTINCT r.position, n.agency
        FROM rules r JOIN rule_sets s ON s.id = r.rule_set_id AND s.state = 'active', LATERAL (
            SELECT r.result ->> 'agency' UNION ALL SELECT jsonb_array_elements_text(
                CASE jsonb_typeof(r.result -> 'agencies') WHEN 'array' THEN r.result -> 'agencies' ELSE '[]' END)
        ) AS n (agency)
        WHERE n.agency IS NOT NULL
    ), twins AS (
        SELECT min(code) AS agency, count(*) AS many, string_agg(code, ', ' ORDER BY code) AS others
        FROM office WHERE serves
        GROUP BY coalesce(parent_code, ''), lower(regexp_replace(btrim(name), '\\s+', ' ', 'g')) HAVING count(*) > 1
    ), governing AS (
        SELECT min(code) AS agency, region_code, count(*) AS many, string_agg(code, ', ' ORDER BY code) AS others
        FROM office WHERE serves AND parent_code IS NULL AND level IN {_GOVERNING}
        GROUP BY region_code HAVING count(*) > 1
    ), gaps (code, agency, subject, many, others) AS (
        SELECT 'agency_without_liaison_officer', o.code, NULL::text, NULL::bigint, NULL::text FROM office o
        WHERE o.serves AND o.parent_code IS NOT NULL
          AND NOT EXISTS (SELECT FROM people p WHERE p.agency = o.code AND p.role = 'liaison_officer')
        UNION ALL SELECT 'liaison_officers_idle', o.code, NULL, p.many, NULL
        FROM office o JOIN people p ON p.agency = o.code AND p.role = 'liaison_officer' AND NOT p.busy WHERE o.serves
        UNION ALL SELECT 'instansi_without_coordinator', o.code, NULL, NULL, NULL FROM office o
        WHERE o.serves AND o.parent_code IS NULL
          AND NOT EXISTS (SELECT FROM people p WHERE p.agency = o.code AND p.role = 'coordinator')
        UNION ALL SELECT 'agency_without_region', o.code, NULL, NULL, NULL FROM office o
        WHERE o.serves AND o.region_code IS NULL AND o.level <> 'national'
        UNION ALL SELECT 'own_verification_without_region', o.code, NULL, NULL, NULL FROM office o
        WHERE o.serves AND o.own_verification AND o.parent_code IS NULL AND o.region_code IS NULL
        UNION ALL SELECT 'agency_without_duty', o.code, NULL, NULL, NULL FROM office o
        WHERE o.serves AND o.parent_code IS NOT NULL AND o.duties = '{{}}' AND o.kind NOT IN ('district', 'village')
          AND NOT EXISTS (SELECT FROM office f WHERE f.successor_code = o.code AND NOT f.serves AND f.duties <> '{{}}')
        UNION ALL SELECT 'duty_shared', agency, duty, many, others FROM shared
        UNION ALL SELECT 'parent_out_of_service', o.code, p.code, NULL, NULL
        FROM office o JOIN office p ON p.code = o.parent_code WHERE o.serves AND NOT p.serves
        UNION ALL SELECT 'successor_out_of_service', o.code, s.code, NULL, NULL
        FROM office o JOIN office s ON s.code = o.successor_code WHERE NOT o.serves AND NOT s.serves
        UNION ALL SELECT 'reports_held_out_of_service', o.code, NULL, count(*), NULL
        FROM office o JOIN reports r ON r.holder_agency_code = o.code AND r.status IN ({_OPEN})
        WHERE NOT o.serves AND (NOT r.secret OR CAST(:secret AS bool)) GROUP BY o.code
        UNION ALL SELECT 'rule_names_out_of_service', n.agency, n.position::text, NULL, NULL
        FROM named n LEFT JOIN office o ON o.code = n.agency WHERE o.serves IS NOT TRUE
        UNION ALL SELECT 'category_without_label', NULL, c.code, NULL, NULL FROM category c
        WHERE c.serves AND (btrim(c.label_id) = '' OR btrim(c.label_en) = '')
        UNION ALL SELECT 'category_below_ended', NULL, c.code, NULL, p.code
        FROM category c JOIN category p ON p.code = c.parent_code WHERE c.serves AND NOT p.serves
        UNION ALL SELECT 'agency_without_head', o.code, NULL, NULL, NULL FROM office o
        WHERE o.serves AND o.parent_code IS NOT NULL
          AND NOT EXISTS (SELECT FROM people p WHERE p.agency = o.code AND p.role = 'agency_head')
        UNION ALL SELECT 'instansi_without_' || r.role, o.code, NULL, NULL, NULL
        FROM office o, unnest(ARRAY['regional_head', 'regional_secretary', 'inspectorate']) AS r (role)
        WHERE o.serves AND o.parent_code IS NULL AND o.level IN {_GOVERNING}
          AND NOT EXISTS (SELECT FROM people p WHERE p.agency = o.code AND p.role = r.role)
        UNION ALL SELECT 'no_national_admin', NULL, NULL, NULL, NULL
        WHERE NOT EXISTS (SELECT FROM officers WHERE active AND role = 'national_admin')
        UNION ALL SELECT 'no_boundaries', NULL, NULL, NULL, NULL
        WHERE NOT EXISTS (SELECT FROM boundary_sets WHERE active)
        UNION ALL SELECT 'region_governed_twice', agency, region_code, many, others FROM governing
        UNION ALL SELECT 'name_shared', agency, NULL, many, others FROM twins
        UNION ALL SELECT 'region_outside_parent', o.code, o.region_code, NULL, p.region_code
        FROM office o JOIN office p ON p.code = o.parent_code
        WHERE o.serves AND o.region_code <> p.region_code AND NOT starts_with(o.region_code, p.region_code || '.')
        UNION ALL SELECT 'region_of_another_name', o.code, o.region_code, NULL, r.name
        FROM office o JOIN regions r ON r.code = o.region_code
        WHERE o.serves AND o.kind IN ('district', 'village') AND position({_LETTERS.format("r.name")} IN
              {_LETTERS.format("o.name")}) = 0
    ), chosen AS MATERIALIZED (
        SELECT code, coalesce(agency, '') AS agency, coalesce(subject, '') AS subject, many, others FROM gaps
        WHERE (CAST(:code AS text) IS NULL OR code = :code)
          AND (CAST(:within AS text[]) IS NULL OR agency = ANY(CAST(:within AS text[])))
    )
"""
_PAGE = text(
    _GAPS
    + """
    , page AS (
        SELECT * FROM chosen
        WHERE (code, agency, subject) > (CAST(:after_code AS text), CAST(:after_agency AS text),
                                         CAST(:after_subject AS text))
        ORDER BY code, agency, subject LIMIT :limit
    )
    SELECT page.*, office.name FROM page LEFT JOIN office ON office.code = page.agency
    ORDER BY page.code, page.agency, page.subject
    """
)
_COUNTS = text(_GAPS + "SELECT code, count(*) FROM chosen GROUP BY code ORDER BY code")


async def gaps(
    session: AsyncSession,
    *,
    now: datetime,
    since: datetime,
    secret: bool,
    code: str | None,
    within: Sequence[str] | None,
    after: tuple[str, str, str],
    limit: int,
) -> Sequence[Row[Any]]:
    """A page in the order of code, agency and subject. `within`: of these agencies alone.

    `secret`: secret reports count, too.
    """
    values = {
        "now": now,
        "since": since,
        "secret": secret,
        "code": code,
        "within": None if within is None else list(within),
    }
    place = dict(zip(("after_code", "after_agency", "after_subject"), after, strict=True))
    return (await session.execute(_PAGE, values | place | {"limit": limit})).all()


async def counts(
    session: AsyncSession, *, now: datetime, since: datetime, secret: bool, code: str | None,
    within: Sequence[str] | None,
) -> dict[str, int]:  # fmt: skip
    values = {
        "now": now,
        "since": since,
        "secret": secret,
        "code": code,
        "within": None if within is None else list(within),
    }
    return {row[0]: row[1] for row in await session.execute(_COUNTS, values)}
