from typing import Annotated

from fastapi import APIRouter, Query, Request

from routing_service.report.feed import service
from routing_service.report.feed.schemas import Feed, FeedParams
from shared.database import Session
from shared.http import web
from shared.http.auth import WorkingClient
from shared.http.raising import raises
from shared.http.web import Now
from shared.settings import RoutingSettings

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.get("", responses=web.errors_of())
@raises(422, "unknown_agency")
@raises(503, "log_behind")
async def read_events(
    params: Annotated[FeedParams, Query()], request: Request, client: WorkingClient, session: Session, now: Now
) -> Feed:
    """What happened to the reports that the caller works on, in order; for systems that cannot receive calls."""
    settings: RoutingSettings = request.app.state.settings
    return await service.read_feed(session, params, client, days=settings.feed_days, now=now)
