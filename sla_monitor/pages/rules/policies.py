"""Policies side by side: each stage with its limits and its ladder, what differs, and what agencies set themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.domain.codes import CLASSIFICATIONS
from shared.domain.lifecycle import Level
from shared.domain.wording import Language, Wording, say
from shared.errors import NotFound
from shared.http.wire import PageParams
from sla_monitor.agency_limits import service as agency_limits
from sla_monitor.agency_limits.schemas import LimitView
from sla_monitor.pages import queries
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

    @property
    def limits_differ(self) -> bool:
        return len({None if one is None else tuple(one.limits) for one in self.cells}) > 1

    @property
    def steps_differ(self) -> bool:
        return len({None if one is None else tuple(one.steps) for one in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """`days`: of the policies in force, where it is the longest; None: none of them has the stage."""

    limit: LimitView
    agency: str
    days: int | None


@dataclass(frozen=True, slots=True)
class PoliciesBeside:
    known: Sequence[PolicyView]
    shown: Sequence[PolicyView]
    rows: Sequence[StageRow]
    own_limits: Sequence[OwnLimit]
    own_total: int


async def policies_beside(
    session: AsyncSession, codes: Sequence[str], agency: str | None, references: References, language: Language
) -> PoliciesBeside:
    """Those that are named; else those in force, and then drafts. Raises NotFound."""
    known = (await service.page_of_policies(session, PageParams(limit=MOST_POLICIES))).items
    chosen = _chosen(known, codes)
    read = [await _read(session, one.code) for one in chosen]
    limits = (await agency_limits.everywhere(session)).items
    found = [one for one in limits if agency in (None, one.agency)]
    own = await _own(session, found[:MOST_LIMITS], references)
    return PoliciesBeside(known, chosen, _rows(read, language), own, len(found))


def _chosen(known: Sequence[PolicyView], codes: Sequence[str]) -> list[PolicyView]:
    by_code = {one.code: one for one in known}
    if unknown := next((code for code in codes if code not in by_code), None):
        raise NotFound(f"There is no policy {unknown}.")
    if codes:
        return [by_code[code] for code in dict.fromkeys(codes)][:MOST_BESIDE]
    return sorted(known, key=lambda one: one.status is not PolicyStatus.ACTIVE)[:MOST_BESIDE]


async def _read(session: AsyncSession, code: str) -> Policy | None:
    """None: nobody has filled it in yet."""
    try:
        return drafts.policy((await service.get_policy(session, code)).document)
    except PolicyInvalid:
        return None


def _rows(policies: Sequence[Policy | None], language: Language) -> list[StageRow]:
    stages = {name: stage for policy in policies if policy for name, stage in policy.stages.items()}
    return [
        StageRow(name, say(stage.label, language), [_cell(policy, name, language) for policy in policies])
        for name, stage in stages.items()
    ]


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
    return tuple(_said(name, values, language) for name, values in when.allowed)


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
