"""Rule sets as their pages show them: what they say in words, and what a draft would change."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.competence.opinion import Known
from routing_service.competence.rule_sets import service
from routing_service.competence.rule_sets.schemas import RuleSetDetail, RuleSetParams, RuleSetView, RuleView
from routing_service.competence.rules import queries as rules
from routing_service.pages import queries
from routing_service.pages.rules.compared import Differences, differences
from routing_service.pages.rules.queries import last_change
from routing_service.pages.rules.readable import RuleInWords, RuleNames, in_words, names_of
from shared.clients import MANAGERS, TO_MANAGE, Client, Role
from shared.domain.regions import national_day
from shared.domain.states import RuleSetState
from shared.domain.wording import Language
from shared.errors import Conflict, DomainError, VersionMismatch

#: Sets of each state on the page of all; rules on the page of one.
MOST_SETS, MOST_RULES = 20, 100
#: So many of the rules that a draft adds or leaves out are shown.
MOST_DIFFERENCES = 30
#: Characters of rules that a page has room for in a field; a file has any number.
MOST_WRITTEN = 60_000


@dataclass(frozen=True, slots=True)
class RulesReading:
    """Who looks at rules, in which language, when, and what is known of the registry."""

    client: Client
    known: Known
    language: Language
    now: datetime

    @property
    def on(self) -> date:
        return national_day(self.now)


@dataclass(frozen=True, slots=True)
class SetsOfState:
    """`next_cursor` None: these are all."""

    state: RuleSetState
    sets: Sequence[RuleSetView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ShownRuleSet:
    """`written`: its rules as they are edited; None: they have no room on a page."""

    rule_set: RuleSetDetail
    in_force: RuleSetView | None
    differences: Differences
    added: Sequence[RuleInWords]
    gone: Sequence[RuleInWords]
    rules: Sequence[RuleInWords]
    start: int
    may_change: bool
    people: dict[str, str]
    written: str | None

    @property
    def is_draft(self) -> bool:
        return self.rule_set.state is RuleSetState.DRAFT

    @property
    def subject_rules(self) -> list[int]:
        """Those that say of a subject whose its reports are."""
        return [one.position for one in self.rule_set.rules if one.conditions.get("subject")]

    @property
    def is_in_force(self) -> bool:
        return self.rule_set.state is RuleSetState.ACTIVE


async def sets_by_state(
    session: AsyncSession, reading: RulesReading, state: RuleSetState | None, cursor: str | None
) -> list[SetsOfState]:
    """Of one state a page of all; of each the newest, where none is asked for. Raises Forbidden, Invalid."""
    found = []
    for one in (state,) if state else (RuleSetState.ACTIVE, RuleSetState.DRAFT, RuleSetState.RETIRED):
        params = RuleSetParams(state=one, limit=MOST_SETS, cursor=cursor)
        page = await service.page_of_rule_sets(session, params, reading.client)
        found.append(SetsOfState(one, page.items, page.next_cursor))
    return found


def may_draft(client: Client) -> bool:
    return client.role in MANAGERS and client.has_what_it_needs(TO_MANAGE)


async def see_rule_set(session: AsyncSession, id: int, reading: RulesReading, *, start: int = 1) -> ShownRuleSet:
    """`start`: the first rule of the page. Raises Forbidden, NotFound."""
    client = reading.client
    found = await service.get_rule_set(session, id, client)
    present = await rules.active_id(session, found.agency)
    in_force = None if present is None else await service.get_rule_set(session, present, client)
    compared = differences([] if in_force is None else in_force.rules, found.rules)
    shown = found.rules[start - 1 : start - 1 + MOST_RULES]
    added, gone = compared.added[:MOST_DIFFERENCES], compared.gone[:MOST_DIFFERENCES]
    names = await names_of(session, [*shown, *added, *gone], reading.known.directory, reading.language, reading.on)
    actors = (found.created_by, found.activated_by, None if in_force is None else in_force.activated_by)
    people = await queries.people_named(session, {_sub(one) for one in actors if one})
    may_change = may_draft(client) and (client.role is Role.OPERATOR or found.agency is not None)
    return ShownRuleSet(
        found, in_force, compared, _told(added, names), _told(gone, names), _told(shown, names), start, may_change,
        people, _written(found.rules) if may_change else None,
    )  # fmt: skip


def _told(rules: Sequence[RuleView], names: RuleNames) -> list[RuleInWords]:
    return [in_words(one, names) for one in rules]


def _written(rules: Sequence[RuleView]) -> str | None:
    said = as_text(rules)
    return said if len(said) <= MOST_WRITTEN else None


def as_text(rules: Sequence[RuleView]) -> str:
    """As they can be sent: each rule has a line of its own, so that a line that is wrong is easily found."""
    lines = [json.dumps(_as_sent(one), ensure_ascii=False) for one in rules]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _as_sent(rule: RuleView) -> dict[str, Any]:
    said: dict[str, Any] = {"conditions": rule.conditions, "result": rule.result}
    return said | {name: one for name, one in (("note", rule.note), ("legal_basis", rule.legal_basis)) if one}


def _sub(actor: str) -> str:
    return actor.partition(":")[2]


@dataclass(frozen=True, slots=True)
class FirstChange:
    """Who was first: what they did stands in the page itself."""

    who: str | None
    actor: str
    at: datetime


async def first_change(session: AsyncSession, id: int, error: DomainError) -> FirstChange | None:
    """Who has changed the set, or what is in force, before the form came that was refused for it."""
    if not isinstance(error, VersionMismatch | Conflict):
        return None
    if error.code == "rule_set_replaced":
        owner = await rules.view(session, id)
        id = (await rules.active_id(session, None if owner is None else owner.agency)) or id
    change = await last_change(session, id)
    if change is None:
        return None
    people = await queries.people_named(session, {_sub(change.actor)})
    return FirstChange(people.get(_sub(change.actor)), change.actor, change.recorded_at)
