"""The identity of a reporter, for those who may see it. Each look is an event."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from routing_service.registry import queries as registry
from routing_service.report import rights
from routing_service.report.reading import custody, queries
from routing_service.report.reading import service as reports
from routing_service.report.reading.identities import Identities
from routing_service.report.reading.schemas import IdentityRequest, IdentityView
from routing_service.report.rights import Reader, Standing
from shared.clients import Client, Role
from shared.domain.lifecycle import Holder
from shared.errors import Forbidden
from shared.log import events
from shared.log.events import Draft
from shared.log.payloads.routing import IdentityViewed

_MAY_IDENTIFY = frozenset({Standing.NATIONAL, Standing.COORDINATOR, Standing.LINE})
#: Who is asked further whether they may.
LOOKERS = rights.roles_of(_MAY_IDENTIFY) | {Role.IDENTITY_CUSTODIAN}


def may_identify(standing: Standing) -> bool:
    """Unless the reporter is anonymous."""
    return standing in _MAY_IDENTIFY


async def look(
    session: AsyncSession, reference: str, body: IdentityRequest, client: Client, identities: Identities, *,
    two_custodians: bool, repeated: bool, now: datetime,
) -> tuple[IdentityView, int]:  # fmt: skip
    """Who reported, and the version that the report has after this look at it was recorded.

    A `repeated` request is a look like any other: the event says that it was one. Where intake_api cannot tell who it
    is, nothing is recorded. `two_custodians`: a custodian needs the approval of another one, which this look uses up.
    """
    custodian = client.role is Role.IDENTITY_CUSTODIAN
    if custodian:
        custody.reason_of(body)
    reader = None if custodian else rights.as_reader(client)
    report_id = await reports.id_named(session, reference)
    head = await events.lock_head(session, report_id)
    row = await queries.report(session, report_id)
    if head is None or row is None:
        raise rights.no_report(reference)
    if reader is not None:
        await _check_identity(session, row, reference, reader)
    approved = None
    if custodian and two_custodians:
        approved = await custody.approved_request(session, row.id, client, now=now)
    said = None if body.reason is None else await custody.say_why(session, row.id, body.reason, client, now=now)
    viewed = IdentityViewed(repeated=repeated, request=approved, said=said)
    await events.append(session, head, Draft(viewed, now, client.actor), recorded_at=now)
    known = (await identities.of(row.id, client)).model_dump()
    if custodian:
        known |= {"client": row.client_id, "external_reference": row.external_reference, "entered_by": row.entered_by}
    return IdentityView(report_id=row.id, tracking_number=row.tracking_number, **known), head.fact_seq


async def _check_identity(session: AsyncSession, row: Row[Any], reference: str, client: Reader) -> None:
    holder = Holder(row.holder_level, row.holder_agency_code)
    standing = rights.standing(client, holder, await registry.tree(session, (holder.agency,)))
    rights.check_seen(rights.sight(standing, client, secret=row.secret), reference)
    if not may_identify(standing):
        raise Forbidden("Only those who work on this report may see who reported.")
    if row.anonymous:
        raise Forbidden(
            "The reporter is anonymous; only the identity custodian may see who it is.", code="reporter_is_anonymous"
        )
