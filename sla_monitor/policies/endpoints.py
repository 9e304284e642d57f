"""Policies over HTTP. Operators write; national administrators and supervisors read."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from shared.database import Session
from shared.http import web
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Code, Page, PageParams
from shared.queries.reach import knows_published_only
from sla_monitor.clocks.endpoints import Rules
from sla_monitor.policies import service
from sla_monitor.policies.schemas import (
    MigrationPreview,
    MigrationRequest,
    PolicyActivation,
    PolicyDetail,
    PolicyView,
)
from sla_monitor.policy_documents import PolicyDocument
from sla_monitor.recomputations.schemas import PreviewParams, RecomputationView
from sla_monitor.roles import Operator, RulesReader

router = APIRouter(prefix="/v1/policies", tags=["policies"])

PolicyCode = Annotated[Code, Path(description="The policy's code, such as ID-SP4N-2018.")]

_CHANGES = web.errors_of(reads=True, extra=(409, 413))


@router.get("", responses=web.errors_of())
async def list_policies(
    params: Annotated[PageParams, Query()], _client: RulesReader, session: Session
) -> Page[PolicyView]:
    """Policies, drafts and slots too, by their codes."""
    return await service.page_of_policies(session, params)


@router.post("", status_code=HTTPStatus.CREATED, response_model=PolicyDetail,
             responses=web.errors_of(extra=(409, 413)), dependencies=[makes("/v1/policies/{code}")])  # fmt: skip
@raises(409, "policy_exists")
@raises(422, "policy_invalid")
async def draft_policy(body: PolicyDocument, client: Operator, session: Session, once: Idempotent) -> Response:
    """Store a policy as a draft, or fill in an empty slot such as ID-SP4N-2025. Only operators.

    A limit looser than the law is refused: no policy exceeds an act of parliament, and none that invokes a regulation
    exceeds that regulation.
    """
    return await once.answer(await service.draft(session, body, client), status=HTTPStatus.CREATED)


@router.get("/{code}", responses=web.errors_of(reads=True))
async def get_policy(code: PolicyCode, _client: RulesReader, session: Session) -> PolicyDetail:
    """One policy with its document."""
    return await service.get_policy(session, code)


@router.post("/{code}/activation", response_model=PolicyDetail, responses=_CHANGES)
@raises(409, "policy_active", "policy_overlaps")
@raises(422, "effective_too_early", "policy_invalid")
async def activate_policy(
    code: PolicyCode, body: PolicyActivation, client: Operator, session: Session, now: Now, once: Idempotent
) -> Response:
    """Put a draft in force from a coming day on; earlier reports keep theirs until migrated. Only operators."""
    return await once.answer(await service.activate_policy(session, code, body, client, now=now))


@router.post("/{code}/migration/preview", response_model=MigrationPreview, responses=_CHANGES)
@raises(409, "calendar_year_missing", "no_policy", "policy_not_active")
@raises(422, "policy_invalid", "unknown_agency", "unknown_report")
@raises(503, "no_reference_data")
async def preview_migration(
    code: PolicyCode, body: MigrationRequest, params: Annotated[PreviewParams, Query()], client: RulesReader,
    session: Session, rules: Rules, now: Now, once: Idempotent,
) -> Response:  # fmt: skip
    """Which clocks would move if these reports were under the policy."""
    found = await service.preview_migration(
        session, code, body, client, rules, now=now, limit=params.limit, published_only=knows_published_only(client)
    )
    return await once.computed(found)


@router.post("/{code}/migration", status_code=HTTPStatus.ACCEPTED, response_model=RecomputationView,
             responses=_CHANGES, dependencies=[makes("/v1/recomputations/{id}")])  # fmt: skip
@raises(409, "policy_not_active")
@raises(422, "policy_invalid", "unknown_agency", "unknown_report")
@raises(503, "no_reference_data")
async def migrate_to_policy(
    code: PolicyCode, body: MigrationRequest, client: Operator, session: Session, rules: Rules, once: Idempotent
) -> Response:
    """Put these reports under the policy, in the background; each history says so. Only operators."""
    asked = await service.migrate(session, code, body, client, rules, published_only=knows_published_only(client))
    return await once.answer(asked, status=HTTPStatus.ACCEPTED)
