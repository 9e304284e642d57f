"""What is refused before the mailbox sees it (too much, too often, nobody there) is the page of the mailbox, too."""

from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from intake_api.pages import mailbox
from intake_api.pages.mailbox import Where
from shared.http import languages
from shared.pages.refused import Telling

_MAILBOX = "/r"


def of_mailbox(scope: Scope) -> Telling | None:
    """For every path of a mailbox, and the one that asks for the number."""
    number = _number_in(scope)
    if number is None:
        return None
    language = languages.of_page(Request(scope))
    asking = scope.get("root_path", "") + _MAILBOX
    where = Where(f"{asking}/{number}" if number else asking, asking, language)

    def page(status: int, detail: str) -> Response:
        html = mailbox.ask_for_code(where, number, detail) if number else mailbox.ask_for_number(where, detail)
        headers = {"Content-Security-Policy": mailbox.POLICY, "Content-Language": language.value}
        return HTMLResponse(html, status_code=status, headers=headers)

    return page


def _number_in(scope: Scope) -> str | None:
    """Of the path of a mailbox; empty where it asks for the number. None: it is another path."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path != _MAILBOX and not path.startswith(f"{_MAILBOX}/"):
        return None
    number: str = path.removeprefix(_MAILBOX).removeprefix("/").split("/")[0]
    return "".join(one for one in number if one.isalnum())[:20]
