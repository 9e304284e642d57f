"""SQL of rule sets, and of the reports that they are tried on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, any_, bindparam, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from routing_service.competence.rules.apply import NO_RULE_SET, RuleSet
from routing_service.competence.rules.instansi import InstansiRules
from routing_service.competence.rules.rule import rule
from routing_service.registry.levels import AgencyLevel
from shared.domain.lifecycle import Status
from shared.domain.states import RuleSetState
from shared.queries.reach import PUBLISHED
from shared.queries.regions import SEEN_OF_R
from shared.schema import PublicText, Region, Report, StoredRule, StoredRuleSet

BATCH_ROWS = 5_000

_RULE_COLUMNS = (
    StoredRule.id, StoredRule.position, StoredRule.conditions, StoredRule.result, StoredRule.note,
    StoredRule.legal_basis,
)  # fmt: skip
_COPIED = (StoredRule.position, StoredRule.conditions, StoredRule.result, StoredRule.note, StoredRule.legal_basis)
_SET_COLUMNS = (
    StoredRuleSet.id, StoredRuleSet.name, StoredRuleSet.note, StoredRuleSet.state, StoredRuleSet.based_on,
    StoredRuleSet.replaced, StoredRuleSet.created_by, StoredRuleSet.created_at, StoredRuleSet.activated_by,
    StoredRuleSet.activated_at, StoredRuleSet.agency_code.label("agency"),
)  # fmt: skip
_COUNT = select(func.count()).where(StoredRule.rule_set_id == StoredRuleSet.id).scalar_subquery().label("rules_count")
#: Rules get new ids whenever they are replaced, so that the highest of a set never comes back; 0: it has none.
_VERSION = (
    select(func.coalesce(func.max(StoredRule.id), 0))
    .where(StoredRule.rule_set_id == StoredRuleSet.id)
    .scalar_subquery()
    .label("version")
)


async def active_id(session: AsyncSession, instansi: str | None = None) -> int | None:
    """Which set is in force, the nation's or an instansi's own. Its rules never change: a process that has the set in
    memory need not read it again.
    """
    whose = StoredRuleSet.agency_code.is_not_distinct_from(instansi)
    found: int | None = await session.scalar(
        select(StoredRuleSet.id).where(StoredRuleSet.state == RuleSetState.ACTIVE, whose)
    )
    return found


async def of_instansi(session: AsyncSession) -> InstansiRules:
    """The sets of all instansi that are in force."""
    chosen = (StoredRuleSet.state == RuleSetState.ACTIVE, StoredRuleSet.agency_code.is_not(None))
    found = (await session.execute(select(StoredRuleSet.agency_code, StoredRuleSet.id).where(*chosen))).all()
    return InstansiRules({code: await rule_set(session, id) for code, id in found if code is not None})


async def active(session: AsyncSession) -> RuleSet:
    """The set in force, without rules where there is none."""
    id = await active_id(session)
    return NO_RULE_SET if id is None else await rule_set(session, id)


async def rule_set(session: AsyncSession, id: int) -> RuleSet:
    return RuleSet(
        id, [rule(*row[:4], note=row.note, legal_basis=row.legal_basis) for row in await rules_of_set(session, id)]
    )


async def rules_of_set(session: AsyncSession, id: int) -> Sequence[Row[Any]]:
    statement = select(*_RULE_COLUMNS).where(StoredRule.rule_set_id == id).order_by(StoredRule.position)
    return (await session.execute(statement)).all()


def _views() -> Select[Any]:
    return select(*_SET_COLUMNS, _COUNT, _VERSION)


async def page_of_rule_sets(
    session: AsyncSession, *, state: str | None, agency: str | None, seen_by: str | None, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """The newest first. `seen_by`: only the nation's, and those of this instansi."""
    statement = _views().order_by(StoredRuleSet.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(StoredRuleSet.state == state)
    if agency is not None:
        statement = statement.where(StoredRuleSet.agency_code == agency)
    if seen_by is not None:
        statement = statement.where(or_(StoredRuleSet.agency_code.is_(None), StoredRuleSet.agency_code == seen_by))
    if before is not None:
        statement = statement.where(StoredRuleSet.id < before)
    return (await session.execute(statement)).all()


async def view(session: AsyncSession, id: int) -> Row[Any] | None:
    return (await session.execute(_views().where(StoredRuleSet.id == id))).one_or_none()


async def add_rule_set(session: AsyncSession, **values: Any) -> int:
    return (await session.scalars(insert(StoredRuleSet).values(values).returning(StoredRuleSet.id))).one()


async def copy_rules(session: AsyncSession, source: int, target: int) -> None:
    rows = select(literal(target), *_COPIED).where(StoredRule.rule_set_id == source)
    columns = ["rule_set_id", *(column.key for column in _COPIED)]
    await session.execute(insert(StoredRule).from_select(columns, rows))


# One statement for many rules: the log of the registry says once what a statement has changed of a set.
_RULES = text(
    """
    INSERT INTO rules (rule_set_id, position, conditions, result, note, legal_basis)
    SELECT :id, position, conditions, result, coalesce(note, ''), legal_basis
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS r (position int, conditions jsonb, result jsonb, note text, legal_basis text)
    ORDER BY position
    """
)


async def replace_rules(session: AsyncSession, id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """The caller holds the lock of the set, and it is a draft."""
    await session.execute(delete(StoredRule).where(StoredRule.rule_set_id == id))
    numbered = [{**row, "position": position} for position, row in enumerate(rows, start=1)]
    for start in range(0, len(numbered), BATCH_ROWS):
        await session.execute(_RULES, {"id": id, "rows": json.dumps(numbered[start : start + BATCH_ROWS])})


async def first_based_on(session: AsyncSession, id: int) -> int | None:
    found: int | None = await session.scalar(select(func.min(StoredRuleSet.id)).where(StoredRuleSet.based_on == id))
    return found


async def lock_as_base(session: AsyncSession, id: int) -> bool:
    """Until another set is based on it, nobody removes it. False: it is not there (any more)."""
    statement = select(StoredRuleSet.id).where(StoredRuleSet.id == id).with_for_update(read=True, key_share=True)
    return await session.scalar(statement) is not None


async def lock_for_removal(session: AsyncSession, id: int) -> None:
    """Waits for whoever is just basing another set on it."""
    await session.execute(select(StoredRuleSet.id).where(StoredRuleSet.id == id).with_for_update())


async def remove_draft(session: AsyncSession, id: int) -> None:
    """The caller has locked it for that."""
    await session.execute(delete(StoredRule).where(StoredRule.rule_set_id == id))
    await session.execute(delete(StoredRuleSet).where(StoredRuleSet.id == id))


async def lock_rule_set(session: AsyncSession, id: int) -> str | None:
    """The state of a set, which is locked together with the one of the same owner that is in force, in the order of
    their ids.

    Activations, rollbacks and changes of a draft wait for each other. None: there is no such set.
    """
    owner = select(StoredRuleSet.agency_code).where(StoredRuleSet.id == id).scalar_subquery()
    in_force = and_(StoredRuleSet.state == RuleSetState.ACTIVE, StoredRuleSet.agency_code.is_not_distinct_from(owner))
    statement = (
        select(StoredRuleSet.id, StoredRuleSet.state)
        .where(or_(in_force, StoredRuleSet.id == id))
        .order_by(StoredRuleSet.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.state for row in await session.execute(statement)}.get(id)


async def retire(session: AsyncSession, id: int) -> None:
    await session.execute(update(StoredRuleSet).where(StoredRuleSet.id == id).values(state=RuleSetState.RETIRED))


async def activate_rule_set(session: AsyncSession, id: int, *, actor: str, now: datetime, **changes: Any) -> None:
    """Raises IntegrityError if another has become active meanwhile (rule_sets_active_key)."""
    values = {"state": RuleSetState.ACTIVE, "activated_by": actor, "activated_at": now, **changes}
    await session.execute(update(StoredRuleSet).where(StoredRuleSet.id == id).values(values))


_KNOWN_REGIONS = select(Region.code).where(Region.code == any_(bindparam("codes", type_=ARRAY(Text))))


async def known_regions(session: AsyncSession, codes: Iterable[str]) -> frozenset[str]:
    return frozenset((await session.scalars(_KNOWN_REGIONS, {"codes": sorted(codes)})).all())


#: Offices that exist in every village or district, against all others.
_BOTH_WAYS = text(
    f"""
    SELECT left({SEEN_OF_R}, 5) AS regency, r.category_code, r.subject_code, count(*) AS reports,
           count(*) FILTER (WHERE a.level IN ('{AgencyLevel.VILLAGE}', '{AgencyLevel.DISTRICT}')) AS local
    FROM reports r JOIN agencies a ON a.code = r.agency_code
    WHERE r.received_at >= :since AND r.status IN ('{Status.IN_PROGRESS}', '{Status.ANSWERED}', '{Status.CLOSED}')
      AND r.published_at IS NOT NULL AND NOT r.secret AND length({SEEN_OF_R}) >= 5
    GROUP BY 1, 2, 3
    """
)


async def ways(session: AsyncSession, *, since: datetime) -> Sequence[Row[Any]]:
    """Of public reports that agencies have confirmed: how many village and district offices made their own."""
    return (await session.execute(_BOTH_WAYS, {"since": since})).all()


_PAST_COLUMNS = (
    Report.id, Report.tracking_number, Report.received_at, Report.classification, Report.channel, Report.category_code,
    Report.subject_code, Report.target_agency_code, Report.agency_code,
)  # fmt: skip
#: What routing found is for it to find again.
_SAID = func.coalesce(Report.set_region_code, Report.region_code)
_AS_WRITTEN = select(
    *_PAST_COLUMNS, Report.title, Report.body, _SAID.label("region_code"), Report.location_text, Report.latitude,
    Report.longitude,
)  # fmt: skip
#: What everybody may read. Whatever is not public is not among them: no count depends on it either.
_AS_PUBLISHED = (
    select(
        *_PAST_COLUMNS, PublicText.title, PublicText.body, Report.public_region_code.label("region_code"),
        literal(None).label("location_text"), Report.place_latitude.label("latitude"),
        Report.place_longitude.label("longitude"),
    )
    .join(PublicText, PublicText.report_id == Report.id)
    .where(PUBLISHED)
)  # fmt: skip


async def last_reports(
    session: AsyncSession, *, as_written: bool, region: str | None, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Of a region, or of the whole country, the newest first: ids ascend with time, so that the primary key gives the
    order. Locks nothing.
    """
    statement = (_AS_WRITTEN if as_written else _AS_PUBLISHED).order_by(Report.id.desc()).limit(limit)
    if region is not None:
        place = _SAID if as_written else Report.public_region_code
        statement = statement.where(or_(place == region, place.startswith(f"{region}.", autoescape=True)))
    if before is not None:
        statement = statement.where(Report.id < before)
    return (await session.execute(statement)).all()
