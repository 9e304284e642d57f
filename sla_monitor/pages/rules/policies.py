"""Policies side by side: each stage with its limits and its ladder, what differs, and what agencies set themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.codes import CLASSIFICATIONS
from shared.domain.lifecycle import Level
from shared.domain.wording import Language, Wording, say
from shared.errors import NotFound
from shared.http.wire import PageParams
from sla_monitor.agency_limits import service as agency_limits
from sla_monitor.agency_limits.schemas import LimitView
from sla_monitor.pages import queries
from sla_monitor.pages.rules.stages import in_order_of_life
from sla_monitor.policies import service
from sla_monitor.policies.schemas import PolicyStatus, PolicyView
from sla_monitor.policy import Condition, Policy, Stage
from sla_monitor.policy_documents import PolicyInvalid
from sla_monitor.reference.service import References
from sla_monitor.simulations import drafts

#: Policies that can be chosen from, those beside each other, and agencies' own limits on a page.
MOST_POLICIES, MOST_BESIDE, MOST_LIMITS = 50, 3, 100


class LimitCell(NamedTuple):
    """`whom`: for which reports; empty: for all others."""

    days: int
    unit: str
    whom: tuple[str, ...]
    legal_basis: str
    mark: str


class StepCell(NamedTuple):
    """`roles`: who is told where an agency holds the report."""

    offset: int
    kind: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageCell:
    limits: Sequence[LimitCell]
    steps: Sequence[StepCell]


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage, and what each of the policies says of it; None: it has no such stage."""

    stage: str
    label: str
    cells: Sequence[StageCell | None]
    limits_differ: bool = False
    steps_differ: bool = False


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """`days`: of the policies in force, where it is the longest; None: none of them has the stage."""

    limit: LimitView
    agency: str
    days: int | None


@dataclass(frozen=True, slots=True)
class PoliciesBeside:
    """`names`: by their codes, in the language of the page. `unfilled`: codes of those that have no stages yet."""

    known: Sequence[PolicyView]
    shown: Sequence[PolicyView]
    rows: Sequence[StageRow]
    own_limits: Sequence[OwnLimit]
    own_total: int
    names: Mapping[str, str]
    unfilled: Collection[str]


async def policies_beside(
    session: AsyncSession, codes: Sequence[str], agency: str | None, references: References, language: Language
) -> PoliciesBeside:
    """Those that are named; else those in force, and then drafts. Raises NotFound."""
    known = (await service.page_of_policies(session, PageParams(limit=MOST_POLICIES))).items
    chosen = _chosen(known, codes)
    documents = [(await service.get_policy(session, one.code)).document for one in chosen]
    read = [_read(document) for document in documents]
    limits = (await agency_limits.everywhere(session)).items
    found = [one for one in limits if agency in (None, one.agency)]
    own = await _own(session, found[:MOST_LIMITS], references)
    names = {
        one.code: str(document.get("name", {}).get(language.value, one.name))
        for one, document in zip(chosen, documents, strict=True)
    }
    unfilled = {one.code for one, policy in zip(chosen, read, strict=True) if policy is None}
    return PoliciesBeside(known, chosen, _rows(read, language), own, len(found), names, unfilled)


def _chosen(known: Sequence[PolicyView], codes: Sequence[str]) -> list[PolicyView]:
    by_code = {one.code: one for one in known}
    if unknown := next((code for code in codes if code not in by_code), None):
        raise NotFound(f"There is no policy {unknown}.")
    if codes:
        return [by_code[code] for code in dict.fromkeys(codes)][:MOST_BESIDE]
    return sorted(known, key=lambda one: one.status is not PolicyStatus.ACTIVE)[:MOST_BESIDE]


def _read(document: Mapping[str, Any]) -> Policy | None:
    """None: nobody has filled it in yet."""
    try:
        policy = drafts.policy(document)
    except PolicyInvalid:
        return None
    return policy if policy.stages else None


def _rows(policies: Sequence[Policy | None], language: Language) -> list[StageRow]:
    stages = {name: stage for policy in policies if policy for name, stage in policy.stages.items()}
    return [_row(name, stages[name], policies, language) for name in in_order_of_life(stages)]


def _row(name: str, stage: Stage, policies: Sequence[Policy | None], language: Language) -> StageRow:
    """One that nobody has filled in yet differs from nothing."""
    cells = [_cell(policy, name, language) for policy in policies]
    filled = [cell for cell, policy in zip(cells, policies, strict=True) if policy is not None]
    limits = {None if one is None else tuple(one.limits) for one in filled}
    steps = {None if one is None else tuple(one.steps) for one in filled}
    return StageRow(name, say(stage.label, language), cells, len(limits) > 1, len(steps) > 1)


def _cell(policy: Policy | None, name: str, language: Language) -> StageCell | None:
    stage = None if policy is None else policy.stages.get(name)
    return None if stage is None else StageCell(_limits(stage, language), _steps(stage))


def _limits(stage: Stage, language: Language) -> list[LimitCell]:
    return [
        LimitCell(
            one.days, one.unit.value, _whom(one.when, language), say(one.legal_basis, language), one.mark.value
        )
        for one in stage.limits
    ]  # fmt: skip


def _whom(when: Condition, language: Language) -> tuple[str, ...]:
    return tuple(_said(name, values, language) for name, values in sorted(when.allowed, key=itemgetter(0)))


_SUPERVISORY: Mapping[object, Wording] = {
    True: ("pengawasan", "supervision"), False: ("bukan pengawasan", "not supervision"),
}  # fmt: skip


def _said(name: str, values: Collection[object], language: Language) -> str:
    labels = [CLASSIFICATIONS.get(str(one)) or _SUPERVISORY.get(one, (f"{name}: {one}",) * 2) for one in values]
    return ", ".join(sorted(say(one, language) for one in labels))


def _steps(stage: Stage) -> list[StepCell]:
    return [StepCell(one.offset, one.kind.value, one.recipients.get(Level.AGENCY, ())) for one in stage.steps]


async def _own(session: AsyncSession, limits: Iterable[LimitView], references: References) -> list[OwnLimit]:
    policies = (await references.current(session)).policies.values()
    listed = list(limits)
    names = await queries.agency_names(session, [one.agency for one in listed])
    return [OwnLimit(one, names.get(one.agency, one.agency), _longest(policies, one.stage)) for one in listed]


def _longest(policies: Iterable[Policy], stage: str) -> int | None:
    days = [one.days for policy in policies if stage in policy.stages for one in policy.stages[stage].limits]
    return max(days, default=None)
