"""What is refused before the page of a code sees it (too much, too often, nobody there) is a page, too."""

from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from intake_api.channels.qr import talking
from intake_api.channels.qr.endpoints import HERE, place_of
from shared.pages.refused import Telling


def of_codes(scope: Scope) -> Telling | None:
    """For the page without a code, and every path of one."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).lower()
    if path != HERE and not path.startswith(f"{HERE}/"):
        return None
    code = "".join(one for one in path.removeprefix(HERE).strip("/") if one.isalnum() and one.isascii())[:64].upper()
    place = place_of(Request(scope), code)

    def page(status: int, detail: str) -> Response:
        headers = {"Content-Security-Policy": talking.POLICY, "Content-Language": place.language.value}
        return HTMLResponse(talking.sorry_page(place, detail), status_code=status, headers=headers)

    return page
