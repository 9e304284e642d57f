"""What of an identity leaves this service, and for whom. Who works on a report is decided by routing_service; what no
officer sees is decided here once more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intake_api.identities import queries
from intake_api.identities.sealing import Identities, Identity
from shared.actors import is_actor
from shared.clients import Role
from shared.errors import Forbidden, Invalid, NotFound
from shared.http.identities import IdentityAsked, IdentityTold
from shared.logs import request_id

_NOBODY = Identity(None, None, None, None)


async def tell(session: AsyncSession, asked: IdentityAsked, identities: Identities, *, now: datetime) -> IdentityTold:
    """Records the look and answers. Raises NotFound, Forbidden, Invalid; Unavailable where the key is missing."""
    if not is_actor(asked.actor):
        raise Invalid("Name who asks as role:name.", pointer="/actor")
    found = await queries.asked_of(session, asked.report_id)
    if found is None:
        raise NotFound(f"There is no report {asked.report_id}.", code="unknown_report")
    custodian = asked.actor.partition(":")[0] == Role.IDENTITY_CUSTODIAN
    if found.anonymous and not custodian:
        raise Forbidden(
            "The reporter is anonymous; only the identity custodian may see who it is.", code="reporter_is_anonymous"
        )
    identity = _NOBODY if found.reporter is None else identities.open(found.reporter)
    await queries.record_look(
        session, asked.report_id, actor=asked.actor, agency=asked.agency, national_id=custodian,
        request_id=request_id.get(), at=now,
    )  # fmt: skip
    national_id = identity.national_id if custodian else None
    return IdentityTold(name=identity.name, phone=identity.phone, email=identity.email, national_id=national_id)
