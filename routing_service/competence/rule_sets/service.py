"""Rule sets: drafted, checked, tried on the reports of the past, put in force and taken back."""

import asyncio
import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.rule_sets import ownership
from routing_service.competence.rule_sets.both_ways import both_ways
from routing_service.competence.rule_sets.findings import Finding, Severity
from routing_service.competence.rule_sets.lint import lint
from routing_service.competence.rule_sets.own import in_region, lint_own, region_of
from routing_service.competence.rule_sets.ownership import no_rule_set
from routing_service.competence.rule_sets.schemas import (
    Activation,
    FindingView,
    LintView,
    RulesBody,
    RuleSetCreate,
    RuleSetDetail,
    RuleSetNumber,
    RuleSetParams,
    RuleSetView,
    RuleView,
)
from routing_service.competence.rules import queries
from routing_service.competence.rules.apply import RuleSet
from routing_service.registry.directory import Directory, inside
from shared.clients import Client
from shared.domain.states import RuleSetState
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Page, check_version

logger = logging.getLogger(__name__)

LOOKING_BACK = timedelta(days=365)


async def page_of_rule_sets(session: AsyncSession, params: RuleSetParams, client: Client) -> Page[RuleSetView]:
    params = params.in_list("rule sets")
    before = params.key(tuple[RuleSetNumber])
    own = await ownership.own_instansi(session, client)
    rows = await queries.page_of_rule_sets(
        session, state=params.state, agency=params.agency, seen_by=own, before=before, limit=params.rows
    )
    shown, next_cursor = params.cut(rows, lambda row: (row.id,))
    return Page(items=[RuleSetView.model_validate(row) for row in shown], next_cursor=next_cursor)


async def get_rule_set(session: AsyncSession, id: int, client: Client) -> RuleSetDetail:
    view = RuleSetView.model_validate(await ownership.seen(session, id, client))
    rules = [RuleView.model_validate(row) for row in await queries.rules_of_set(session, id)]
    return RuleSetDetail.model_validate({**dict(view), "rules": rules})


async def _view(session: AsyncSession, id: int) -> RuleSetView:
    row = await queries.view(session, id)
    if row is None:
        raise no_rule_set(id)
    return RuleSetView.model_validate(row)


async def create(session: AsyncSession, body: RuleSetCreate, client: Client) -> RuleSetDetail:
    owner = await ownership.owner_of_new(session, body.agency, client)
    if body.based_on is not None:
        await _check_seen(session, body.based_on, client)
    id = await queries.add_rule_set(
        session, name=body.name, note=body.note, based_on=body.based_on, created_by=client.actor, agency_code=owner
    )
    if body.rules is not None:
        await queries.replace_rules(session, id, [rule.as_row() for rule in body.rules])
    elif body.based_on is not None:
        await queries.copy_rules(session, body.based_on, id)
    await ownership.check_names(session, id, owner)
    return await get_rule_set(session, id, client)


async def _check_seen(session: AsyncSession, id: int, client: Client) -> None:
    missing = Invalid(f"There is no rule set {id}.", pointer="/based_on", code="unknown_rule_set")
    try:
        await ownership.seen(session, id, client)
    except NotFound:
        raise missing from None
    if not await queries.lock_as_base(session, id):
        raise missing


async def replace_rules(
    session: AsyncSession, id: int, body: RulesBody, client: Client, *, if_match: str | None = None
) -> RuleSetDetail:
    """Two editors at once wait for each other, and the second finds another version than the one it has seen."""
    state = await queries.lock_rule_set(session, id)
    owner = (await ownership.changeable(session, id, client)).agency
    if state != RuleSetState.DRAFT:
        raise Conflict(
            f"The rule set {id} was in force and can no longer change; make a draft based on it.",
            code="rule_set_not_draft",
        )
    await _check_version(session, id, if_match)
    await queries.replace_rules(session, id, [rule.as_row() for rule in body.rules])
    await ownership.check_names(session, id, owner)
    return await get_rule_set(session, id, client)


async def _check_version(session: AsyncSession, id: int, if_match: str | None) -> None:
    """The caller holds the lock of the set. Raises VersionMismatch."""
    check_version(if_match, (await _view(session, id)).version, of="rule set")


async def discard(session: AsyncSession, id: int, client: Client, *, if_match: str | None = None) -> None:
    """Delete a draft and its rules; the log of the registry keeps who did, and what it was."""
    state = await queries.lock_rule_set(session, id)
    await ownership.changeable(session, id, client)
    if state != RuleSetState.DRAFT:
        raise Conflict(f"The rule set {id} was in force, and decisions name it: it stays.", code="rule_set_not_draft")
    await _check_version(session, id, if_match)
    await queries.lock_for_removal(session, id)
    later = await queries.first_based_on(session, id)
    if later is not None:
        raise Conflict(f"The rule set {later} is based on {id}, which therefore stays.", code="rule_set_built_on")
    await queries.remove_draft(session, id)


async def findings(session: AsyncSession, id: int, directory: Directory, client: Client, *, on: date) -> LintView:
    """And the subjects that nobody has ruled on, and whose confirmed reports of a year went both ways.

    An instansi's own set comes after the nation's in force; of the nation's, what instansi have ruled on counts.
    """
    owner = (await ownership.seen(session, id, client)).agency
    rules = await queries.rule_set(session, id)
    named = {code for rule in rules.rules if rule.conditions is not None for code in rule.conditions.region}
    regions = await queries.known_regions(session, named)
    counted = await queries.ways(session, since=datetime.combine(on, time(), UTC) - LOOKING_BACK)
    in_force = await queries.of_instansi(session)
    if owner is None:
        found = await asyncio.to_thread(lint, rules, directory, regions, on=on)  # thousands of rules take a second
    else:
        national = await queries.active(session)
        found = await asyncio.to_thread(lint_own, rules, national, owner, directory, regions, on=on)
        in_force = in_force.with_set(owner, rules)
        around = region_of(owner, directory)
        counted = [row for row in counted if inside(row.regency, around)]
    of_instansi = [rule for code, one in in_force.sets.items() for rule in in_region(one, region_of(code, directory))]
    national_rules = rules.rules if owner is None else national.rules
    found += both_ways(RuleSet(None, [*national_rules, *of_instansi]), directory, counted)
    errors = sum(one.severity is Severity.ERROR for one in found)
    views = [_finding(one) for one in found]
    return LintView(rule_set=id, errors=errors, warnings=len(found) - errors, findings=views)


def _finding(finding: Finding) -> FindingView:
    indonesian, english = finding.sentence
    return FindingView(
        code=finding.code,
        severity=finding.severity,
        rules=list(finding.rules),
        national=list(finding.national),
        id=indonesian,
        en=english,
    )


async def activate_rule_set(
    session: AsyncSession, id: int, body: Activation, client: Client, *, now: datetime, if_match: str | None = None
) -> RuleSetView:
    """Of two at once the second finds that another set is in force than the one it was compared with.

    `if_match`: the version that was replayed, for somebody else may have changed the rules since.
    """
    state = await queries.lock_rule_set(session, id)
    owner = (await ownership.changeable(session, id, client)).agency
    if state == RuleSetState.ACTIVE:
        raise Conflict(f"The rule set {id} is in force already; there is nothing to activate.", code="rule_set_active")
    await _check_version(session, id, if_match)
    if (await _view(session, id)).rules_count == 0:
        raise Conflict(f"The rule set {id} has no rules; add some before you activate it.", code="rule_set_empty")
    await ownership.check_names(session, id, owner)  # its agencies may have been moved since
    present = await queries.active_id(session, owner)
    if present != body.replaces:
        raise _replaced(present)
    await _change_over(session, present, id, actor=client.actor, now=now, replaced=present)
    return await _view(session, id)


async def roll_back(session: AsyncSession, id: int, client: Client, *, now: datetime) -> RuleSetView:
    """Put the set in force again that this one has replaced."""
    state = await queries.lock_rule_set(session, id)
    owner = (await ownership.changeable(session, id, client)).agency
    if state != RuleSetState.ACTIVE:
        raise _replaced(await queries.active_id(session, owner))
    former = (await _view(session, id)).replaced
    if former is None:
        raise Conflict(
            f"The rule set {id} has replaced none: there is nothing to go back to; activate another one.",
            code="nothing_before",
        )
    await ownership.check_names(session, former, owner)
    await _change_over(session, id, former, actor=client.actor, now=now)
    return await _view(session, former)


async def _change_over(
    session: AsyncSession, present: int | None, id: int, *, actor: str, now: datetime, **changes: Any
) -> None:
    try:
        async with session.begin_nested():
            if present is not None:
                await queries.retire(session, present)
            await queries.activate_rule_set(session, id, actor=actor, now=now, **changes)
    except IntegrityError:
        raise Conflict(
            "Another rule set has just been put in force; replay this one again before you activate it.",
            code="rule_set_replaced",
        ) from None


def _replaced(present: int | None) -> Conflict:
    if present is None:
        said = "Meanwhile no rule set is in force any more; replay this one again before you activate it."
    else:
        said = f"Meanwhile the rule set {present} is in force; replay this one again before you activate it."
    return Conflict(said, code="rule_set_replaced")
