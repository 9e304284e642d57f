"""Pages for everybody: without a log-in, the same for all who ask in a language, and kept by caches for some time."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from shared.actors import INTAKE, ROUTING
from shared.domain.wording import Language, say
from shared.http import languages
from shared.http.conditional import is_known
from shared.pages import look, places
from shared.pages.seat import base

#: So long a page is kept; its figures may be older by that much.
KEPT_SECONDS = 120
_NAMES = {
    places.MAP: ("Peta laporan", "Map of reports"), places.PERFORMANCE: ("Kinerja instansi", "How agencies do"),
}  # fmt: skip


def page(
    request: Request, template: str, *, now: datetime, kept_seconds: int = KEPT_SECONDS, **values: Any
) -> Response:
    """Or 304. The tag is a digest of the page; `now`: as of when it is, to the minute, so that it holds as long."""
    language = languages.of_page(request)
    bar = values.pop("bar", None) or bar_of(request, language)
    text: str = request.app.state.look.text(request, template, now=now, bar=bar, **values)
    content = text.encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": f"W/{tag}", "Cache-Control": f"public, max-age={kept_seconds}", "Content-Language": language.value,
        "Content-Security-Policy": look.policy(base(request, ROUTING), base(request, INTAKE)),
    }  # fmt: skip
    asked = request.headers.get("if-none-match")
    if asked is not None and is_known(asked, tag):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(content, headers=headers)


def bar_of(request: Request, language: Language) -> Sequence[dict[str, Any]]:
    """The pages for everybody, as the bar at the top of a page shows them."""
    asked = request.query_params.get("lang")
    said = f"?lang={asked}" if asked in set(Language) else ""
    here = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return [
        {"href": base(request, service) + path + said, "name": say(_NAMES[path], language), "here": here == path}
        for path, service in places.FOR_ALL.items()
    ]
