"""Rule sets over HTTP. Operators write, and an instansi its own; national administrators and supervisors read."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from routing_service.competence.knowledge import Knowledge
from routing_service.competence.opinion import Known
from routing_service.competence.rule_sets import replaying, service
from routing_service.competence.rule_sets.schemas import (
    Activation,
    LintView,
    ReplayRequest,
    ReplayView,
    RulesBody,
    RuleSetCreate,
    RuleSetDetail,
    RuleSetParams,
    RuleSetView,
)
from shared.clients import MANAGERS, TO_MANAGE, Client, Role
from shared.database import Session
from shared.domain.regions import national_day
from shared.http import web
from shared.http.auth import ManagingClient, allow
from shared.http.idempotency import Idempotent
from shared.http.made import makes
from shared.http.raising import raises
from shared.http.web import Now
from shared.http.wire import Page, etag

router = APIRouter(prefix="/v1/rule-sets", tags=["rules"])

READING = allow(Role.NATIONAL_ADMIN, Role.SUPERVISOR, *MANAGERS, needs=TO_MANAGE)
Reader = Annotated[Client, Depends(READING)]
RuleSetId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]

RuleSetSeen = Annotated[
    str | None, Header(alias="If-Match", max_length=64, description='The ETag of the rule set, such as `"4"`.')
]

_CHANGES = web.errors_of(reads=True, extra=(409, 413))
_SEEN = web.errors_of(acts=True)


async def _what_is_known(request: Request, session: Session) -> Known:
    knowledge: Knowledge = request.app.state.knowledge
    return await knowledge.current(session)


Knowing = Annotated[Known, Depends(_what_is_known)]


@router.get("", responses=web.errors_of())
@raises(403, "not_any_more")
async def list_rule_sets(
    params: Annotated[RuleSetParams, Query()], client: Reader, session: Session
) -> Page[RuleSetView]:
    """Rule sets, drafts and former ones too, the newest first; an instansi sees the nation's and its own."""
    return await service.page_of_rule_sets(session, params, client)


@router.post("", status_code=HTTPStatus.CREATED, response_model=RuleSetDetail,
             responses=web.errors_of(extra=(409, 413)), dependencies=[makes("/v1/rule-sets/{id}")])  # fmt: skip
@raises(403, "not_any_more", "outside_of_instansi")
@raises(422, "not_an_instansi", "rule_outside_instansi", "unknown_agency", "unknown_rule_set")
async def draft_rule_set(body: RuleSetCreate, client: ManagingClient, session: Session, once: Idempotent) -> Response:
    """Make a draft: with rules, or with those of another set. Operators; an instansi its own."""
    draft = await service.create(session, body, client)
    return await once.answer(draft, status=HTTPStatus.CREATED, version=draft.version)


@router.get("/{id}", responses=web.errors_of(reads=True))
@raises(403, "not_any_more")
async def get_rule_set(id: RuleSetId, client: Reader, session: Session, response: Response) -> RuleSetDetail:
    """One set with its rules."""
    found = await service.get_rule_set(session, id, client)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put("/{id}/rules", responses=_SEEN)
@raises(409, "rule_set_not_draft")
@raises(403, "national_rule_set", "not_any_more")
@raises(422, "rule_outside_instansi")
async def replace_rules(
    id: RuleSetId,
    body: RulesBody,
    client: ManagingClient,
    session: Session,
    response: Response,
    seen: RuleSetSeen = None,
) -> RuleSetDetail:
    """Give a draft these rules. A set that was in force never changes. Operators; an instansi its own."""
    changed = await service.replace_rules(session, id, body, client, if_match=seen)
    response.headers["ETag"] = etag(changed.version)
    return changed


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=_SEEN)
@raises(409, "rule_set_built_on", "rule_set_not_draft")
@raises(403, "national_rule_set", "not_any_more")
async def discard_rule_set(
    id: RuleSetId, client: ManagingClient, session: Session, seen: RuleSetSeen = None
) -> Response:
    """Discard a draft with its rules. A set that was in force stays. Operators; an instansi its own."""
    await service.discard(session, id, client, if_match=seen)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/{id}/lint", response_model=LintView, responses=_CHANGES)
@raises(403, "not_any_more")
async def lint_rule_set(
    id: RuleSetId, client: Reader, session: Session, known: Knowing, now: Now, once: Idempotent
) -> Response:
    """Rules that never decide, contradict each other, or name what is not there; an instansi's as they come after the
    nation's.
    """
    return await once.computed(await service.findings(session, id, known.directory, client, on=national_day(now)))


@router.post("/{id}/replay", response_model=ReplayView, responses=_CHANGES)
@raises(403, "not_any_more")
async def replay_rule_set(
    id: RuleSetId, body: ReplayRequest, client: Reader, session: Session, known: Knowing, once: Idempotent
) -> Response:
    """Which of the last reports would go elsewhere than by the set in force. Stores nothing.

    Tried on public reports as everybody reads them. For the national administrator: on all as they were written, which
    is recorded.
    """
    return await once.computed(await replaying.replay(session, id, known, client, last=body.last))


@router.post("/{id}/activation", response_model=RuleSetView, responses=_SEEN)
@raises(409, "rule_set_active", "rule_set_empty", "rule_set_replaced")
@raises(403, "national_rule_set", "not_any_more")
@raises(422, "rule_outside_instansi")
async def activate_rule_set(
    id: RuleSetId,
    body: Activation,
    client: ManagingClient,
    session: Session,
    now: Now,
    once: Idempotent,
    seen: RuleSetSeen = None,
) -> Response:
    """Put a draft, or a former set, in force for every report from now on; an instansi's own for those in its region.

    With the ETag of what was replayed, rules that somebody has changed since are not put in force unseen.
    """
    return await once.answer(await service.activate_rule_set(session, id, body, client, now=now, if_match=seen))


@router.post("/{id}/rollback", response_model=RuleSetView, responses=_CHANGES)
@raises(409, "nothing_before", "rule_set_replaced")
@raises(403, "national_rule_set", "not_any_more")
@raises(422, "rule_outside_instansi")
async def roll_back_rule_set(
    id: RuleSetId, client: ManagingClient, session: Session, now: Now, once: Idempotent
) -> Response:
    """Take the set out of force and put back the one that it replaced. Operators; an instansi its own."""
    return await once.answer(await service.roll_back(session, id, client, now=now))
