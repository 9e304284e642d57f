"""Drafting and activating policies, and migrating reports to one."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clients import Client
from shared.domain.regions import WIT
from shared.errors import Conflict, Invalid, NotFound
from shared.http.wire import Code, Page, PageParams
from shared.ids import report_named
from shared.log.payloads.codes import ChangedRule
from shared.queries.subtrees import subtree
from shared.schema import Policy as Stored
from sla_monitor import policy_documents
from sla_monitor.policies import queries
from sla_monitor.policies.law import looser
from sla_monitor.policies.schemas import (
    MigrationPreview,
    MigrationRequest,
    PolicyActivation,
    PolicyDetail,
    PolicyStatus,
    PolicyView,
    ReportFilter,
)
from sla_monitor.policy_documents import PolicyDocument, PolicyInvalid
from sla_monitor.recomputations import previews
from sla_monitor.recomputations import service as recomputing
from sla_monitor.recomputations.schemas import RecomputationView
from sla_monitor.recomputations.selection import Selection
from sla_monitor.recompute.service import Migration
from sla_monitor.reference.service import References


async def page_of_policies(session: AsyncSession, params: PageParams) -> Page[PolicyView]:
    params = params.in_list("policies")
    rows = await queries.page_of_policies(session, after=params.key(tuple[Code]), limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.code,))
    return Page(items=[PolicyView.model_validate(_view(row)) for row in shown], next_cursor=next_cursor)


async def get_policy(session: AsyncSession, code: str) -> PolicyDetail:
    row = await queries.get_policy(session, code)
    if row is None:
        raise NotFound(f"There is no policy {code}.")
    return _detail(row)


def _view(row: Stored) -> dict[str, Any]:
    names = ("code", "name", "legal_basis", "effective_from", "created_by", "created_at", "activated_at")
    return {
        **{name: getattr(row, name) for name in names},
        "status": PolicyStatus.ACTIVE if row.active else PolicyStatus.DRAFT,
    }


def _detail(row: Stored) -> PolicyDetail:
    document = {name: value for name, value in row.document.items() if name not in ("active", "effective_from")}
    return PolicyDetail.model_validate({**_view(row), "document": document})


async def draft(session: AsyncSession, body: PolicyDocument, client: Client) -> PolicyDetail:
    """Store a draft. Raises PolicyInvalid with every mistake at once, Conflict if there is such a policy."""
    if body.active:
        raise Invalid("A new policy is a draft; activate it once it is stored.", pointer="/active")
    document = body.model_dump(mode="json", exclude_unset=True)
    _check(document)
    row = {
        "code": body.code,
        "name": body.name.en,
        "legal_basis": body.legal_basis,
        "effective_from": body.effective_from,
        "active": False,
        "document": document,
        "created_by": client.actor,
    }
    stored = await queries.add_policy(session, row)
    if stored is None:
        raise Conflict(
            f"There is a policy {body.code} already, and policies are never edited; choose another code.",
            code="policy_exists",
        )
    return _detail(stored)


def _check(document: dict[str, Any]) -> None:
    code = str(document["code"])
    if "\\u0000" in json.dumps(document):
        raise PolicyInvalid(code, [{"pointer": "/", "message": "NUL characters are not allowed."}])
    if mistakes := looser(policy_documents.parse_policy(document)):
        raise PolicyInvalid(code, mistakes)


async def activate_policy(
    session: AsyncSession, code: str, body: PolicyActivation, client: Client, *, now: datetime
) -> PolicyDetail:
    """Put a draft in force for the reports of a coming day and later; no report changes its policy by that."""
    row = await queries.lock_policy(session, code)
    if row is None:
        raise NotFound(f"There is no policy {code}.")
    if row.active:
        raise Conflict(f"The policy {code} is active already; there is nothing to activate.", code="policy_active")
    effective = {"active": True, "effective_from": body.effective_from.isoformat()}
    _check({**row.document, **effective})
    others = await queries.active(session)
    if others and body.effective_from <= now.astimezone(ZoneInfo(WIT)).date():
        raise Invalid(
            "A policy takes effect tomorrow at the earliest, since reports keep the policy of their receipt; "
            "migrate earlier ones.",
            pointer="/effective_from",
            code="effective_too_early",
        )
    if clash := next((other for other in others if other.effective_from == body.effective_from), None):
        raise _overlap(code, body, clash.code)
    try:
        async with session.begin_nested():
            await queries.activate_policy(session, row, effective_from=body.effective_from, now=now)
    except IntegrityError:
        raise _overlap(code, body, "another one") from None
    return _detail(row)


def _overlap(code: str, body: PolicyActivation, other: str) -> Conflict:
    return Conflict(
        f"{code} would overlap with {other}, which is active from {body.effective_from} too; choose another day.",
        code="policy_overlaps",
    )


# --- migrations --------------------------------------------------------------------------------------------


async def preview_migration(
    session: AsyncSession, code: str, body: MigrationRequest, client: Client, references: References, *,
    now: datetime, limit: int, published_only: bool = False,
) -> MigrationPreview:  # fmt: skip
    migration = await _migration(session, code, client, references)
    selection = await _selection(session, body, published_only=published_only)
    current = await references.current(session)
    found = await previews.preview_moves(
        session, current, selection, now=now, limit=limit, migration=migration, published_only=published_only
    )
    return MigrationPreview.model_validate({**dict(found), "policy": code})


async def migrate(
    session: AsyncSession, code: str, body: MigrationRequest, client: Client, references: References, *,
    published_only: bool = False,
) -> RecomputationView:  # fmt: skip
    """Have the reports put under an active policy; each gets a `policy.migrated` event in its history.

    `published_only`: other reports cannot be named. Chosen by a filter they are, for the law holds for all.
    """
    await _migration(session, code, client, references)
    selection = await _selection(session, body, published_only=published_only)
    return await recomputing.request(
        session, kind=ChangedRule.POLICY, reference=code, selection=selection, requested_by=client.actor
    )


async def _migration(session: AsyncSession, code: str, client: Client, references: References) -> Migration:
    if await queries.get_policy(session, code) is None:
        raise NotFound(f"There is no policy {code}.")
    policies = (await references.current(session)).policies
    return Migration(recomputing.active_policy(policies.get(code), code), client.actor)


async def _selection(session: AsyncSession, body: MigrationRequest, *, published_only: bool) -> Selection:
    if body.reports is not None:
        return await _named(session, body.reports, published_only=published_only)
    assert body.filter is not None
    return await _filtered(session, body.filter)


async def _named(session: AsyncSession, references: list[str], *, published_only: bool) -> Selection:
    asked = []
    for number, reference in enumerate(references):
        named = report_named(reference)
        if named is None:
            raise _unknown_report(reference, number)
        asked.append(named)
    ids = [one for one in asked if not isinstance(one, str)]
    numbers = [one for one in asked if isinstance(one, str)]
    known = await queries.reports(session, ids, numbers, published_only=published_only)
    for number, one in enumerate(asked):
        if str(one) not in known:
            raise _unknown_report(str(one), number)
    return Selection(reports=tuple({known[str(one)] for one in asked}))


def _unknown_report(reference: str, number: int) -> Invalid:
    return Invalid(f"There is no report {reference}.", pointer=f"/reports/{number}", code="unknown_report")


async def _filtered(session: AsyncSession, filter: ReportFilter) -> Selection:
    agencies = None
    if filter.agency is not None:
        agencies = tuple(await subtree(session, filter.agency))
        if not agencies:
            raise Invalid(f"There is no agency {filter.agency}.", pointer="/filter/agency", code="unknown_agency")
    return Selection(
        policy=filter.policy,
        agencies=agencies,
        classification=filter.classification,
        received_from=filter.received_from,
        received_before=filter.received_before,
    )
