"""Limits that agencies set themselves: stricter than every active policy, or refused."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client, Role
from shared.errors import Invalid, NotFound
from shared.log.payloads.codes import ChangedRule
from shared.queries.managed import managed_by
from shared.schema import AgencyLimit
from sla_monitor.agency_limits import queries
from sla_monitor.agency_limits.files import LimitLine, LimitsInvalid
from sla_monitor.agency_limits.schemas import LimitBody, LimitChanged, LimitList, LimitView
from sla_monitor.recomputations import service as recomputing
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.recomputations.selection import Selection
from sla_monitor.reference.service import Reference, References

_READ_ALL = frozenset({Role.NATIONAL_ADMIN, Role.SUPERVISOR})


async def of_agency(session: AsyncSession, code: str, client: Client) -> LimitList:
    await _known(session, code)
    if client.role not in _READ_ALL:
        (await managed_by(session, client)).check(code)
    return LimitList(items=[_view(row) for row in await queries.of_agency(session, code)])


async def everywhere(session: AsyncSession) -> LimitList:
    return LimitList(items=[_view(row) for row in await queries.everywhere(session)])


async def take(
    session: AsyncSession, lines: Sequence[LimitLine], client: Client, references: References, *, now: datetime
) -> list[int]:
    """All limits of a file; the recomputations that follow. Raises LimitsInvalid with every mistake at once."""
    asked: list[int] = []
    errors: list[dict[str, str]] = []
    for line in lines:
        try:
            if line.body is None:
                changed = await withdraw(session, line.agency, line.stage, client)
            else:
                changed = await put(session, line.agency, line.stage, line.body, client, references, now=now)
        except (NotFound, Invalid) as error:
            column = error.pointer.rpartition("/")[2] if isinstance(error, Invalid) else "agency"
            errors.append({"pointer": f"/{line.number}/{column}", "message": error.detail})
        else:
            asked += [changed.recomputation.id] if changed.recomputation else []
    if errors:
        raise LimitsInvalid(errors)
    return asked


def _view(row: AgencyLimit) -> LimitView:
    return LimitView(
        agency=row.agency_code,
        stage=row.stage,
        days=row.days,
        legal_basis=row.legal_basis,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


async def put(
    session: AsyncSession, code: str, stage: str, body: LimitBody, client: Client, references: References, *,
    now: datetime,
) -> LimitChanged:  # fmt: skip
    """Set the limit of an agency for a stage. Raises Invalid unless it is stricter than the policies."""
    await _known(session, code)
    (await managed_by(session, client)).check(code)
    _check(await references.current(session), stage, body.days)
    before = await queries.lock_days(session, code, stage)
    row = {
        "agency_code": code,
        "stage": stage,
        "days": body.days,
        "legal_basis": body.legal_basis,
        "changed_by": client.actor,
        "changed_at": now,
    }
    stored = await queries.put(session, row)
    recomputation = None if before == body.days else await _recompute(session, code, stage, client)
    return LimitChanged(limit=_view(stored), recomputation=recomputation)


async def withdraw(session: AsyncSession, code: str, stage: str, client: Client) -> LimitChanged:
    await _known(session, code)
    (await managed_by(session, client)).check(code)
    if await queries.lock_days(session, code, stage) is None:
        raise NotFound(f"The agency {code} has no limit of its own for {stage}.")
    await queries.remove(session, code, stage)
    return LimitChanged(limit=None, recomputation=await _recompute(session, code, stage, client))


async def _known(session: AsyncSession, code: str) -> None:
    if not await queries.agency_exists(session, code):
        raise NotFound(f"There is no agency {code}.")


def _check(reference: Reference, stage: str, days: int) -> None:
    """The stage may have several limits, by class: the local one has to be stricter than the longest."""
    policies = [policy for policy in reference.policies.values() if stage in policy.stages]
    if not policies:
        raise Invalid(f"No active policy has a stage {stage}.", pointer="path/stage", code="unknown_stage")
    for policy in policies:
        longest = max(policy.stages[stage].limits, key=lambda limit: limit.days)
        if days >= longest.days:
            unit = longest.unit.value.replace("_", " ")
            raise Invalid(
                f"The policy {policy.code} gives {longest.days} {unit} for {stage}; an agency's own limit is shorter: "
                f"{longest.days - 1} at most.",
                pointer="/days",
                code="limit_not_stricter",
            )


async def _recompute(session: AsyncSession, code: str, stage: str, client: Client) -> RecomputationView:
    selection = Selection(clock_agency=code, clock_stage=stage)
    return await recomputing.request(
        session, kind=ChangedRule.LIMIT, reference=f"{code}/{stage}", selection=selection, requested_by=client.actor
    )
