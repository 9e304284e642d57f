"""Between services alone: in no public document."""

from fastapi import APIRouter, Request

from intake_api.identities import service
from intake_api.identities.sealing import Identities
from shared.actors import ROUTING
from shared.database import Session
from shared.errors import Forbidden
from shared.http import identities, web
from shared.http.auth import ServiceClient
from shared.http.identities import IdentityAsked, IdentityTold
from shared.http.web import Now

router = APIRouter(tags=["internal"])


@router.post(identities.PATH, include_in_schema=False, responses=web.errors_of(reads=True))
async def tell_identity(
    body: IdentityAsked, request: Request, client: ServiceClient, session: Session, now: Now
) -> IdentityTold:
    """Who reported. Only routing_service asks, which has recorded for whom."""
    if client.sub != ROUTING:
        raise Forbidden("Only routing_service asks who reported.")
    return await service.tell(session, body, Identities(request.app.state.keys), now=now)
