"""Two custodians, where that is switched on: one asks, another approves, and the one who asked looks once.

Only the log says how it stands; whoever reads it here holds the lock of the report's chain.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.report import queries as common
from routing_service.report import rights
from routing_service.report.reading import queries
from routing_service.report.reading import service as reports
from routing_service.report.reading.schemas import (
    IdentityPermission,
    IdentityRequest,
    IdentityRequestParams,
    OpenIdentityRequest,
)
from shared.clients import Client
from shared.domain.messages import MessageKind
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.http.wire import Page
from shared.log import events, parts
from shared.log.events import Draft, Event, EventType, Head
from shared.log.payloads import Said
from shared.log.payloads.routing import IdentityApproved, IdentityRequested, IdentityViewed

#: So long after the approval.
LOOK_WITHIN = timedelta(minutes=10)

#: So long a request waits for its approval.
STANDS_FOR = timedelta(days=7)

_STEPS = (EventType.IDENTITY_REQUESTED, EventType.IDENTITY_APPROVED)


def check_on(two_custodians: bool) -> None:
    if not two_custodians:
        raise Conflict(
            "Here one identity custodian looks alone: send POST /v1/reports/{id}/identity at once.",
            code="two_custodians_off",
        )


def reason_of(body: IdentityRequest) -> str:
    if body.reason is None:
        raise Invalid("Give the reason why you must know who reported.", pointer="/reason", code="reason_required")
    return body.reason


async def say_why(session: AsyncSession, report_id: UUID, reason: str, client: Client, *, now: datetime) -> Said:
    return await common.add_message(
        session, report_id, MessageKind.IDENTITY_REASON, reason, author=client.actor, agency=client.agency, at=now
    )


async def open_requests(
    session: AsyncSession, params: IdentityRequestParams, *, now: datetime
) -> Page[OpenIdentityRequest]:
    """Of all reports: what another custodian may approve."""
    params = params.in_list("identity requests")
    before = params.position(tuple[datetime, UUID])
    since = now - STANDS_FOR
    rows = await queries.open_identity_requests(session, since=since, before=before, limit=params.rows)
    shown, next_cursor = params.cut(rows, lambda row: (row.recorded_at, row.id))
    items = [
        OpenIdentityRequest(
            id=row.id, report_id=row.report_id, tracking_number=row.tracking_number, asked_by=row.actor,
            asked_at=row.recorded_at, open_until=row.recorded_at + STANDS_FOR, reason=row.reason or None,
        )
        for row in shown
    ]  # fmt: skip
    return Page(items=items, next_cursor=next_cursor)


async def ask(
    session: AsyncSession, reference: str, body: IdentityRequest, client: Client, *, now: datetime
) -> tuple[IdentityPermission, int]:
    """What was asked, and the version that the report has after it."""
    reason = reason_of(body)
    head = await _locked(session, reference)
    said = await say_why(session, head.report_id, reason, client, now=now)
    draft = Draft(IdentityRequested(said=said), now, client.actor)
    (asked,) = await events.append(session, head, draft, recorded_at=now)
    return _permission(asked), head.fact_seq


async def approve(
    session: AsyncSession, reference: str, request: UUID, client: Client, *, now: datetime
) -> tuple[IdentityPermission, int]:
    """What was approved, and the version that the report has after it."""
    head = await _locked(session, reference)
    steps = await parts.of_types(session, head.report_id, _STEPS)
    asked = next((one for one in steps if one.type is EventType.IDENTITY_REQUESTED and one.id == request), None)
    if asked is None:
        raise NotFound(f"Nobody asked to see who reported {reference} by the request {request}.")
    if asked.actor == client.actor:
        raise Forbidden("Another identity custodian must approve what you asked for.", code="own_request")
    if now - asked.recorded_at >= STANDS_FOR:
        raise Conflict("This request is older than seven days; ask once more.", code="request_over")
    if any(approval.request == request for _, approval in _approvals(steps)):
        raise Conflict("This request is approved already; each one is approved once.", code="already_approved")
    draft = Draft(IdentityApproved(request=request), now, client.actor)
    (approved,) = await events.append(session, head, draft, recorded_at=now)
    return _permission(asked, approved), head.fact_seq


async def approved_request(session: AsyncSession, report_id: UUID, client: Client, *, now: datetime) -> UUID:
    """The oldest request of theirs under which they may still look; raises Conflict without one."""
    steps = await parts.of_types(session, report_id, _STEPS)
    own = {one.id for one in steps if one.type is EventType.IDENTITY_REQUESTED and one.actor == client.actor}
    fresh = [
        (event.seq, approval.request)
        for event, approval in _approvals(steps)
        if approval.request in own and now - event.recorded_at <= LOOK_WITHIN
    ]
    if fresh:
        looks = await parts.of_types(session, report_id, (EventType.IDENTITY_VIEWED,), after=fresh[0][0])
        used = {viewed.request for look in looks if (viewed := look.carries(IdentityViewed)) is not None}
        for _, request in fresh:
            if request not in used:
                return request
    raise Conflict(
        "Another identity custodian must approve each look: ask with POST /v1/reports/{id}/identity-requests, and look "
        "once within ten minutes of the approval.",
        code="approval_needed",
    )


async def _locked(session: AsyncSession, reference: str) -> Head:
    head = await events.lock_head(session, await reports.id_named(session, reference))
    if head is None:
        raise rights.no_report(reference)
    return head


def _approvals(steps: list[Event]) -> list[tuple[Event, IdentityApproved]]:
    return [(one, approval) for one in steps if (approval := one.carries(IdentityApproved)) is not None]


def _permission(asked: Event, approved: Event | None = None) -> IdentityPermission:
    return IdentityPermission(
        id=asked.id,
        report_id=asked.report_id,
        asked_by=asked.actor,
        asked_at=asked.recorded_at,
        approved_by=None if approved is None else approved.actor,
        approved_at=None if approved is None else approved.recorded_at,
        look_until=None if approved is None else approved.recorded_at + LOOK_WITHIN,
    )
