"""`/board`: the page that somebody of this role begins at."""

from fastapi import APIRouter, Response

from shared.http.web import Now
from shared.pages import places
from shared.pages.look import see
from shared.pages.seat import Seated, base

router = APIRouter(include_in_schema=False)


@router.get(places.ROOT)
async def home(seat: Seated, now: Now) -> Response:
    for place in places.PLACES:
        if place.is_for(seat.client):
            query = seat.to("").partition("?")[2]
            return see(base(seat.request, place.service) + place.path + (f"?{query}" if query else ""))
    response: Response = seat.request.app.state.look.page(seat.request, "nothing.html", now=now)
    return response
