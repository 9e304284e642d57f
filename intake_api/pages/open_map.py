"""The public map over HTTP. It is for browsers, and in no OpenAPI document."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from intake_api.pages.public_map import MapParams, percent, public_map
from shared.database import Session
from shared.domain.regions import NATIONAL_ZONE
from shared.http import languages
from shared.http.web import Now
from shared.pages import for_all, places
from shared.pages.seat import page_address

router = APIRouter(include_in_schema=False)


@router.get(places.MAP)
async def show_map(params: Annotated[MapParams, Query()], request: Request, session: Session, now: Now) -> Response:
    language, state = languages.of_page(request), request.app.state
    found = await public_map(
        session, params, state.outlines, partial(state.look.say, language), partial(page_address, request),
        language=language, now=now,
    )  # fmt: skip
    asked = params.model_dump(mode="json", exclude={"cursor", "lang", "region"}, exclude_defaults=True)
    return for_all.page(
        request, "map.html", now=now, found=found, params=params, asked=asked, percent=percent, zone=NATIONAL_ZONE,
        asked_language=request.query_params.get("lang"),
    )  # fmt: skip
