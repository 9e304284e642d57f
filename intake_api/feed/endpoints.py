"""The pull feed of an app."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from intake_api.feed import service
from intake_api.feed.schemas import OwnFeed, OwnFeedParams
from shared.clients import Client, Role
from shared.database import Session
from shared.http import web
from shared.http.auth import allow
from shared.http.raising import raises
from shared.http.web import Now
from shared.settings import IntakeSettings

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.get("", responses=web.errors_of())
@raises(503, "log_behind")
async def read_own_events(
    params: Annotated[OwnFeedParams, Query()],
    request: Request,
    client: Annotated[Client, Depends(allow(Role.REPORTER_APP))],
    session: Session,
    now: Now,
) -> OwnFeed:
    """What happened to the reports that the app submitted, in order, as far as their reporters see it: so that it need
    not ask for each of them.
    """
    settings: IntakeSettings = request.app.state.settings
    return await service.read_own_feed(session, params, client, days=settings.feed_days, now=now)
